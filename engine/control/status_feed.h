// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <unordered_set>
#include <vector>

#include "engine/control/status_stream.h"
#include "engine/model/snapshot.h"

namespace pooltop {

/// What one subscriber knows, and so what it must be told next: the messages of docs/control-protocol.md as text.
/// Cost: a comparison per row of the window, and text for those rows that are told.
class StatusFeed {
 public:
  /// Rows whose keys are in `fresh` are told at every frame, the others when their state or process changed, else in
  /// turn: each once in `rest_frames` frames, as many of them in one as in another. 1: every row at every frame.
  void tell_fresh(std::unordered_set<std::string> fresh, std::size_t rest_frames);

  /// The message with the whole status; deltas can follow if `remember`.
  [[nodiscard]] std::string whole(const Snapshot& now, const WorkerWindow& window, bool remember);

  /// The message that brings the subscriber to `now`; nullopt if it knows nothing so far, or other stages: then the
  /// whole status must be sent.
  [[nodiscard]] std::optional<std::string> changes(const Snapshot& now, const WorkerWindow& window);

  /// What the subscriber knows.
  [[nodiscard]] Snapshot known() const;

 private:
  struct Row {
    WorkerStatus row;
    std::size_t turn = 0;  // of rest_frames_
    bool is_fresh = true;
  };
  void tell_rows(const std::vector<const WorkerStatus*>& now, double seconds, std::string& out);
  void tell_order(std::string& out) const;
  [[nodiscard]] std::vector<Row> matched(const std::vector<const WorkerStatus*>& now, std::vector<bool>& is_new);
  [[nodiscard]] Row new_row(const WorkerStatus& row);
  [[nodiscard]] bool is_due(const Row& row, const WorkerStatus& now) const;

  bool knows_ = false;
  Snapshot head_;  // without rows
  std::vector<Row> rows_;
  std::unordered_set<std::string> fresh_;
  std::size_t rest_frames_ = 1;
  std::size_t frame_ = 0;
  std::size_t next_turn_ = 0;
};

}  // namespace pooltop
