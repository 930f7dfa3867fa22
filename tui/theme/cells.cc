// SPDX-License-Identifier: MIT
#include "tui/theme/cells.h"

#include <wchar.h>

#include <algorithm>

#include "engine/base/text.h"

namespace pooltop {
namespace {

char32_t decode(std::string_view bytes) {
  if (bytes.size() == 1) return static_cast<unsigned char>(bytes[0]);
  char32_t code = static_cast<unsigned char>(bytes[0]) & (0x7fU >> bytes.size());
  for (const char byte : bytes.substr(1)) code = code << 6 | (static_cast<unsigned char>(byte) & 0x3f);
  return code;
}

bool is_control(char32_t code) { return code < 0x20 || (code >= 0x7f && code < 0xa0); }

// Invisible characters that turn the text around, or fake it: they take no cell, and wcwidth passes them.
bool is_format(char32_t code) {
  return code == 0xad || code == 0x61c || (code >= 0x200b && code <= 0x200f) || (code >= 0x2028 && code <= 0x202e) ||
         (code >= 0x2060 && code <= 0x206f) || code == 0xfeff || (code >= 0xe0000 && code <= 0xe007f);
}

}  // namespace

Character take_character(std::string_view& text, Charset charset) {
  const std::size_t length = std::max<std::size_t>(utf8_length(text), 1);
  const bool valid = utf8_length(text) != 0;
  const std::string_view bytes = text.substr(0, length);
  text.remove_prefix(length);
  const char32_t code = valid ? decode(bytes) : 0;
  if (!valid || is_control(code) || is_format(code)) return {"?", 1};
  if (code < 0x7f) return {bytes, 1};
  if (charset == Charset::Ascii) return {"?", 1};
  const int cells = ::wcwidth(static_cast<wchar_t>(code));
  if (cells < 0) return {"?", 1};
  return {bytes, cells};
}

char32_t take_code(std::string_view& text) {
  const std::size_t length = utf8_length(text);
  const char32_t code = length == 0 ? 0xFFFD : decode(text.substr(0, length));
  text.remove_prefix(std::max<std::size_t>(length, 1));
  return code;
}

int cells_of(std::string_view text, Charset charset) {
  int cells = 0;
  while (!text.empty()) cells += take_character(text, charset).cells;
  return cells;
}

std::string_view cut_end(std::string_view text, int cells, Charset charset) {
  std::string_view rest = text;
  std::size_t used = 0;
  while (!rest.empty()) {
    cells -= take_character(rest, charset).cells;
    if (cells < 0) break;
    used = text.size() - rest.size();
  }
  return text.substr(0, used);
}

std::string_view skip_cells(std::string_view text, int cells, Charset charset) {
  while (cells > 0 && !text.empty()) cells -= take_character(text, charset).cells;
  return text;
}

std::vector<std::string_view> broken(std::string_view text, int cells, Charset charset) {
  std::vector<std::string_view> pieces;
  std::string_view rest = text;
  int used = 0;
  while (!rest.empty()) {
    const std::string_view before = rest;
    const int width = take_character(rest, charset).cells;
    if (used > 0 && used + width > cells) {
      pieces.push_back(text.substr(0, text.size() - before.size()));
      text = before;
      used = 0;
    }
    used += width;
  }
  pieces.push_back(text);
  return pieces;
}

}  // namespace pooltop
