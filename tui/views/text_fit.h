// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tui/theme/cells.h"

namespace pooltop {

/// At most `cells` wide: what is too long loses its middle ("exam...12.html"), where there is room for that.
[[nodiscard]] std::string cut_middle(std::string_view text, int cells, Charset charset);
/// Lines of at most `cells`, broken at spaces where there are any; at most `lines`, the last one cut.
[[nodiscard]] std::vector<std::string> wrap(std::string_view text, int cells, std::size_t lines, Charset charset);

}  // namespace pooltop
