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

bool is_old_terminal(std::string_view name) {
  return name == "linux" || (name.size() > 2 && name.starts_with("vt") && name[2] >= '0' && name[2] <= '9');
}

bool gives_title_back(std::string_view name, const char* sty) {
  return !is_old_terminal(name) && !name.starts_with("rxvt") && sty == nullptr;
}

Charset choose_charset(std::string_view codeset, std::string_view terminal) {
  const bool utf8 = codeset == "UTF-8" || codeset == "utf8" || codeset == "UTF8";
  return utf8 && !is_old_terminal(terminal) ? Charset::Utf8 : Charset::Ascii;
}

}  // namespace pooltop
