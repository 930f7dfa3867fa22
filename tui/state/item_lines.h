// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "tui/state/ui_state.h"
#include "tui/theme/theme.h"

namespace pooltop {

/// A line of an item's way: a word in front, and text that fits beside it. All of it is printable.
struct ItemLine {
  std::string what;
  std::string text;
  Role role = Role::Text;
};

inline constexpr int kItemLineText = 8;  ///< the column where texts begin

/// The item that is shown: what it is, where it is now, then its tries, the last one first.
[[nodiscard]] std::vector<ItemLine> item_lines(const UiState& state);

}  // namespace pooltop
