// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace pooltop {

enum class Charset : std::uint8_t { Ascii, Utf8 };

/// The drawing characters of one character set; each is one column wide.
struct Glyphs {
  std::string_view rule;        ///< of a pane's title
  std::string_view rule_focus;  ///< of the pane that takes the keys: it must show without attributes
  std::string_view vertical;
  std::array<std::string_view, 4> corners;  ///< top left, top right, bottom left, bottom right
  std::string_view branch;                  ///< a consumer of a stage that has several
  std::string_view last_branch;
  std::string_view bar_empty;
  std::array<std::string_view, 8> bar;    ///< one eighth of a cell to a full one, from the left
  std::array<std::string_view, 9> spark;  ///< nothing to a full cell, from the bottom
};

/// ASCII has no parts of a cell: every part of a bar is '#', and its ramp has five steps.
[[nodiscard]] const Glyphs& glyphs_of(Charset charset);

/// Linux's own console, and the VT series (vt100, vt220; not vte, which is new): few characters, no modes of xterm's.
[[nodiscard]] bool is_old_terminal(std::string_view name);

/// Whether a terminal can give back the title that it had (XTPUSHTITLE): no old one, nor rxvt, nor a window of GNU screen,
/// which sets STY.
///   sty  value of the environment's STY, nullptr if unset
[[nodiscard]] bool gives_title_back(std::string_view name, const char* sty);

/// UTF-8 only where the locale's codeset is UTF-8 and the terminal can be trusted with it (no old one).
[[nodiscard]] Charset choose_charset(std::string_view codeset, std::string_view terminal);

}  // namespace pooltop
