// SPDX-License-Identifier: MIT
#pragma once

#include <csignal>
#include <optional>

#include "engine/base/fd.h"

namespace pooltop {

/// While it lives, WINCH, TERM, HUP, INT, TSTP, CONT and CHLD are blocked and read from a descriptor, PIPE is ignored, and
/// the end of the parent is a TERM.
class Signals {
 public:
  Signals();
  ~Signals();
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;

  [[nodiscard]] int fd() const { return fd_.get(); }
  /// The next signal that came; nullopt: no more.
  [[nodiscard]] std::optional<int> take();
  /// Sends TSTP to `whom` as in kill(2), this process among them, and stops here until CONT. Returns at once where
  /// nobody could continue it: the kernel does not stop an orphaned process group.
  void stop(pid_t whom);

 private:
  sigset_t mask_before_{};
  struct sigaction pipe_before_ {};
  Fd fd_;
};

}  // namespace pooltop
