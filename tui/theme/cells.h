// SPDX-License-Identifier: MIT
#pragma once

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
/// Its code point instead; 0xFFFD for a byte that is no UTF-8.
[[nodiscard]] char32_t take_code(std::string_view& text);

[[nodiscard]] int cells_of(std::string_view text, Charset charset);
/// The longest front part that takes at most `cells`.
[[nodiscard]] std::string_view cut_end(std::string_view text, int cells, Charset charset);
/// Without its first `cells` columns.
[[nodiscard]] std::string_view skip_cells(std::string_view text, int cells, Charset charset);
/// `text` in pieces of at most `cells` (and of one character at least), broken wherever one is full: what stood in
/// columns stays in order. At least one piece, be it empty.
[[nodiscard]] std::vector<std::string_view> broken(std::string_view text, int cells, Charset charset);

}  // namespace pooltop
