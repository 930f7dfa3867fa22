// SPDX-License-Identifier: MIT
#include "tui/state/line_edit.h"

#include <utility>

namespace pooltop {
namespace {

constexpr std::size_t kMostBytes = 1024;

bool is_inside(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

std::size_t before(const std::string& text, std::size_t at) {
  if (at == 0) return 0;
  do --at;
  while (at > 0 && is_inside(text[at]));
  return at;
}

std::size_t after(const std::string& text, std::size_t at) {
  if (at >= text.size()) return text.size();
  do ++at;
  while (at < text.size() && is_inside(text[at]));
  return at;
}

std::string utf8_of(Key key) {
  const auto code = static_cast<std::uint32_t>(key);
  std::string out;
  const auto tail = [&](int shift) { out += static_cast<char>(0x80 | ((code >> shift) & 0x3F)); };
  if (code < 0x80) {
    out += static_cast<char>(code);
  } else if (code < 0x800) {
    out += static_cast<char>(0xC0 | (code >> 6));
    tail(0);
  } else if (code < 0x10000) {
    out += static_cast<char>(0xE0 | (code >> 12));
    tail(6);
    tail(0);
  } else {
    out += static_cast<char>(0xF0 | (code >> 18));
    tail(12);
    tail(6);
    tail(0);
  }
  return out;
}

bool is_text(Key key) {
  if (key < 0x20 || (key >= 0x7F && key < 0xA0)) return false;
  return key < 0xD800 || (key > 0xDFFF && key <= 0x10FFFF);
}

Edited erase(LineEdit& line, std::size_t from, std::size_t to) {
  if (from == to) return Edited::Unchanged;
  line.text.erase(from, to - from);
  line.cursor = from;
  return Edited::Changed;
}

std::size_t word_begin(const LineEdit& line) {
  std::size_t at = line.cursor;
  while (at > 0 && line.text[at - 1] == ' ') --at;
  while (at > 0 && line.text[at - 1] != ' ') --at;
  return at;
}

Edited go(LineEdit& line, std::size_t to) {
  if (to == line.cursor) return Edited::Unchanged;
  line.cursor = to;
  return Edited::Moved;
}

Edited insert(LineEdit& line, Key key) {
  const std::string bytes = utf8_of(key);
  if (line.text.size() + bytes.size() > kMostBytes) return Edited::Unchanged;
  line.text.insert(line.cursor, bytes);
  line.cursor += bytes.size();
  return Edited::Changed;
}

}  // namespace

LineEdit::LineEdit(std::string start) : text(std::move(start)), cursor(text.size()) {}

Edited edit(LineEdit& line, Key key) {
  switch (key) {
    case kKeyEnter:
      return Edited::Accepted;
    case kKeyEsc:
      return Edited::Cancelled;
    case kKeyBackspace:
      if (line.text.empty()) return Edited::Cancelled;
      return erase(line, before(line.text, line.cursor), line.cursor);
    case kKeyDelete:
      return erase(line, line.cursor, after(line.text, line.cursor));
    case kKeyLeft:
      return go(line, before(line.text, line.cursor));
    case kKeyRight:
      return go(line, after(line.text, line.cursor));
    case kKeyHome:
    case ctrl('A'):
      return go(line, 0);
    case kKeyEnd:
    case ctrl('E'):
      return go(line, line.text.size());
    case ctrl('U'):
      return erase(line, 0, line.cursor);
    case ctrl('K'):
      return erase(line, line.cursor, line.text.size());
    case ctrl('W'):
      return erase(line, word_begin(line), line.cursor);
    default:
      return is_text(key) ? insert(line, key) : Edited::Unchanged;
  }
}

}  // namespace pooltop
