// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>

#include "engine/base/clock.h"

namespace pooltop {

/// The latencies of the last 1000 items and their percentiles. Items that were measured together (a packet) are added
/// at once, with their mean latency and their number. add() is O(1) on average, a percentile O(n) with n <= 1000.
class LatencyWindow {
 public:
  void add(Nanos latency, std::uint64_t count = 1);

  /// The least latency that `share` (0 to 1) of the items did not exceed; 0 while there are none.
  [[nodiscard]] Nanos percentile(double share) const;
  [[nodiscard]] Nanos p50() const { return percentile(0.50); }
  [[nodiscard]] Nanos p99() const { return percentile(0.99); }
  /// Items in the window, at most 1000.
  [[nodiscard]] std::uint64_t count() const noexcept { return total_; }

 private:
  struct Entry {
    Nanos latency;
    std::uint64_t count;
  };
  static constexpr std::uint64_t kItems = 1000;

  std::deque<Entry> entries_;  // oldest first
  std::uint64_t total_ = 0;    // of their counts
};

}  // namespace pooltop
