// SPDX-License-Identifier: MIT
#pragma once

#include <doctest/doctest.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <string>

#include "engine/base/clock.h"
#include "engine/base/error.h"
#include "engine/base/fd.h"
#include "tui/term/session.h"

namespace pooltop {

inline constexpr Nanos kTerminalPatience = 20 * kSecond;

struct Shown {
  int status = 0;           // as waitpid gives it
  std::string output;       // what the terminal got
  bool same_modes = false;  // after the end as before
};

[[noreturn]] inline void be_child(int slave, const std::function<int()>& body) {
  ::setsid();
  ::ioctl(slave, TIOCSCTTY, 0);
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO}) ::dup2(slave, fd);
  int code = 99;
  try {
    code = body();
  } catch (...) {  // seen by the parent as 99
  }
  ::_exit(code);
}

// Reads for as long as the child lives; its output is complete then, for it went to the terminal before. Types when the
// terminal shows "ready", before that it is the line discipline that would read; then `more` at "again".
inline void read_until_end(int master, pid_t child, std::string typed, std::string more, Shown& shown) {
  const Nanos deadline = monotonic_now() + kTerminalPatience;
  bool ended = false;
  while (monotonic_now() < deadline) {
    pollfd entry{master, POLLIN, 0};
    if (::poll(&entry, 1, ended ? 0 : 20) > 0) {
      char bytes[4096];
      const ssize_t n = ::read(master, bytes, sizeof bytes);
      if (n > 0) shown.output.append(bytes, static_cast<std::size_t>(n));
      if (!typed.empty() && shown.output.find("ready") != std::string::npos) {
        check(::write(master, typed.data(), typed.size()), "write", "master");
        typed.clear();
      }
      if (!more.empty() && shown.output.find("again") != std::string::npos) {
        check(::write(master, more.data(), more.size()), "write", "master");
        more.clear();
      }
      continue;
    }
    if (ended) return;
    ended = ::waitpid(child, &shown.status, WNOHANG) == child;
  }
  ::kill(child, SIGKILL);
  FAIL("the child did not end");
}

/// Runs `body` in a process of its own whose terminal is a new one, 80x24 in UTF-8, and types when it shows "ready",
/// `more` when it shows "again".
inline Shown on_terminal(const char* term, const std::string& typed, const std::function<int()>& body,
                         const std::string& more = {}) {
  const Fd master(check(::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC), "posix_openpt", "master"));
  check(::grantpt(master.get()), "grantpt", "master");
  check(::unlockpt(master.get()), "unlockpt", "master");
  const Fd slave(check(::open(::ptsname(master.get()), O_RDWR | O_NOCTTY), "open", "slave"));
  const winsize size{24, 80, 0, 0};
  ::ioctl(slave.get(), TIOCSWINSZ, &size);
  ::setenv("TERM", term, 1);
  ::setenv("LC_ALL", "C.UTF-8", 1);
  ::unsetenv("NO_COLOR");
  ::unsetenv("STY");
  termios before{};
  ::tcgetattr(slave.get(), &before);
  const pid_t child = static_cast<pid_t>(check(::fork(), "fork", "child"));
  if (child == 0) be_child(slave.get(), body);
  Shown shown;
  read_until_end(master.get(), child, typed, more, shown);
  termios after{};
  ::tcgetattr(slave.get(), &after);
  shown.same_modes = before.c_iflag == after.c_iflag && before.c_oflag == after.c_oflag &&
                     before.c_lflag == after.c_lflag && before.c_cflag == after.c_cflag &&
                     std::memcmp(before.c_cc, after.c_cc, sizeof before.c_cc) == 0;
  return shown;
}

// Waits until a key can be read.
inline Key wait_key(Session& session) {
  for (;;) {
    if (const auto key = session.read_key()) return *key;
    pollfd entry{STDIN_FILENO, POLLIN, 0};
    ::poll(&entry, 1, -1);
  }
}

}  // namespace pooltop
