// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "engine/base/fd.h"
#include "engine/process/child.h"
#include "engine/process/start_method.h"
#include "engine/process/worker_starter.h"

namespace pooltop {

/// What an engine does to the processes of its workers, and hears of them. SystemProcesses does it to real ones; a test
/// may have others, in a time of their own (Timeline). A worker is its pid and its pidfd, as start() gave them. One
/// thread. What is not said here is as in child.h and process_tree.h.
class WorkerProcesses {
 public:
  /// A worker was stopped, or goes on, by somebody else or by the engine itself.
  struct StopChange {
    pid_t pid = 0;
    bool is_stopped = false;
  };

  WorkerProcesses() = default;
  WorkerProcesses(const WorkerProcesses&) = delete;
  WorkerProcesses& operator=(const WorkerProcesses&) = delete;
  virtual ~WorkerProcesses() = default;

  /// As WorkerStarter::start.
  [[nodiscard]] virtual StartedWorker start(StartMethod method, const WorkerFds& fds) = 0;
  /// When it started, in the system's ticks, by which a PID is told from a later one of the same number.
  [[nodiscard]] virtual std::uint64_t start_ticks(pid_t pid) = 0;
  /// How it ended, once; nullopt: it has not. Its pidfd is readable from its end on.
  [[nodiscard]] virtual std::optional<ProcessEnd> try_wait_end(const Fd& pidfd) = 0;
  /// Changes since the last call, one by one; nullopt: no more.
  [[nodiscard]] virtual std::optional<StopChange> next_stop_change() = 0;
  virtual void send_signal(const Fd& pidfd, int signal) = 0;
  virtual void signal_descendants(pid_t root, int signal) = 0;
  [[nodiscard]] virtual bool has_descendants(pid_t root) = 0;
  virtual void stop_tree(const Fd& pidfd, pid_t root) = 0;
  virtual void continue_tree(const Fd& pidfd, pid_t root) = 0;
  /// Ends what dead workers left behind: every process of this engine's but `workers` with what is below them.
  virtual void kill_strangers(std::span<const pid_t> workers) = 0;
};

/// The system's.
class SystemProcesses final : public WorkerProcesses {
 public:
  /// As WorkerStarter's.
  explicit SystemProcesses(WorkerEntry entry) : starter_(entry) {}

  StartedWorker start(StartMethod method, const WorkerFds& fds) override;
  std::uint64_t start_ticks(pid_t pid) override;
  std::optional<ProcessEnd> try_wait_end(const Fd& pidfd) override;
  std::optional<StopChange> next_stop_change() override;
  void send_signal(const Fd& pidfd, int signal) override;
  void signal_descendants(pid_t root, int signal) override;
  bool has_descendants(pid_t root) override;
  void stop_tree(const Fd& pidfd, pid_t root) override;
  void continue_tree(const Fd& pidfd, pid_t root) override;
  void kill_strangers(std::span<const pid_t> workers) override;

 private:
  WorkerStarter starter_;
};

}  // namespace pooltop
