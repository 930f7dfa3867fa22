// SPDX-License-Identifier: MIT
#include "engine/supervisor/timeline.h"

#include <algorithm>
#include <cerrno>

#include "engine/base/error.h"

namespace pooltop {

namespace {

class SystemTimeline final : public Timeline {
 public:
  Nanos now() override { return monotonic_now(); }

  int wait(int epoll_fd, std::span<epoll_event> events, Nanos until) override {
    const Nanos left = std::max<Nanos>(until - now(), 0);
    const timespec timeout{left / kSecond, left % kSecond};
    const int count = ::epoll_pwait2(epoll_fd, events.data(), static_cast<int>(events.size()), &timeout, nullptr);
    if (count < 0 && errno != EINTR) check(count, "epoll_pwait2", "engine");
    return std::max(count, 0);
  }
};

}  // namespace

Timeline& system_timeline() {
  static SystemTimeline timeline;
  return timeline;
}

}  // namespace pooltop
