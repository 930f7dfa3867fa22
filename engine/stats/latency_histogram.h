// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "engine/base/clock.h"

namespace pooltop {

/// All latencies of one worker, in buckets that are a fifth wide: 1 us to 19 hours. The largest is kept as it was.
/// Small (half a KiB) and quick, for there are many workers. No allocation.
class LatencyHistogram {
 public:
  void add(Nanos latency, std::uint64_t count = 1) noexcept;

  /// The upper end of the bucket that holds this share (0 to 1) of the items, but not more than the largest; 0 while
  /// there are none.
  [[nodiscard]] Nanos percentile(double share) const noexcept;
  [[nodiscard]] Nanos largest() const noexcept { return largest_; }
  [[nodiscard]] std::uint64_t count() const noexcept { return total_; }

 private:
  static constexpr std::size_t kSteps = 4;  // buckets for each doubling
  static constexpr std::size_t kBuckets = 36 * kSteps;

  std::array<std::uint32_t, kBuckets> counts_{};
  std::uint64_t total_ = 0;
  Nanos largest_ = 0;
};

}  // namespace pooltop
