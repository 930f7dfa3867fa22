// SPDX-License-Identifier: MIT
// front ---fork---> guardian ---fork---> engine
//
// Two pipes. The lifeline: its write end is held by the guardian alone, so the engine, which has the read end, sees its
// end when the guardian dies. The report: written by the engine, and by the guardian once the engine has ended.
// A process of the engine that loses its parents comes to the guardian, the nearest subreaper above.
#include "engine/guardian/guardian.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <exception>
#include <stdexcept>
#include <system_error>

#include "engine/base/clock.h"
#include "engine/base/error.h"
#include "engine/base/io.h"
#include "engine/base/kill_point.h"
#include "engine/process/child.h"
#include "engine/process/exec_child.h"
#include "engine/process/proc_stat.h"
#include "engine/process/process_tree.h"
#include "engine/process/system_needs.h"

namespace pooltop {
namespace {

constexpr Nanos kKillLimit = 5 * kSecond;
constexpr Nanos kReapLimit = kSecond;
constexpr int kCouldNotGoOn = 3;  // the exit status of a run whose engine could not go on

/// Its numbers in the guardian.
enum Number { kReport = 3, kLifeline = 4, kLock = 5, kFdCount = 6 };

void lead_session(const char* name) noexcept {
  ::setsid();
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
  ::prctl(PR_SET_NAME, name);
  reset_signals();
  ::signal(SIGPIPE, SIG_IGN);  // a front that has gone is no reason to end
}

[[noreturn]] void be_engine(const EngineMain& engine_main, const EngineFds& fds) {
  lead_session("pooltop-engine");
  int status = kCouldNotGoOn;
  try {
    status = engine_main(fds);
  } catch (const std::exception& error) {
    report_error(fds.report, error.what());
    std::fprintf(stderr, "pooltop: %s\n", error.what());  // the front may have left
  }
  std::fflush(nullptr);
  ::_exit(status);
}

/// How the engine ended. The one thing that the guardian does all its life.
siginfo_t wait_for(pid_t engine) noexcept {
  siginfo_t end{};
  while (::waitid(P_PID, static_cast<id_t>(engine), &end, WEXITED) < 0 && errno == EINTR) continue;
  return end;
}

void write_end(int fd, const siginfo_t& end) noexcept {
  std::array<char, 32> line;
  const char* what = end.si_code == CLD_EXITED ? "exit" : "died";
  const int size = std::snprintf(line.data(), line.size(), "\n%s %d\n", what, end.si_status & 0xff);
  // The front may have gone, or may read nothing: the run has ended all the same.
  [[maybe_unused]] const ssize_t n =
      uninterrupted([&] { return ::write(fd, line.data(), static_cast<std::size_t>(size)); });
}

[[noreturn]] void be_guardian(const EngineMain& engine_main, PipeEnds report, PipeEnds lifeline, int null,
                              const EngineTraces& traces) {
  lead_session("pooltop-guard");
  report.read.reset();
  const pid_t engine = ::fork();
  if (engine == 0) {
    lifeline.write.reset();
    be_engine(engine_main, {lifeline.read.get(), report.write.get()});
  }
  if (engine < 0) {
    const int error = errno;
    report_error(report.write.get(), fmt::format("fork engine: {}{}", reason_of(error), limit_behind(error)));
    siginfo_t end{};
    end.si_code = CLD_EXITED;
    end.si_status = kCouldNotGoOn;
    write_end(report.write.get(), end);
    ::_exit(kCouldNotGoOn);
  }
  std::array<int, kFdCount> fds{null, null, null, report.write.get(), lifeline.write.get(), traces.lock_fd};
  if (!place_descriptors(fds.data(), traces.lock_fd >= 0 ? kFdCount : kLock))
    ::_exit(kCouldNotGoOn);  // the engine reads the end of its lifeline
  POOLTOP_KILL_POINT(guardian_started);
  const siginfo_t end = wait_for(engine);
  POOLTOP_KILL_POINT(guardian_saw_end);
  kill_all_children(kKillLimit);
  POOLTOP_KILL_POINT(guardian_killed_tree);
  // An engine that ended by itself has removed it.
  if (end.si_code != CLD_EXITED && !traces.socket_path.empty()) ::unlink(traces.socket_path.c_str());
  ::close(kLock);  // before the end is told: who hears of it may start the run anew
  write_end(kReport, end);
  ::_exit(0);
}

}  // namespace

GuardedEngine start_guarded(const EngineMain& engine_main, const EngineTraces& traces) {
  if (const std::uint32_t threads = thread_count(); threads > 1) {
    throw std::runtime_error(
        fmt::format("start of an engine: this process has {} threads, its copy would have one", threads));
  }
  PipeEnds report = make_pipe();
  PipeEnds lifeline = make_pipe();
  const Fd null(check(::open("/dev/null", O_RDWR | O_CLOEXEC), "open", "/dev/null"));
  std::fflush(nullptr);  // else the engine would write it once more
  const pid_t guardian = ::fork();
  if (guardian < 0) {
    const int error = errno;
    throw std::runtime_error(fmt::format("fork guardian: {}{}", reason_of(error), limit_behind(error)));
  }
  if (guardian == 0) be_guardian(engine_main, std::move(report), std::move(lifeline), null.get(), traces);
  return {guardian, open_pidfd(guardian), std::move(report.read)};
}

void reap_guardian(const Fd& guardian_pidfd) noexcept {
  try {
    (void)wait_end(guardian_pidfd, kReapLimit);
  } catch (const std::system_error&) {  // it is not there any more
  }
}

}  // namespace pooltop
