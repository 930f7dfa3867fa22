// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstdint>

#include "engine/base/clock.h"

namespace pooltop {

/// How many items a worker is handed at once: about a millisecond of work by the measured time per item, so that tiny
/// items cost little each and slow ones never wait behind one another.
class Pace {
 public:
  /// `count` items took `elapsed` together.
  void record(Nanos elapsed, std::uint32_t count) noexcept {
    if (count == 0) return;
    const double each = static_cast<double>(std::max<Nanos>(elapsed, 0)) / count;
    item_ns_ = known_ ? item_ns_ + (each - item_ns_) * kWeight : each;
    known_ = true;
  }
  /// Items for the next packet: at least 1. Nothing is known yet: 1.
  [[nodiscard]] std::uint32_t items(std::uint64_t capacity, std::uint32_t workers) const noexcept {
    if (!known_) return 1;
    const std::uint64_t fair = std::max<std::uint64_t>(capacity / (2 * std::max<std::uint64_t>(workers, 1)), 1);
    const double by_time = static_cast<double>(kPacketWork) / std::max(item_ns_, 1.0);
    const auto limit = static_cast<std::uint64_t>(std::clamp(by_time, 1.0, double{kMaxItems}));
    return static_cast<std::uint32_t>(std::min(fair, limit));
  }
  /// Packets that one worker may hold: several of tiny items, so that it never waits for the engine; one of slow ones.
  [[nodiscard]] std::uint32_t packets() const noexcept { return known_ && item_ns_ < kSlowItem ? kPackets : 1; }
  [[nodiscard]] bool is_slow() const noexcept { return known_ && item_ns_ >= kSlowItem; }

 private:
  static constexpr double kWeight = 0.3;
  static constexpr Nanos kPacketWork = kMillisecond;
  static constexpr std::uint32_t kMaxItems = 1024;
  static constexpr double kSlowItem = 1e6;
  static constexpr std::uint32_t kPackets = 8;
  double item_ns_ = 0;
  bool known_ = false;
};

}  // namespace pooltop
