// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>

#include <functional>
#include <string>
#include <vector>

#include "engine/base/clock.h"
#include "engine/base/fd.h"
#include "engine/process/child.h"

namespace pooltop::testing {

/// Asks `condition` again and again until it is true; false when it is not within `limit`.
[[nodiscard]] bool eventually(const std::function<bool()>& condition, Nanos limit = 10 * kSecond);

/// "NAME=value" as no other test has it, for the environment of what a test starts.
[[nodiscard]] std::string unique_marker();
/// Living processes (no zombies) whose environment at their exec held `marker`, with this name if one is given.
[[nodiscard]] std::vector<pid_t> processes_with(const std::string& marker, const std::string& name = "");

/// Waits for the end of any process, not only of a child; false when it lives on after `limit`. Reaps nothing.
[[nodiscard]] bool has_ended(const Fd& pidfd, Nanos limit = 10 * kSecond);

/// This process's environment as ChildPlan takes it, with `extra` behind it.
[[nodiscard]] std::vector<std::string> environment_with(const std::vector<std::string>& extra = {});

/// Numbers of the open descriptors of a process, in their order.
[[nodiscard]] std::vector<int> open_descriptors(pid_t pid);
/// A line of /proc/PID/status, without its name: status_line(pid, "SigBlk"). Empty when the process is gone.
[[nodiscard]] std::string status_line(pid_t pid, const std::string& name);

/// A program's end and what it wrote to stdout (and to stderr, into the same pipe).
struct Ran {
  ProcessEnd end;
  std::string output;
};
/// Runs a program to its end, through start_child.
[[nodiscard]] Ran run_program(ChildPlan plan);
/// `script` by sh, in this process's environment and with `extra`.
[[nodiscard]] ChildPlan shell_plan(const std::string& script, const std::vector<std::string>& extra = {});

/// Reads up to the next newline (which is left out), waiting up to `limit`; what came until then at the end or too
/// late.
[[nodiscard]] std::string read_line(const Fd& fd, Nanos limit = 10 * kSecond);

/// Runs `body` in a forked process that ends with its return value; an exception ends it with 99.
[[nodiscard]] Child fork_body(const std::function<int()>& body);

}  // namespace pooltop::testing
