// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "tui/state/ui_state.h"
#include "tui/theme/theme.h"

namespace pooltop {

/// A line of what is shown of the config beside the settings. All of it is printable.
struct DiffLine {
  std::string text;
  Role role = Role::Text;
};

/// What is left out, and why the file cannot be written; then the diff. What is too long goes on below it, indented.
[[nodiscard]] std::vector<DiffLine> diff_lines(const UiState& state);

}  // namespace pooltop
