// SPDX-License-Identifier: MIT
#pragma once

#include <vector>

#include "engine/model/snapshot.h"
#include "tui/state/next.h"

namespace pooltop {

/// What the monitor watches: a run, through its engine, or the recording of one.
class RunLink {
 public:
  RunLink() = default;
  RunLink(const RunLink&) = delete;
  RunLink& operator=(const RunLink&) = delete;
  virtual ~RunLink() = default;

  /// False if there is nothing to watch (any more).
  [[nodiscard]] virtual bool connect() = 0;
  /// To poll, -1: nothing.
  [[nodiscard]] virtual int fd() const = 0;
  [[nodiscard]] virtual bool wants_write() const = 0;
  /// When take_events() has something whatever the descriptor says, on the steady clock; nullopt: not by itself.
  [[nodiscard]] virtual std::optional<Nanos> due() const = 0;

  /// All that came since the last call, in order. snapshot() is as of the last of them.
  [[nodiscard]] virtual std::vector<Event> take_events() = 0;
  virtual void send(const ControlRequest& request) = 0;
  /// Says which rows are looked at, at every tick: the others may come less often.
  virtual void look_at(const std::vector<WorkerKey>& rows, Nanos now) = 0;

  /// What is known of the run.
  [[nodiscard]] virtual const Snapshot& snapshot() const = 0;
  /// It has said that it ended, and has nothing more to say.
  [[nodiscard]] virtual bool ended() const = 0;
};

}  // namespace pooltop
