// SPDX-License-Identifier: MIT
#pragma once

#include "engine/base/clock.h"

namespace pooltop {

/// How often a terminal is drawn on: one that did not take a frame gets one a second for a while. A slow line gets
/// fewer frames, not a longer queue of them.
class FramePace {
 public:
  /// The terminal does not take what it was sent.
  void was_blocked(Nanos now) { blocked_at_ = now; }
  void was_drawn(Nanos now) { drawn_at_ = now; }
  /// Looks again whether it is slow; true if it has become so now.
  [[nodiscard]] bool becomes_slow(Nanos now);
  [[nodiscard]] bool is_due(Nanos now) const { return !is_slow_ || now - drawn_at_ >= kSecond; }
  [[nodiscard]] Nanos drawn_at() const { return drawn_at_; }

 private:
  Nanos blocked_at_ = 0;  // when the terminal last took no more
  Nanos drawn_at_ = 0;
  bool is_slow_ = false;
};

}  // namespace pooltop
