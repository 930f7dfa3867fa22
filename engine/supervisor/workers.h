// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <string>
#include <unordered_map>
#include <vector>

#include "engine/process/child.h"
#include "engine/process/worker_processes.h"
#include "engine/supervisor/dispatch.h"
#include "engine/supervisor/failures.h"
#include "engine/supervisor/run.h"

namespace pooltop {

/// Starts workers, sees them die, gives back what they held, kills and stops them.
class Workers {
 public:
  /// The loop's descriptors: every worker's bell and pidfd are added to `epoll_fd`, tagged with its slot.
  Workers(Run& run, Failures& failures, Dispatch& dispatch, WorkerProcesses& processes, int epoll_fd);

  /// Makes the slots of every stage and starts their workers.
  void start_all();
  /// Starts what is due. Returns when the next slot is due; 0: none waits.
  Nanos start_due();

  /// What an epoll tag of ours names: nullptr if that process is gone.
  struct Tag {
    Slot* slot = nullptr;
    bool is_exit = false;
  };
  [[nodiscard]] Tag slot_of(std::uint64_t tag) const;

  /// Its pidfd is readable: reaps it.
  void reap(Slot& slot);
  /// Dead, and its outbox is read to the end: gives back what it held, decides what follows.
  void bury(Slot& slot);
  /// Kills a worker's whole tree now.
  void kill(Slot& slot, KillCause cause);
  /// TERM to what works for it, KILL to all `grace` later.
  void terminate(Slot& slot, KillCause cause, Nanos grace);
  /// Another signal to what works for it, or, where nothing does, to itself: what it means is that program's affair.
  void signal(Slot& slot, KillCause cause, int number);
  /// Stops, or lets go on, a worker's whole tree.
  void pause(Slot& slot);
  void resume(Slot& slot);
  /// After the item in work it leaves: `how` says what follows.
  void let_go(Slot& slot, Leaving how);
  void tell_end(Slot& slot);
  /// Stops and continues that others caused (SIGCHLD came).
  void notice_stops();
  /// Escalations that are due: TERM to KILL, END that found no room.
  void escalate();
  /// More or fewer slots.
  void scale(Stage& stage, std::uint32_t workers);
  /// Its stage needs no more worker: a slot that waits for its next one is given up. A sink's command that ended badly
  /// after it had read everything makes the run end with 3, as nobody knows what became of that.
  void end_waiting(Stage& stage, Slot& slot);
  /// A source that cannot go on: what it handed over is finished, then the run ends with 3.
  void end_source(Slot& slot, std::string why);

  [[nodiscard]] std::uint32_t live() const;

 private:
  [[nodiscard]] std::uint64_t ring_bytes() const;
  void nobody_left(Stage& stage);
  void ended_badly(Stage& stage, const Slot& slot);
  void start(Slot& slot);
  void add_slot(Stage& stage, std::uint32_t index);
  void unwatch(Slot& slot);
  void give_back(Slot& slot);
  void settle_suspect(Stage& stage, Slot& slot, std::unique_ptr<Packet> packet);
  void what_follows(Stage& stage, Slot& slot);
  void after_trouble(Stage& stage, Slot& slot);
  void restart_at(Slot& slot, Nanos when);
  void give_up(Stage& stage, Slot& slot, const std::string& why);
  [[nodiscard]] static std::string cause_of(const Slot& slot);
  [[nodiscard]] ItemFailure failure_of(const Slot& slot) const;
  [[nodiscard]] std::vector<pid_t> known_pids() const;
  [[nodiscard]] std::string last_output(const Slot& slot) const;

  Run& run_;
  Failures& failures_;
  Dispatch& dispatch_;
  WorkerProcesses& processes_;
  int epoll_fd_;
  std::uint64_t ring_bytes_ = 0;  // as the config has it; less where stages were scaled up
  std::uint64_t next_tag_ = 1;
  std::unordered_map<std::uint64_t, Slot*> tags_;
};

}  // namespace pooltop
