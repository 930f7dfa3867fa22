// SPDX-License-Identifier: MIT
#include "tui/views/text_fit.h"

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

std::string cut_middle(std::string_view text, int cells, Charset charset) {
  if (cells <= 0) return {};
  const int width = cells_of(text, charset);
  if (width <= cells) return std::string(text);
  if (cells < 8) return std::string(cut_end(text, cells, charset));
  const int front = (cells - 3) / 2;
  const int back = cells - 3 - front;
  return std::string(cut_end(text, front, charset)) + "..." + std::string(skip_cells(text, width - back, charset));
}

std::vector<std::string> wrap(std::string_view text, int cells, std::size_t lines, Charset charset) {
  std::vector<std::string> out;
  while (!text.empty() && out.size() < lines && cells > 0) {
    std::string_view line = cut_end(text, cells, charset);
    if (line.empty()) break;  // one character is wider than the line
    if (line.size() < text.size() && out.size() + 1 < lines && text[line.size()] != ' ')
      if (const auto space = line.rfind(' '); space != std::string_view::npos && space > 0)
        line = line.substr(0, space);
    text.remove_prefix(line.size());
    while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
    out.emplace_back(line);
  }
  return out;
}

}  // namespace pooltop
