// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include "engine/base/clock.h"
#include "engine/base/fd.h"

namespace pooltop {

/// How a process ended.
struct ProcessEnd {
  enum class Kind : unsigned char { Exited, Signaled } kind = Kind::Exited;
  int code = 0;  ///< exit status 0..255, or the signal's number
  [[nodiscard]] bool is_success() const noexcept { return kind == Kind::Exited && code == 0; }
};

/// A program to be started. Descriptors -1 mean /dev/null.
struct ChildPlan {
  std::vector<std::string> argv;  ///< argv[0] is looked up in PATH of `env` unless it has a slash
  std::vector<std::string> env;   ///< "NAME=value"
  std::string cwd;                ///< empty: as it is
  int stdin_fd = -1;
  int stdout_fd = -1;
  int stderr_fd = -1;
};

struct Child {
  pid_t pid = 0;
  Fd pidfd;
};

/// Starts an external program, vfork-like (cost does not grow with this process). It dies with this thread
/// and so with this process (PDEATHSIG SIGKILL), stays in its session, gets default dispositions, an empty mask and
/// only descriptors 0, 1, 2. Returns after the exec. Throws std::system_error "STEP OBJECT: reason" (exec of a missing
/// program, chdir, E2BIG …).
[[nodiscard]] Child start_child(const ChildPlan& plan);

/// How it ended, or nullopt while it runs. The answer reaps it: ask no more. Never waits.
[[nodiscard]] std::optional<ProcessEnd> try_wait_end(const Fd& pidfd);
/// The same, waiting up to `timeout`.
[[nodiscard]] std::optional<ProcessEnd> wait_end(const Fd& pidfd, Nanos timeout);

/// Signal by pidfd; false when the process is gone. Throws std::system_error otherwise (EPERM).
bool send_signal(const Fd& pidfd, int signal);

/// pidfd of a child that this process made itself. Throws std::system_error.
[[nodiscard]] Fd open_pidfd(pid_t pid);

}  // namespace pooltop
