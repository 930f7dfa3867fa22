// SPDX-License-Identifier: MIT
#pragma once

#include <termios.h>

#include <array>
#include <csignal>
#include <cstddef>
#include <string>

namespace pooltop {

/// While it lives, a crash (SEGV, ABRT, BUS, FPE, ILL) gives the terminal back before the process dies of it. The
/// handler only calls what a handler may: tcsetattr, write, raise. One at a time.
class CrashGuard {
 public:
  /// `reset` is written to stdout as it is; `modes` are the terminal's before it was taken.
  CrashGuard(const std::string& reset, const termios& modes);
  ~CrashGuard();
  CrashGuard(const CrashGuard&) = delete;
  CrashGuard& operator=(const CrashGuard&) = delete;

  /// Whether it gives the terminal back where this signal ends the process.
  [[nodiscard]] static bool catches(int signal);

 private:
  static constexpr std::array kSignals{SIGSEGV, SIGABRT, SIGBUS, SIGFPE, SIGILL};
  std::array<struct sigaction, kSignals.size()> before_{};
};

}  // namespace pooltop
