// SPDX-License-Identifier: MIT
#include "tui/cli/screen_child.h"

#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <exception>
#include <string>
#include <string_view>

#include "engine/base/error.h"
#include "tui/cli/options.h"
#include "tui/cli/output.h"
#include "tui/plain/progress.h"
#include "tui/term/crash_guard.h"
#include "tui/theme/glyphs.h"

namespace pooltop {
namespace {

/// The child's exit status is its MonitorEnd behind this; below it, it could not go on and has said why.
constexpr int kFirstEnd = 64;

/// What a monitor that was killed leaves on: synchronized output, mouse, bracketed paste, the application's cursor keys
/// and keypad, alternate screen, colours, a hidden cursor.
constexpr std::string_view kScreenReset =
    "\x1b[?2026l\x1b[?1006l\x1b[?1000l\x1b[?2004l\x1b[?1l\x1b>\x1b[?1049l\x1b[0m\x1b(B\x1b[?25h\r\n";

/// The title from before, which the monitor keeps in the terminal.
constexpr std::string_view kTitleReset = "\x1b[23;2t";

class SavedTerminal {
 public:
  SavedTerminal() : is_saved_(::tcgetattr(STDIN_FILENO, &modes_) == 0) {}
  void restore(bool with_title) const {
    if (!is_saved_) return;
    ::tcsetattr(STDIN_FILENO, TCSANOW, &modes_);  // a terminal that is gone needs no modes
    const std::string text = (with_title ? std::string(kTitleReset) : "") + std::string(kScreenReset);
    static_cast<void>(!::write(STDOUT_FILENO, text.data(), text.size()));
  }

 private:
  termios modes_{};
  bool is_saved_;
};

[[noreturn]] void be_monitor(const MonitorOptions& options) {
  int status = kExitCannotGoOn;
  try {
    status = kFirstEnd + static_cast<int>(run_monitor(options).end);
  } catch (const std::exception& error) {
    say(fmt::format("the monitor could not go on: {}", error.what()));
  }
  ::_exit(status);
}

/// Waits for the child's end; meanwhile signals are passed on.
void wait_for_end(const Fd& child, const FrontSignals& signals, int other_fd, const std::function<void()>& on_other) {
  std::array<pollfd, 3> entries{{{.fd = child.get(), .events = POLLIN, .revents = 0},
                                 {.fd = signals.fd(), .events = POLLIN, .revents = 0},
                                 {.fd = other_fd, .events = POLLIN, .revents = 0}}};
  for (;;) {
    if (::poll(entries.data(), entries.size(), -1) < 0 && errno != EINTR)
      throw_system_error(errno, "poll", "monitor and signals");
    if (entries[0].revents != 0) return;
    while (const int signal = signals.take()) ::syscall(SYS_pidfd_send_signal, child.get(), signal, nullptr, 0);
    if (entries[2].revents != 0) {
      on_other();
      if ((entries[2].revents & POLLHUP) != 0) entries[2].fd = -1;  // nothing more to come: not to be asked again
    }
  }
}

/// Whether the title from before is still with the terminal: a monitor that could give it back has done so.
bool keeps_title(const siginfo_t& end) {
  const char* name = std::getenv("TERM");
  const bool was_killed = end.si_code != CLD_EXITED && !CrashGuard::catches(end.si_status);
  return was_killed && name != nullptr && gives_title_back(name, std::getenv("STY"));
}

}  // namespace

std::optional<MonitorEnd> show_monitor(const MonitorOptions& options, const FrontSignals& signals, int other_fd,
                                       const std::function<void()>& on_other) {
  const SavedTerminal terminal;
  const pid_t pid = static_cast<pid_t>(check(::fork(), "fork", "monitor"));
  if (pid == 0) be_monitor(options);
  const Fd child(check(::syscall(SYS_pidfd_open, pid, 0), "pidfd_open", "monitor"));
  wait_for_end(child, signals, other_fd, on_other);

  siginfo_t end{};
  check(::waitid(P_PID, static_cast<id_t>(pid), &end, WEXITED), "waitid", "monitor");
  if (end.si_code == CLD_EXITED && end.si_status >= kFirstEnd)
    return static_cast<MonitorEnd>(end.si_status - kFirstEnd);
  terminal.restore(options.title && keeps_title(end));
  if (end.si_code != CLD_EXITED) say(fmt::format("the monitor was {}", describe(ExitStatus{{}, end.si_status, ""})));
  return std::nullopt;
}

}  // namespace pooltop
