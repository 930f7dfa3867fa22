// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

namespace pooltop {

/// What makes a terminal put `text` into its clipboard: OSC 52. GNU screen hands on only what is wrapped for it, in
/// pieces that it can hold; tmux takes it as it is.
[[nodiscard]] std::string clipboard_sequence(std::string_view text, bool inside_screen);

}  // namespace pooltop
