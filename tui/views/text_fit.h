// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tui/theme/glyphs.h"

namespace pooltop {

/// Text measured in the cells it takes on the screen: as wcwidth() has it in UTF-8 (the process's locale must be a
/// UTF-8 one), one per character in ASCII.

struct Character {
  std::string_view bytes;  ///< what is drawn: the character, or "?"
  int cells = 1;           ///< 0 for a combining mark
};

/// Takes the first character off `text`, which must not be empty.
[[nodiscard]] Character take_character(std::string_view& text, Charset charset);

[[nodiscard]] int cells_of(std::string_view text, Charset charset);
/// The longest front part that takes at most `cells`.
[[nodiscard]] std::string_view cut_end(std::string_view text, int cells, Charset charset);
/// At most `cells` wide: what is too long loses its middle ("exam...12.html"), where there is room for that.
[[nodiscard]] std::string cut_middle(std::string_view text, int cells, Charset charset);
/// Without its first `cells` columns.
[[nodiscard]] std::string_view skip_cells(std::string_view text, int cells, Charset charset);
/// Lines of at most `cells`, broken at spaces where there are any; at most `lines`, the last one cut.
[[nodiscard]] std::vector<std::string> wrap(std::string_view text, int cells, std::size_t lines, Charset charset);

}  // namespace pooltop
