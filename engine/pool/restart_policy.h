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

  /// A death that counts. When the successor may start, or nullopt: the slot is given up. A worker that had answered
  /// an item is followed at once; only those that die without having done anything are given pauses.
  [[nodiscard]] std::optional<Nanos> next_start(Nanos now, bool had_answered) {
    while (!recent_.empty() && now - recent_.front() > within_) recent_.pop_front();
    if (recent_.size() >= count_) return std::nullopt;
    recent_.push_back(now);
    idle_deaths_ = had_answered ? 0 : idle_deaths_ + 1;
    if (idle_deaths_ <= 1) return now;
    return now + std::min(first_ << std::min<std::uint32_t>(idle_deaths_ - 2, 20), within_ / 16);
  }

 private:
  static constexpr Nanos kFirst = 100 * kMillisecond;
  std::uint32_t count_ = 5;
  Nanos within_ = 10 * kSecond;
  Nanos first_ = kFirst;
  std::deque<Nanos> recent_;
  std::uint32_t idle_deaths_ = 0;  // in a row
};

/// The pause before try `failed + 1` of an item: `first`, doubling, at most `max`.
[[nodiscard]] constexpr Nanos backoff_before(std::uint32_t failed, Nanos first, Nanos max) {
  Nanos pause = first;
  for (std::uint32_t i = 1; i < failed && pause < max; ++i) pause *= 2;
  return std::min(pause, max);
}

}  // namespace pooltop
