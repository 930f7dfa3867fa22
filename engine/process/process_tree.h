// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "engine/base/clock.h"
#include "engine/base/fd.h"

namespace pooltop {

/// Children of `pid`, of all its threads (/proc/PID/task/*/children); empty when it is gone.
[[nodiscard]] std::vector<pid_t> children_of(pid_t pid);

/// The same of a process that has so many threads (ProcStat): a single one is not looked for, which halves the cost.
[[nodiscard]] std::vector<pid_t> children_of(pid_t pid, std::uint32_t threads);

/// For one that is looked at again and again: /proc/PID/task/PID/children, the children of its first thread. Empty when
/// the process is gone or the kernel lists none. Reading it costs a fifth of opening it.
[[nodiscard]] Fd open_children(pid_t pid) noexcept;
[[nodiscard]] std::vector<pid_t> reread_children(int children_fd);

/// The same by a look at every process: children_of() does it where the kernel lists none (CONFIG_PROC_CHILDREN).
[[nodiscard]] std::vector<pid_t> children_by_scan(pid_t pid);

/// `root` first, then all its descendants as the system has them now.
[[nodiscard]] std::vector<pid_t> tree_of(pid_t root);

/// SIGSTOP to `root` (by `root_pidfd`), then to its descendants, again until no running one is found: a process
/// that forks while this goes on cannot outrun it. Safe at any instruction of a worker.
void stop_tree(int root_pidfd, pid_t root);
/// A signal to each descendant, not to `root`: through pidfds, so that none reaches a process that has a number by now
/// which was a descendant's. What they start meanwhile may be missed.
void signal_descendants(pid_t root, int signal);
/// SIGCONT to the descendants, `root` last.
void continue_tree(int root_pidfd, pid_t root);

/// Stops the tree, sends `signal` to each of its processes and lets it go on: none can fork away from it, and one that
/// handles the signal can.
void signal_tree(int root_pidfd, pid_t root, int signal);

/// SIGKILL to every child of this process (a subreaper: orphans of dead workers among them) that is not in `keep`,
/// again and again, reaping them, until there is none: what a dead worker left behind, setsid and double forks too.
/// Returns how many were killed. Never touches a process that is not this one's child. Costs one system call where this
/// process has no child at all. A process that the kernel holds (a dead disk) is waited for a second at most; it dies
/// when it can, and the next call reaps it.
std::size_t kill_strangers(std::span<const pid_t> keep);

/// The same with nothing kept, for a process with one thread that must not allocate. False when some child is still
/// there after `limit`.
bool kill_all_children(Nanos limit) noexcept;

}  // namespace pooltop
