// SPDX-License-Identifier: MIT
#include "tui/term/crash_guard.h"

#include <unistd.h>

#include <algorithm>
#include <cstring>

namespace pooltop {
namespace {

// What the handler reads was written before it was installed; nothing changes it afterwards.
std::array<char, 512> reset_bytes{};
std::size_t reset_size = 0;
termios modes_before{};

void give_back(int signal) {
  ::tcsetattr(STDIN_FILENO, TCSANOW, &modes_before);
  // Nothing can be done about a short write here: the process is dying.
  [[maybe_unused]] const ssize_t written = ::write(STDOUT_FILENO, reset_bytes.data(), reset_size);
  ::raise(signal);  // SA_RESETHAND has put the default back: this ends the process, with its core
}

}  // namespace

CrashGuard::CrashGuard(const std::string& reset, const termios& modes) {
  reset_size = std::min(reset.size(), reset_bytes.size());
  std::memcpy(reset_bytes.data(), reset.data(), reset_size);
  modes_before = modes;
  struct sigaction action {};
  action.sa_handler = give_back;
  action.sa_flags = static_cast<int>(SA_RESETHAND | SA_NODEFER);
  sigemptyset(&action.sa_mask);
  for (std::size_t i = 0; i < kSignals.size(); ++i) ::sigaction(kSignals[i], &action, &before_[i]);
}

bool CrashGuard::catches(int signal) { return std::find(kSignals.begin(), kSignals.end(), signal) != kSignals.end(); }

CrashGuard::~CrashGuard() {
  for (std::size_t i = 0; i < kSignals.size(); ++i) ::sigaction(kSignals[i], &before_[i], nullptr);
}

}  // namespace pooltop
