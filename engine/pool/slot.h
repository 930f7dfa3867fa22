// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/clock.h"
#include "engine/base/fd.h"
#include "engine/model/snapshot.h"
#include "engine/pool/flights.h"
#include "engine/pool/restart_policy.h"
#include "engine/process/worker_starter.h"
#include "engine/region/link.h"

namespace pooltop {

/// Where a slot stands.
enum class SlotPhase : std::uint8_t {
  Waiting,  ///< no process; the next one starts at `start_at`
  Live,     ///< a process; it may be stopped
  Dead,     ///< it ended; what it had published is not yet read to the end
  Gone,     ///< no process and none to come: the stage has ended, or the slot was given up or scaled away
};

/// Why pooltop killed a worker, so that its death is charged to nobody, or to the item.
enum class KillCause : std::uint8_t { None, UserRequeue, UserFail, Timeout, MemoryLimit, Restart, Hostile, Stop };

/// Why a worker was asked to leave after the item in work: a user restarts it, it has worked its share of items
/// (max_items_per_worker), or its slot is scaled away.
enum class Leaving : std::uint8_t { No, Restart, Renew, Retire };

/// An answer that is read in pieces: the outputs of one item, until its last.
struct HeldAnswer {
  std::uint32_t sequence = 0;
  std::uint32_t index = 0;
  std::string data;
  std::vector<std::uint32_t> lengths;
  std::string assembly;  // of an output in parts
  bool is_too_large = false;
  void clear() { *this = HeldAnswer{}; }
};

/// One place for a worker in a stage: the process that holds it now, what it was handed, and its history.
/// Plain data; the supervisor drives it.
struct Slot {
  std::uint32_t stage = 0;
  std::uint32_t index = 0;
  SlotPhase phase = SlotPhase::Waiting;
  Nanos start_at = 0;

  // The process.
  pid_t pid = 0;
  pid_t last_pid = 0;     // of the process before
  std::uint64_t tag = 0;  // in the loop's epoll
  Fd pidfd;
  Fd bell;  // the worker writes it to wake the engine
  Fd wake;  // the engine writes it to wake a worker that polls
  std::unique_ptr<Link> link;
  Nanos started = 0;
  std::int64_t started_us = 0;  // wall clock
  std::uint64_t start_ticks = 0;
  bool is_hot = false;      // looked at in every pass
  bool is_listed = false;   // in its stage's list of slots that can take items
  bool is_blocked = false;  // its outbox waits for room downstream
  bool end_sent = false;
  bool ended = false;  // it said END
  KillCause kill_cause = KillCause::None;
  KillCause signalled =
      KillCause::None;   // a user's signal went to what works for it: what the item's failure would mean
  Link::Current doomed;  // the item that UserFail means; sequence 0: whichever is in work when it dies
  Leaving leaving = Leaving::No;
  Nanos kill_at = 0;  // TERM was sent: KILL follows then
  std::string trouble;
  bool trouble_may_pass = false;
  Nanos trouble_since = 0;
  std::string died_on;                     // id of the item that it died of
  std::string hostile;                     // what it wrote that no worker writes
  std::optional<std::uint64_t> silent_at;  // answered() when it was killed because nothing came of it any more

  // What it was handed.
  Flights flights;
  std::uint64_t handed = 0;          // items, to this process
  bool may_revoke = false;           // it may hold items that it has not claimed
  std::uint64_t seen_done = 0;       // as of the last look whether it moves
  std::unique_ptr<Packet> outgoing;  // an item larger than a record, on its way into the inbox
  std::uint64_t outgoing_sent = 0;
  std::uint32_t accepted = 0;  // items of the outbox's first record that were taken in already
  std::uint64_t accepted_bytes = 0;
  HeldAnswer held;

  // Pause.
  bool is_stopped = false;  // by pooltop: SIGSTOP to its tree
  bool is_stopped_by_other = false;
  bool takes_nothing = false;  // pause --after-item
  pid_t paused_by = 0;         // the client that asked for it
  Nanos stands_since = 0;      // when it was stopped, by whomever; 0: it was not
  Nanos paused_item = 0;       // time that the item in work spent stopped until it went on, or waiting for room
  Link::Current watched;       // the item whose pauses paused_item counts

  // History.
  WorkerState shown = WorkerState::Starting;
  Nanos shown_since = 0;
  std::uint64_t done = 0;
  std::uint64_t done_before = 0;  // by the processes before this one
  std::uint64_t failed = 0;
  std::uint64_t restarts = 0;
  RestartPolicy policy;
  std::optional<ExitStatus> last_exit;
  std::string gave_up;  // why no process will follow

  [[nodiscard]] bool is_live() const noexcept { return phase == SlotPhase::Live; }
  [[nodiscard]] bool is_paused() const noexcept { return is_stopped || is_stopped_by_other || takes_nothing; }
  /// Whether a user who killed the worker to fail an item meant this one: it may have gone on to another before it
  /// died.
  [[nodiscard]] bool is_doomed(Link::Current item) const noexcept {
    return doomed.sequence == 0 || (doomed.sequence == item.sequence && doomed.index == item.index);
  }
  /// Its worker was stopped now, or goes on: to the time of the item in work that does not count. Either may be told
  /// twice.
  void stand(Nanos now);
  void go_on(Nanos now);
  /// Looks which item is in work: what was not counted of the one before is forgotten.
  void watch() noexcept;
  /// How long its worker has had the item in work; pauses and waiting for room downstream do not count.
  [[nodiscard]] Nanos item_elapsed(Nanos now) const;
  /// Items of this process that are over: by the engine's books, not by the worker's word.
  [[nodiscard]] std::uint64_t answered() const noexcept { return handed - flights.items() - (outgoing ? 1 : 0); }
  /// Which of its items is charged with its death: the one that it says is in work. A worker that spoiled its region,
  /// or that nothing came of any more, is not asked: then it is the oldest, so that each such death costs an attempt.
  [[nodiscard]] Link::Current suspect() const noexcept;
  /// Back to no process, before the next one starts.
  void forget_process();
  /// No process will follow: what it was reached by is given up.
  void retire();
};

}  // namespace pooltop
