// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "engine/base/fd.h"

namespace pooltop {

/// What the engine process gets from its guardian; both stay open and close-on-exec.
struct EngineFds {
  int lifeline = -1;  ///< readable (end of file) once the guardian has died: stop now
  int report = -1;    ///< lines to the front, see report_ready() and report_error()
};

/// Runs in the engine process; its value, 0 to 255, is the run's exit status.
using EngineMain = std::function<int(const EngineFds&)>;

struct GuardedEngine {
  pid_t guardian_pid = 0;
  Fd guardian_pidfd;
  Fd reports;  ///< for a ReportReader; not blocking
};

/// What an engine that was killed leaves behind beside its processes.
struct EngineTraces {
  std::string socket_path;  ///< removed by the guardian; empty: there is none
  int lock_fd = -1;         ///< held until then, so that it is never the socket of a run that follows; -1: none
};

/// Starts the guardian, and through it the engine. Call it early: both are copies of this process, which must have one
/// thread. Each leads a session of its own, so this terminal's signals reach neither, and both outlive this process.
///
/// The engine keeps this process's descriptors, its working directory and its environment; its signals are at their
/// defaults, but SIGPIPE, which is ignored. It is a subreaper. An exception out of `engine_main` is reported as an
/// error, its status is 3 then.
/// The guardian holds no descriptor but its pipes and the lock, allocates nothing, and waits. When the engine ends,
/// however, it kills all processes that are left of it, then reports the end; so nothing is left of a run that was
/// reported ended, but what the kernel holds back for more than 5 s. Throws std::system_error; std::runtime_error where
/// this process has threads.
[[nodiscard]] GuardedEngine start_guarded(const EngineMain& engine_main, const EngineTraces& traces = {});

/// Takes note of the end of the guardian, which follows its last report at once. Whoever starts one calls it: where the
/// system's first process reaps nobody, as in many containers, the guardian would stay as a zombie.
void reap_guardian(const Fd& guardian_pidfd) noexcept;

/// The engine's reports to the front. A front that is gone is no error.
void report_ready(int report_fd);
/// `text`: any bytes, of which 16 KiB are kept.
void report_error(int report_fd, std::string_view text);

/// What the front hears of its engine.
struct Report {
  enum class Kind : unsigned char {
    Ready,
    Error,  ///< `text`; the engine goes on to its end
    Exit,   ///< last one: the engine ended with status `code`
    Died,   ///< last one: signal `code` ended the engine
    Lost,   ///< last one: the guardian itself was killed, and the engine ended
  } kind = Kind::Lost;
  int code = 0;
  std::string text;
  [[nodiscard]] bool is_last() const noexcept { return kind != Kind::Ready && kind != Kind::Error; }
};

/// Reads the reports of GuardedEngine::reports. A line that is no report is given as an Error that shows it.
class ReportReader {
 public:
  explicit ReportReader(Fd reports);
  /// For poll: readable when read() may have something.
  [[nodiscard]] int fd() const noexcept { return fd_.get(); }
  /// The next report, without waiting; nullopt: none now, or the last one was read. Throws std::system_error.
  [[nodiscard]] std::optional<Report> read();

 private:
  [[nodiscard]] std::optional<Report> next_line();

  Fd fd_;
  std::string buffer_;
  bool is_ended_ = false;
};

}  // namespace pooltop
