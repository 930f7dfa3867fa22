// SPDX-License-Identifier: MIT
#include "tui/term/mouse_report.h"

#include <cstddef>

namespace pooltop {
namespace {

constexpr int kMostDigits = 5;
constexpr int kThreeByteOffset = 32;
constexpr int kLetGo = 3;  // of three bytes: no button is named

std::optional<MouseButton> button_of(int code) {
  switch (code) {
    case 0:
      return MouseButton::Left;
    case 64:
      return MouseButton::WheelUp;
    case 65:
      return MouseButton::WheelDown;
    default:
      return std::nullopt;
  }
}

}  // namespace

MouseReport::Progress MouseReport::take(unsigned char byte) {
  if (form_ == Form::Sgr) return take_sgr(byte);
  if (byte < kThreeByteOffset) return Progress::Broken;
  numbers_[at_++] = byte - kThreeByteOffset;
  pressed_ = numbers_[0] != kLetGo;
  return at_ < numbers_.size() ? Progress::GoesOn : Progress::Ended;
}

// What does not belong here goes with the rest, up to the letter that ends it: none of it is a key. Only a control
// character is: Esc, which begins something else, or Ctrl-C.
MouseReport::Progress MouseReport::take_sgr(unsigned char byte) {
  if (byte < ' ') return Progress::Broken;
  const bool ends = byte >= '@' && byte <= '~';
  if (ends) {
    malformed_ = malformed_ || digits_ == 0 || at_ + 1 != numbers_.size() || (byte != 'M' && byte != 'm');
    pressed_ = byte == 'M';
    return Progress::Ended;
  }
  if (byte >= '0' && byte <= '9') {
    take_digit(byte);
  } else if (byte == ';' && digits_ > 0 && at_ + 1 < numbers_.size()) {
    ++at_;
    digits_ = 0;
  } else {
    malformed_ = true;
  }
  return Progress::GoesOn;
}

void MouseReport::take_digit(unsigned char byte) {
  if (digits_ == kMostDigits) {
    malformed_ = true;
    return;
  }
  ++digits_;
  numbers_[at_] = 10 * numbers_[at_] + (byte - '0');
}

std::optional<MouseInput> MouseReport::input() const {
  if (malformed_ || !pressed_ || numbers_[1] < 1 || numbers_[2] < 1) return std::nullopt;
  const auto button = button_of(numbers_[0]);
  if (!button) return std::nullopt;
  return MouseInput{*button, numbers_[2] - 1, numbers_[1] - 1};
}

}  // namespace pooltop
