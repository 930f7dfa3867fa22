// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/process/worker_processes.h"
#include "engine/supervisor/timeline.h"
#include "tests/support/simulated_worker.h"

namespace pooltop::testing {

/// Workers that are no processes, in a time that passes when nothing is to be done: what takes an hour takes
/// milliseconds, and the same seed does the same again. For one engine after the other.
class SimulatedProcesses final : public WorkerProcesses, public Timeline {
 public:
  SimulatedProcesses(Truth& truth, Random& random) : truth_(truth), random_(random) {}

  /// Called when time has come to `at`, which it then sets anew: what a user, or the system, does to the run.
  struct Disturber {
    Nanos at = INT64_MAX;
    std::function<void(Disturber&)> act;
  };
  Disturber disturber;

  Nanos now() override;
  int wait(int epoll_fd, std::span<epoll_event> events, Nanos until) override;

  StartedWorker start(StartMethod method, const WorkerFds& fds) override;
  std::uint64_t start_ticks(pid_t pid) override { return static_cast<std::uint64_t>(pid); }
  std::optional<ProcessEnd> try_wait_end(const Fd& pidfd) override;
  std::optional<StopChange> next_stop_change() override;
  void send_signal(const Fd& pidfd, int signal) override;
  void signal_descendants(pid_t root, int signal) override;
  bool has_descendants(pid_t root) override;
  void stop_tree(const Fd& pidfd, pid_t root) override;
  void continue_tree(const Fd& pidfd, pid_t root) override;
  void kill_strangers(std::span<const pid_t>) override {}

  /// The engine died, and all its workers with it.
  void end_life();
  /// Those that live, in the order of their start.
  [[nodiscard]] std::vector<SimulatedWorker*> alive();
  /// The engine gets no processor, or is stopped, for so long; its workers go on.
  void stall(Nanos span);
  /// As somebody else does it: a signal, and the news of it.
  void stop_by_stranger(SimulatedWorker& worker);
  void continue_by_stranger(SimulatedWorker& worker);
  /// Whether what the engine kills now is killed because a user asked for it.
  bool a_user_acts = false;
  bool the_run_stops = false;
  std::function<bool()> ends_by_itself;  ///< the run, because it cannot go on
  /// Starts of workers that the system refuses, of a hundred.
  std::uint32_t refused_percent = 0;

  /// How long nothing may happen once nobody disturbs the run.
  Nanos patience = 3600 * kSecond;

  [[nodiscard]] std::uint64_t steps() const noexcept { return steps_; }
  [[nodiscard]] std::uint64_t timeouts() const noexcept { return timeouts_; }
  [[nodiscard]] std::uint64_t started() const noexcept { return started_; }
  [[nodiscard]] Nanos time() const noexcept { return now_; }

 private:
  [[nodiscard]] SimulatedWorker* find(pid_t pid);
  void run_due();
  [[nodiscard]] Nanos next_step() const;
  void change(const SimulatedWorker& worker);
  void killed_by_engine(SimulatedWorker& worker);

  Truth& truth_;
  Random& random_;
  Nanos now_ = 1000 * kSecond;
  pid_t next_pid_ = 5'000'000;  // above what the system gives: none of its processes is ever meant
  std::vector<std::unique_ptr<SimulatedWorker>> workers_;
  std::map<int, pid_t> pids_;  // by pidfd
  std::deque<StopChange> changes_;
  std::uint64_t steps_ = 0;
  Nanos last_step_ = now_;
  Nanos idle_looks_ = 0;
  Nanos stalled_until_ = 0;
  Nanos stalled_for_ = 0;  // in this life
  std::uint64_t timeouts_ = 0;
  std::uint64_t started_ = 0;
};

}  // namespace pooltop::testing
