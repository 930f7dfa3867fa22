// SPDX-License-Identifier: MIT
#include "engine/process/system_needs.h"

#include <fmt/format.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

#include "engine/base/error.h"
#include "engine/base/fd.h"

namespace pooltop {

namespace {

/// Not a shortage, which may pass: the system has no such call, or whatever confines this process forbids it.
bool is_refused(long result) noexcept {
  return result < 0 && (errno == ENOSYS || errno == EPERM || errno == EACCES || errno == EINVAL);
}

std::string refusal(std::string_view call) {
  return fmt::format(
      "this system refuses the call {}: {}; needed are Linux 5.9 or newer, and in a container or sandbox "
      "one that allows it",
      call, reason_of(errno));
}

}  // namespace

std::string why_system_will_not_do() {
  const Fd self(static_cast<int>(::syscall(SYS_pidfd_open, ::getpid(), 0)));
  if (is_refused(self.get())) return refusal("pidfd_open");
  if (self && is_refused(::syscall(SYS_pidfd_send_signal, self.get(), 0, nullptr, 0)))
    return refusal("pidfd_send_signal");
  if (is_refused(::syscall(SYS_close_range, ~0u, ~0u, 0)))
    return refusal("close_range");  // there is no such descriptor
  const Fd memory(::memfd_create("pooltop-region", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (is_refused(memory.get())) return refusal("memfd_create");
  return {};
}

std::string limit_behind(int error) {
  if (error != EAGAIN) return {};
  rlimit limit{};
  if (::getrlimit(RLIMIT_NPROC, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY)
    return " (no more processes: raise pids.max of its cgroup, or take fewer workers)";
  return fmt::format(
      " (no more processes: this user may have {} (ulimit -u), its cgroup pids.max; raise that, or take "
      "fewer workers)",
      limit.rlim_cur);
}

}  // namespace pooltop
