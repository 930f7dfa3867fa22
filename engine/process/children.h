// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>

#include <vector>

namespace pooltop {

/// Appends the children that thread `tid` of `pid` has, as the kernel lists them; nothing when it is gone.
void append_children(pid_t pid, pid_t tid, std::vector<pid_t>& out);
/// Children of `pid` found by looking at every process: for kernels that list none (CONFIG_PROC_CHILDREN).
[[nodiscard]] std::vector<pid_t> children_by_scan(pid_t pid);

}  // namespace pooltop
