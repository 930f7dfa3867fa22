// SPDX-License-Identifier: MIT
#include "engine/process/child.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <limits>
#include <string_view>

#include "engine/base/error.h"
#include "engine/base/io.h"
#include "engine/process/exec_child.h"

namespace pooltop {
namespace {

constexpr std::size_t kStackBytes = 32 * 1024;  // exec_child needs less than 4 KiB of it

/// All signals blocked for as long as it lives: a handler of this process must not run in the memory it shares.
class SignalsBlocked {
 public:
  SignalsBlocked() {
    sigset_t all;
    ::sigfillset(&all);
    ::sigprocmask(SIG_SETMASK, &all, &before_);
  }
  ~SignalsBlocked() { ::sigprocmask(SIG_SETMASK, &before_, nullptr); }
  SignalsBlocked(const SignalsBlocked&) = delete;
  SignalsBlocked& operator=(const SignalsBlocked&) = delete;

 private:
  sigset_t before_;
};

int run_exec_child(void* plan) noexcept { exec_child(*static_cast<ExecPlan*>(plan)); }

[[noreturn]] void throw_failed_step(const ExecPlan& plan, std::string_view name) {
  switch (plan.failed) {
    case ExecStep::Chdir:
      throw_system_error(plan.error, "chdir", plan.cwd);
    case ExecStep::Descriptors:
      throw_system_error(plan.error, "place the descriptors of", name);
    case ExecStep::Parent:
      throw_system_error(ESRCH, "start", name);  // never read: who would read it has died
    case ExecStep::Exec:
    case ExecStep::None:
      break;
  }
  throw_system_error(plan.error, "exec", name);
}

std::string_view path_of(const std::vector<std::string>& env) {
  constexpr std::string_view kName = "PATH=";
  for (const std::string& entry : env) {
    if (entry.starts_with(kName)) return std::string_view(entry).substr(kName.size());
  }
  return "/usr/local/bin:/usr/bin:/bin";
}

/// Where `program` may lie, in the order in which exec tries them. An empty part of PATH is the current directory.
std::vector<std::string> program_paths(const std::string& program, std::string_view path) {
  if (program.empty() || program.find('/') != std::string::npos) return {program};
  std::vector<std::string> out;
  for (;;) {
    const std::size_t end = path.find(':');
    const std::string_view folder = path.substr(0, end);
    out.push_back(folder.empty() ? "./" + program : fmt::format("{}/{}", folder, program));
    if (end == std::string_view::npos) return out;
    path.remove_prefix(end + 1);
  }
}

/// Pointers to the texts of `strings`, nullptr behind the last.
std::vector<char*> pointers_to(const std::vector<std::string>& strings) {
  std::vector<char*> out;
  out.reserve(strings.size() + 1);
  for (const std::string& text : strings) out.push_back(const_cast<char*>(text.c_str()));  // execve writes to none
  out.push_back(nullptr);
  return out;
}

void refuse_nul(const std::vector<std::string>& strings, std::string_view what, const std::string& program) {
  for (const std::string& text : strings) {
    if (text.find('\0') != std::string::npos) {
      throw_system_error(EINVAL, "exec", fmt::format("{} ({} holds a NUL byte)", program, what));
    }
  }
}

ProcessEnd end_of(const siginfo_t& info) {
  const auto kind = info.si_code == CLD_EXITED ? ProcessEnd::Kind::Exited : ProcessEnd::Kind::Signaled;
  return ProcessEnd{kind, info.si_status};
}

}  // namespace

Child start_exec(ExecPlan& plan, std::string_view name) {
  plan.parent = ::getpid();
  alignas(16) char stack[kStackBytes];
  int pidfd = -1;
  int pid = 0;
  {
    const SignalsBlocked blocked;
    pid = ::clone(run_exec_child, stack + kStackBytes, CLONE_VM | CLONE_VFORK | CLONE_PIDFD | SIGCHLD, &plan, &pidfd);
  }
  check(pid, "clone", name);
  Child child{pid, Fd(pidfd)};
  if (plan.failed != ExecStep::None) {
    siginfo_t end = {};
    check(uninterrupted([&] { return ::waitid(P_PIDFD, static_cast<id_t>(pidfd), &end, WEXITED); }), "waitid", name);
    throw_failed_step(plan, name);
  }
  return child;
}

Child start_child(const ChildPlan& plan) {
  POOLTOP_ASSERT(!plan.argv.empty());
  refuse_nul(plan.argv, "an argument", plan.argv[0]);
  refuse_nul(plan.env, "its environment", plan.argv[0]);
  const std::vector<std::string> candidates = program_paths(plan.argv[0], path_of(plan.env));
  const std::vector<char*> paths = pointers_to(candidates);
  const std::vector<char*> argv = pointers_to(plan.argv);
  const std::vector<char*> envp = pointers_to(plan.env);
  const int given[] = {plan.stdin_fd, plan.stdout_fd, plan.stderr_fd};
  Fd null;
  if (std::ranges::any_of(given, [](int fd) { return fd < 0; })) {
    null = Fd(check(::open("/dev/null", O_RDWR | O_CLOEXEC), "open", "/dev/null"));
  }
  ExecPlan exec;
  exec.paths = paths.data();
  exec.argv = argv.data();
  exec.envp = envp.data();
  exec.cwd = plan.cwd.empty() ? nullptr : plan.cwd.c_str();
  exec.fd_count = 3;
  for (int i = 0; i < 3; ++i) exec.fds[i] = given[i] < 0 ? null.get() : given[i];
  return start_exec(exec, plan.argv[0]);
}

std::optional<ProcessEnd> try_wait_end(const Fd& pidfd) {
  siginfo_t info = {};
  const auto id = static_cast<id_t>(pidfd.get());
  check(uninterrupted([&] { return ::waitid(P_PIDFD, id, &info, WEXITED | WNOHANG); }), "waitid", "pidfd");
  if (info.si_pid == 0) return std::nullopt;  // waitid returns 0 too when nothing has ended
  return end_of(info);
}

std::optional<ProcessEnd> wait_end(const Fd& pidfd, Nanos timeout) {
  const Nanos deadline = monotonic_now() + timeout;
  for (;;) {
    if (const auto end = try_wait_end(pidfd)) return end;
    const Nanos left = deadline - monotonic_now();
    if (left <= 0) return std::nullopt;
    const Nanos left_ms = (left + kMillisecond - 1) / kMillisecond;
    pollfd entry{pidfd.get(), POLLIN, 0};
    const int ready = ::poll(&entry, 1, static_cast<int>(std::min<Nanos>(left_ms, std::numeric_limits<int>::max())));
    if (ready < 0 && errno != EINTR) check(ready, "poll", "pidfd");
  }
}

bool send_signal(const Fd& pidfd, int signal) {
  if (::syscall(SYS_pidfd_send_signal, pidfd.get(), signal, nullptr, 0) == 0) return true;
  if (errno == ESRCH) return false;
  throw_system_error(errno, "pidfd_send_signal", fmt::format("signal {}", signal));
}

// glibc 2.36 declares pidfd_open without C linkage: it cannot be called from C++.
Fd open_pidfd(pid_t pid) { return Fd(check(::syscall(SYS_pidfd_open, pid, 0), "pidfd_open", std::to_string(pid))); }

}  // namespace pooltop
