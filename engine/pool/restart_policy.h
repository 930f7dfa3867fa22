// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <optional>

#include "engine/base/clock.h"

namespace pooltop {

/// When a slot whose worker died gets the next one. Pure: time is passed in.
class RestartPolicy {
 public:
  RestartPolicy() = default;
  /// At most `count` restarts within `within`; the pauses between them begin with `first` and double.
  RestartPolicy(std::uint32_t count, Nanos within, Nanos first)
      : count_(count), within_(within), first_(std::min(first, kFirst)) {}

  /// A death that counts. When the successor may start, or nullopt: the slot is given up.
  [[nodiscard]] std::optional<Nanos> next_start(Nanos now) {
    while (!recent_.empty() && now - recent_.front() > within_) recent_.pop_front();
    if (recent_.size() >= count_) return std::nullopt;
    // The first death in a while is restarted at once: an item that kills its worker must not cost a pause each time.
    const Nanos pause = recent_.empty() ? 0 : std::min(first_ << std::min<std::size_t>(recent_.size() - 1, 20), within_ / 4);
    recent_.push_back(now);
    return now + pause;
  }

 private:
  static constexpr Nanos kFirst = 100 * kMillisecond;
  std::uint32_t count_ = 5;
  Nanos within_ = 10 * kSecond;
  Nanos first_ = kFirst;
  std::deque<Nanos> recent_;
};

/// The pause before try `failed + 1` of an item: `first`, doubling, at most `max`.
[[nodiscard]] constexpr Nanos backoff_before(std::uint32_t failed, Nanos first, Nanos max) {
  Nanos pause = first;
  for (std::uint32_t i = 1; i < failed && pause < max; ++i) pause *= 2;
  return std::min(pause, max);
}

}  // namespace pooltop
