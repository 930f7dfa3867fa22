// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "engine/base/clock.h"
#include "engine/model/states.h"
#include "engine/pipeline/pipeline.h"
#include "engine/stats/problems.h"
#include "engine/supervisor/engine.h"
#include "engine/supervisor/timeline.h"
#include "engine/supervisor/ways.h"

namespace pooltop {

/// Exit statuses of a run (docs/control-protocol.md).
inline constexpr int kExitDone = 0;
inline constexpr int kExitSomeFailed = 1;
inline constexpr int kExitCannotGoOn = 3;
inline constexpr int kExitStopped = 130;
inline constexpr int kExitReaderGone = 141;

/// Something that happened and that who watches wants to be told of at once.
struct Event {
  std::uint64_t number = 0;
  std::int64_t wall_us = 0;
  std::string kind;  ///< failed, retry, crash, restart, stage_failed, command …
  std::string stage;
  pid_t pid = 0;
  std::string item_id;
  std::string text;
};

/// The state of one run that every part of the supervisor works on. One thread.
struct Run {
  explicit Run(EngineOptions engine_options, Timeline& time = system_timeline());

  EngineOptions options;
  Timeline& timeline;
  Pipeline pipeline;
  Nanos now = 0;  ///< as of this pass
  Nanos started = 0;
  std::int64_t started_us = 0;

  bool is_paused = false;
  bool is_draining = false;    ///< a user's stop: sources have ended, what is queued is finished
  bool is_stopping = false;    ///< everything ends now
  std::optional<int> verdict;  ///< what decided the exit status before the end: 3, 130, 141
  std::string failure;         ///< why it could not go on
  Nanos kill_deadline = 0;     ///< while stopping: when what still lives is killed

  std::uint64_t failed_items = 0;  ///< on the failed list now
  std::vector<Event> events;       ///< the last few hundred
  std::uint64_t next_event = 1;
  std::size_t watching = 0;     ///< clients that watch
  std::string journal_trouble;  ///< why the journal cannot be written now; empty: it can
  Nanos journal_trouble_since = 0;
  bool waits_for_journal = false;  ///< there is no room for it: nothing new is begun until there is
  std::vector<DeathFacts> deaths;  ///< workers that died of themselves, the last seconds'

  Ways ways;  ///< of the items that had anything but one good try

  std::vector<Slot*> hot;  ///< slots whose outbox is read in every pass
  /// Keeps it for who asks for events; the last few hundred are kept.
  void note(std::string kind, const Stage& stage, pid_t pid, std::string item_id, std::string text);
  void heat(Slot& slot) {
    if (slot.is_hot) return;
    slot.is_hot = true;
    hot.push_back(&slot);
  }
  /// The run cannot go on: everything ends, exit status `status`.
  void cannot_go_on(std::string why, int status = kExitCannotGoOn);
  /// "no stage "x" in this run; its stages: a, b".
  [[nodiscard]] std::string no_stage(std::string_view name) const;
  [[nodiscard]] Stage& stage_of(const Slot& slot) { return pipeline.stage(slot.stage); }
  [[nodiscard]] RunState state() const;
};

}  // namespace pooltop
