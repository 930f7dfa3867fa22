// SPDX-License-Identifier: MIT
#include "engine/process/worker_processes.h"

#include <sys/wait.h>

#include "engine/process/process_tree.h"
#include "engine/process/sampling.h"

namespace pooltop {

StartedWorker SystemProcesses::start(StartMethod method, const WorkerFds& fds) { return starter_.start(method, fds); }

std::uint64_t SystemProcesses::start_ticks(pid_t pid) { return ProcSampler::start_ticks(pid); }

std::optional<ProcessEnd> SystemProcesses::try_wait_end(const Fd& pidfd) { return pooltop::try_wait_end(pidfd); }

std::optional<WorkerProcesses::StopChange> SystemProcesses::next_stop_change() {
  siginfo_t info{};
  if (::waitid(P_ALL, 0, &info, WSTOPPED | WCONTINUED | WNOHANG) != 0 || info.si_pid == 0) return std::nullopt;
  return StopChange{info.si_pid, info.si_code == CLD_STOPPED};
}

void SystemProcesses::send_signal(const Fd& pidfd, int signal) { pooltop::send_signal(pidfd, signal); }

void SystemProcesses::signal_descendants(pid_t root, int signal) { pooltop::signal_descendants(root, signal); }

bool SystemProcesses::has_descendants(pid_t root) { return tree_of(root).size() > 1; }

void SystemProcesses::stop_tree(const Fd& pidfd, pid_t root) { pooltop::stop_tree(pidfd.get(), root); }

void SystemProcesses::continue_tree(const Fd& pidfd, pid_t root) { pooltop::continue_tree(pidfd.get(), root); }

void SystemProcesses::kill_strangers(std::span<const pid_t> workers) {
  std::vector<pid_t> keep(workers.begin(), workers.end());
  keep.push_back(starter_.forkserver_pid());
  pooltop::kill_strangers(keep);
}

}  // namespace pooltop
