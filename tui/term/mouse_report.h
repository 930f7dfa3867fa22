// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "tui/keys/mouse.h"

namespace pooltop {

/// A terminal's report of what the mouse did, byte by byte behind its beginning: "0;10;5M" behind ESC [ < (SGR), or the
/// three bytes behind ESC [ M that terminals send which know no other form.
class MouseReport {
 public:
  enum class Form : std::uint8_t { Sgr, ThreeBytes };
  /// Broken: the byte belongs to something else and is to be read anew; there is no report.
  enum class Progress : std::uint8_t { GoesOn, Ended, Broken };

  explicit MouseReport(Form form) : form_(form) {}

  [[nodiscard]] Progress take(unsigned char byte);
  /// After its end: what it says. nullopt for what is of no use here: a button that is let go, other buttons, keys held
  /// meanwhile, a movement, and whatever is malformed.
  [[nodiscard]] std::optional<MouseInput> input() const;

 private:
  [[nodiscard]] Progress take_sgr(unsigned char byte);
  void take_digit(unsigned char byte);

  Form form_;
  std::array<int, 3> numbers_{};  // button, column, row; the cells count from 1
  std::size_t at_ = 0;            // the number that is being read
  int digits_ = 0;                // of it
  bool malformed_ = false;
  bool pressed_ = false;
};

}  // namespace pooltop
