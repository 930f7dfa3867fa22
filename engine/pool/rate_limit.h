// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstdint>

#include "engine/base/clock.h"

namespace pooltop {

/// A token bucket: `rate` items a second on average, at most a tenth of a second's worth (and at least one) at once.
class RateLimit {
 public:
  RateLimit() = default;
  explicit RateLimit(double rate_per_s) : rate_(rate_per_s) {}
  [[nodiscard]] bool is_on() const noexcept { return rate_ > 0; }
  /// Another rate from now on, 0: none. What was saved up under the one before is gone, but for one item: a change
  /// gives no burst, however often it is made.
  void change(double rate_per_s, Nanos now) noexcept {
    (void)available(now);
    rate_ = rate_per_s;
    tokens_ = std::min(tokens_, 1.0);
    last_ = now;
  }
  /// Items that may start now.
  [[nodiscard]] std::uint32_t available(Nanos now) noexcept {
    if (!is_on()) return UINT32_MAX;
    if (last_ == 0) last_ = now;
    const double burst = std::max(1.0, rate_ / 10);
    tokens_ = std::min(burst, tokens_ + rate_ * static_cast<double>(now - last_) / 1e9);
    last_ = now;
    return static_cast<std::uint32_t>(tokens_ + kRounding);
  }
  void take(std::uint32_t items) noexcept {
    if (is_on()) tokens_ -= items;
  }
  /// Items that were taken did not start after all.
  void give_back(std::uint64_t items) noexcept {
    if (is_on()) tokens_ += static_cast<double>(items);
  }
  /// When the next item may start.
  [[nodiscard]] Nanos next(Nanos now) const noexcept {
    const double missing = std::max(0.0, 1.0 - tokens_);
    return now + static_cast<Nanos>(missing / rate_ * 1e9) + 1;
  }

 private:
  static constexpr double kRounding = 1e-9;
  double rate_ = 0;
  double tokens_ = 1;
  Nanos last_ = 0;
};

}  // namespace pooltop
