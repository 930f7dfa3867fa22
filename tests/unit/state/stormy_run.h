// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <deque>
#include <string>
#include <vector>

#include "tests/support/random.h"
#include "tests/unit/state/crawl.h"

namespace pooltop::testing {

/// A run in which, at random, workers die, restart, with a PID that was used before too, change places and states, are
/// more or fewer; stages end; the run is paused and, now and then, ends.
class StormyRun {
 public:
  explicit StormyRun(Random& random) : random_(random) { begin_anew(); }
  void begin_anew() { run_ = crawl_run(); }
  void change();
  [[nodiscard]] const Snapshot& now() const { return run_; }

 private:
  void change_worker(WorkerStatus& worker);
  void change_stage(StageStatus& stage);
  void end();
  [[nodiscard]] std::uint32_t below(std::size_t n) { return random_() % static_cast<std::uint32_t>(n); }
  template <typename T>
  const T& one_of(const std::vector<T>& all) {
    return all[below(all.size())];
  }

  Random& random_;
  Snapshot run_;
  std::deque<pid_t> used_;  // PIDs of processes that ended
  pid_t next_pid_ = 1000;
  std::uint64_t births_ = 0;
};

inline void StormyRun::change() {
  for (std::uint32_t i = 1 + below(3); i > 0 && !run_.workers.empty(); --i)
    change_worker(run_.workers[below(run_.workers.size())]);
  switch (below(24)) {
    case 0:
    case 1:
      change_stage(run_.stages[below(run_.stages.size())]);
      break;
    case 2:
      std::erase_if(run_.workers, [&](const WorkerStatus&) { return below(4) == 0; });
      break;
    case 3:
    case 4:
      for (std::uint32_t i = below(12); i > 0 && run_.workers.size() < 60; --i) {
        WorkerStatus worker = crawl_run().workers[1 + below(4)];
        worker.slot = static_cast<std::uint32_t>(4 + births_);
        worker.pid = next_pid_++;
        worker.started_at = fmt::format("2026-01-31T13:00:{:06}Z", births_++);
        run_.workers.push_back(worker);
      }
      break;
    case 5:
      run_.state = one_of(std::vector{RunState::Running, RunState::Paused, RunState::Draining});
      break;
    case 6:
      if (below(10) == 0) end();
      break;
    case 7:
    case 8:
      run_.problems.assign(below(4), {below(2) == 0 ? "error" : "warning", run_.stages[below(3)].name,
                                      static_cast<pid_t>(101 + below(6)), 3, "slow"});
      break;
    default:
      std::shuffle(run_.workers.begin(), run_.workers.end(), random_);
      break;
  }
}

inline void StormyRun::change_worker(WorkerStatus& worker) {
  static const std::vector<WorkerState> kAtWork = {WorkerState::Idle, WorkerState::Busy, WorkerState::Blocked,
                                                   WorkerState::Paused};
  const pid_t before = worker.pid;
  switch (below(8)) {
    case 0:
      worker.state = below(2) == 0 ? WorkerState::Killed : WorkerState::Exited;
      worker.item_id.reset();
      worker.last_exit = ExitStatus{.exit = {}, .signal = 11, .cause = ""};
      return;
    case 1:
      worker.state = WorkerState::Backoff;
      worker.pid = 0;
      worker.started_at.clear();
      break;
    case 2:
    case 3: {  // another process in its slot; with a new PID, its own, or one that another process had
      const bool again = !used_.empty() && below(2) == 0;
      worker.pid = again ? used_[below(used_.size())] : below(3) == 0 && before != 0 ? before : next_pid_++;
      std::erase(used_, worker.pid);
      const auto has_it = [&](const WorkerStatus& one) { return &one != &worker && one.pid == worker.pid; };
      if (std::any_of(run_.workers.begin(), run_.workers.end(), has_it)) worker.pid = next_pid_++;
      worker.started_at = fmt::format("2026-01-31T13:00:{:06}Z", births_++);
      worker.state = WorkerState::Starting;
      ++worker.restarts;
      break;
    }
    default:
      if (worker.pid != 0) worker.state = one_of(kAtWork);
      worker.item_elapsed_s = below(100);
      worker.cpu_percent = below(100);
      if (below(3) == 0)
        worker.item_id.reset();
      else
        worker.item_id = fmt::format("{}", below(1000));
      return;
  }
  if (before != 0 && worker.pid != before) used_.push_back(before);
  if (used_.size() > 20) used_.pop_front();
}

// A stage that has ended has no workers; one that is told so early may be seen with some.
inline void StormyRun::change_stage(StageStatus& stage) {
  static const std::vector<StageState> kStates = {StageState::Running,  StageState::Running, StageState::Paused,
                                                  StageState::Draining, StageState::Done,    StageState::Failed};
  stage.state = one_of(kStates);
  stage.busy = below(5);
  stage.workers = stage.busy + below(3);
  if (is_over(stage) && below(2) == 0)
    std::erase_if(run_.workers, [&](const WorkerStatus& worker) { return worker.stage == stage.name; });
}

inline void StormyRun::end() {
  run_.state = one_of(std::vector{RunState::Done, RunState::Failed, RunState::Stopped});
  run_.exit_status = static_cast<int>(below(4));
  run_.workers.clear();
  run_.problems.clear();
  for (StageStatus& stage : run_.stages) stage.state = StageState::Done;
}

}  // namespace pooltop::testing
