// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

namespace pooltop {

enum class MouseButton : std::uint8_t { Left, WheelUp, WheelDown };

/// What the mouse did at a cell of the screen; both count from 0.
struct MouseInput {
  MouseButton button = MouseButton::Left;
  int row = 0;
  int col = 0;
  bool operator==(const MouseInput&) const = default;
};

}  // namespace pooltop
