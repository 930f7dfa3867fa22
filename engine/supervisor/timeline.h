// SPDX-License-Identifier: MIT
#pragma once

#include <sys/epoll.h>

#include <span>

#include "engine/base/clock.h"

namespace pooltop {

/// What time it is for a run, and its waiting. A simulation has a time of its own, in which hours pass at once.
class Timeline {
 public:
  Timeline() = default;
  Timeline(const Timeline&) = delete;
  Timeline& operator=(const Timeline&) = delete;
  virtual ~Timeline() = default;

  /// As monotonic_now().
  [[nodiscard]] virtual Nanos now() = 0;
  /// epoll_wait until `until`; how many events there were, 0 also where it was interrupted. Throws std::system_error.
  [[nodiscard]] virtual int wait(int epoll_fd, std::span<epoll_event> events, Nanos until) = 0;
};

/// The system's clock.
[[nodiscard]] Timeline& system_timeline();

}  // namespace pooltop
