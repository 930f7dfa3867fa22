// SPDX-License-Identifier: MIT
// Between clone and exec. The process shares the memory of its parent (CLONE_VM), which stands still meanwhile
// (CLONE_VFORK): whatever is written here is written there. So nothing here allocates, locks or throws, and only plain
// system calls are made; a test compares the undefined symbols of this object with the list of those allowed.
#include "engine/process/exec_child.h"

#include <fcntl.h>
#include <linux/close_range.h>
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <cerrno>

// The new process never returns through these frames, so what AddressSanitizer marks on entry would stay marked.
#define POOLTOP_CHILD_SIDE __attribute__((no_sanitize("address", "undefined")))

namespace pooltop {
namespace {

[[noreturn]] POOLTOP_CHILD_SIDE void fail(ExecPlan& plan, ExecStep step) noexcept {
  plan.error = errno;
  plan.failed = step;
  ::_exit(127);
}

// As execvp: what is not there, or may not be run, is passed over; a refusal is remembered as the better reason.
POOLTOP_CHILD_SIDE void exec_first(ExecPlan& plan) noexcept {
  bool denied = false;
  for (const char* const* path = plan.paths; *path != nullptr; ++path) {
    ::execve(*path, plan.argv, plan.envp);
    if (errno == EACCES) {
      denied = true;
    } else if (errno != ENOENT && errno != ENOTDIR) {
      return;
    }
  }
  if (denied) errno = EACCES;
}

}  // namespace

POOLTOP_CHILD_SIDE void exec_child(ExecPlan& plan) noexcept {
  if (!die_with(plan.parent)) fail(plan, ExecStep::Parent);
  if (!place_descriptors(plan.fds, plan.fd_count)) fail(plan, ExecStep::Descriptors);
  if (plan.cwd != nullptr && ::chdir(plan.cwd) < 0) fail(plan, ExecStep::Chdir);
  reset_signals();
  exec_first(plan);
  fail(plan, ExecStep::Exec);
}

POOLTOP_CHILD_SIDE bool place_descriptors(int* fds, int count) noexcept {
  // First out of the way: what has a number that another one is to get.
  for (int i = 0; i < count; ++i) {
    if (fds[i] < 0 || fds[i] >= count || fds[i] == i) continue;
    fds[i] = ::fcntl(fds[i], F_DUPFD_CLOEXEC, count);
    if (fds[i] < 0) return false;
  }
  for (int i = 0; i < count; ++i) {
    if (fds[i] < 0) {
      ::close(i);
    } else if (fds[i] == i) {
      if (::fcntl(i, F_SETFD, 0) < 0) return false;  // dup2 to itself would leave it close-on-exec
    } else if (::dup2(fds[i], i) < 0) {
      return false;
    }
  }
  return ::close_range(static_cast<unsigned>(count), ~0u, 0) == 0;
}

POOLTOP_CHILD_SIDE void reset_signals() noexcept {
  struct sigaction action = {};
  action.sa_handler = SIG_DFL;
  for (int signal = 1; signal < NSIG; ++signal)
    ::sigaction(signal, &action, nullptr);  // KILL and STOP refuse: they are
  const sigset_t none = {};
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

POOLTOP_CHILD_SIDE bool die_with(pid_t parent) noexcept {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  return ::getppid() == parent;  // it may have ended before the prctl, which then would wait for another's death
}

}  // namespace pooltop
