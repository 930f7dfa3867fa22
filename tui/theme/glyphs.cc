// SPDX-License-Identifier: MIT
#include "tui/theme/glyphs.h"

namespace pooltop {
namespace {

constexpr Glyphs kAscii{
    .rule = "-",
    .rule_focus = "=",
    .vertical = "|",
    .corners = {"+", "+", "+", "+"},
    .branch = "|",
    .last_branch = "`",
    .bar_empty = "-",
    .bar = {"#", "#", "#", "#", "#", "#", "#", "#"},
    .spark = {" ", ".", ".", "-", "-", "+", "+", "#", "#"},
};

constexpr Glyphs kUtf8{
    .rule = "─",
    .rule_focus = "═",
    .vertical = "│",
    .corners = {"┌", "┐", "└", "┘"},
    .branch = "├",
    .last_branch = "└",
    .bar_empty = " ",
    .bar = {"▏", "▎", "▍", "▌", "▋", "▊", "▉", "█"},
    .spark = {" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"},
};

}  // namespace

const Glyphs& glyphs_of(Charset charset) { return charset == Charset::Utf8 ? kUtf8 : kAscii; }

Charset choose_charset(std::string_view codeset, std::string_view terminal) {
  const bool utf8 = codeset == "UTF-8" || codeset == "utf8" || codeset == "UTF8";
  const bool old = terminal == "linux" || terminal.starts_with("vt");
  return utf8 && !old ? Charset::Utf8 : Charset::Ascii;
}

}  // namespace pooltop
