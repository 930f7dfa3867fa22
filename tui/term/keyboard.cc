// SPDX-License-Identifier: MIT
#include "tui/term/keyboard.h"

#include <curses.h>

#include <array>
#include <cstddef>
#include <string>
#include <utility>

namespace pooltop {
namespace {

constexpr std::size_t kMostPasted = 64 << 10;
constexpr Nanos kPasteRest = kSecond / 2;  // between two parts of one paste there is less
constexpr int kPasteBegin = 0x1000;        // codes of our own, above those of curses
constexpr int kPasteEnd = 0x1001;

// Some terminals send the cursor keys of the other mode than the one they were put into.
void define_keys(bool has_modes) {
  constexpr std::array<std::pair<char, int>, 6> kEnds{
      {{'A', KEY_UP}, {'B', KEY_DOWN}, {'C', KEY_RIGHT}, {'D', KEY_LEFT}, {'H', KEY_HOME}, {'F', KEY_END}}};
  for (const auto& [end, code] : kEnds)
    for (const char* start : {"\033[", "\033O"}) define_key((std::string(start) + end).c_str(), code);
  if (!has_modes) return;
  define_key("\033[200~", kPasteBegin);
  define_key("\033[201~", kPasteEnd);
}

Key named_key(wint_t code) {
  switch (code) {
    case KEY_UP:
      return kKeyUp;
    case KEY_DOWN:
      return kKeyDown;
    case KEY_LEFT:
      return kKeyLeft;
    case KEY_RIGHT:
      return kKeyRight;
    case KEY_PPAGE:
      return kKeyPageUp;
    case KEY_NPAGE:
      return kKeyPageDown;
    case KEY_HOME:
      return kKeyHome;
    case KEY_END:
      return kKeyEnd;
    case KEY_BTAB:
      return kKeyBackTab;
    case KEY_ENTER:
      return kKeyEnter;
    case KEY_BACKSPACE:
      return kKeyBackspace;
    case KEY_DC:
      return kKeyDelete;
    default:
      break;
  }
  if (code >= KEY_F(1) && code <= KEY_F(12)) return kKeyF1 + static_cast<Key>(code - KEY_F(1));
  return kNoKey;
}

}  // namespace

Keyboard::Keyboard(bool has_modes) { define_keys(has_modes); }

std::optional<Key> Keyboard::read_key() {
  for (;;) {
    wint_t code = 0;
    const int kind = ::get_wch(&code);
    if (kind == ERR) return std::nullopt;
    if (const auto key = take_key(kind == KEY_CODE_YES, static_cast<Key>(code))) return key;
  }
}

// nullopt: it was a part of something longer.
std::optional<Key> Keyboard::take_key(bool is_named, Key code) {
  if (pasting_) return take_pasted(is_named, code);
  if (is_named && code == kPasteBegin) {
    begin_paste();
    return std::nullopt;
  }
  if (is_named) return named_key(code);
  if (code == '\n') return kKeyEnter;
  if (code == 127 || code == 8) return kKeyBackspace;  // which of the two is the terminal's own business
  return code;
}

void Keyboard::begin_paste() {
  pasting_ = true;
  pasted_at_ = monotonic_now();
  pasted_.clear();
}

// Where the end of a paste does not come, Ctrl-C is one.
std::optional<Key> Keyboard::take_pasted(bool is_named, Key code) {
  if (is_named && code == kPasteBegin) {
    begin_paste();
    return std::nullopt;
  }
  const bool ends = is_named && code == kPasteEnd;
  const Nanos now = monotonic_now();
  const bool broken_off = !is_named && code == ctrl('C') && now - pasted_at_ > kPasteRest;
  pasted_at_ = now;
  if (!is_named && !broken_off && pasted_.size() < kMostPasted) pasted_ += code;
  pasting_ = !ends && !broken_off;
  if (pasting_) return std::nullopt;
  return ends ? kKeyPaste : code;
}

std::u32string Keyboard::take_paste() { return std::exchange(pasted_, {}); }

}  // namespace pooltop
