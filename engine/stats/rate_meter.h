// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "engine/base/clock.h"

namespace pooltop {

/// Events a second, as a mean over the last 10 s (over its life while it is younger). Counts are kept per 100 ms.
/// Times may not go back. No allocation.
class RateMeter {
 public:
  explicit RateMeter(Nanos started) noexcept : started_(started), newest_(started / kBucket) {}

  void add(std::uint64_t count, Nanos now) noexcept;

  [[nodiscard]] double per_second(Nanos now) const noexcept;
  /// Over its whole life; not the display's rate, but what an estimate needs.
  [[nodiscard]] double per_second_since_start(Nanos now) const noexcept;
  [[nodiscard]] std::uint64_t total() const noexcept { return total_; }

 private:
  static constexpr Nanos kBucket = 100 * kMillisecond;
  static constexpr std::int64_t kBuckets = 100;

  Nanos started_;
  std::int64_t newest_;       // number of the newest bucket; the ring holds it and the 99 before
  std::uint64_t recent_ = 0;  // the sum of the counts
  std::uint64_t total_ = 0;
  std::array<std::uint64_t, kBuckets> counts_{};
};

}  // namespace pooltop
