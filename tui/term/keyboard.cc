// SPDX-License-Identifier: MIT
#include "tui/term/keyboard.h"

#include <curses.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
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
constexpr int kMouseBegin = 0x1002;
constexpr int kOldMouseBegin = 0x1003;
constexpr Nanos kReportRest = kSecond / 2;  // between two parts of one report there is less

// Some terminals send the cursor keys of the other mode than the one they were put into.
void define_keys(bool has_modes) {
  constexpr std::array<std::pair<char, int>, 6> kEnds{
      {{'A', KEY_UP}, {'B', KEY_DOWN}, {'C', KEY_RIGHT}, {'D', KEY_LEFT}, {'H', KEY_HOME}, {'F', KEY_END}}};
  for (const auto& [end, code] : kEnds)
    for (const char* start : {"\033[", "\033O"}) define_key((std::string(start) + end).c_str(), code);
  if (!has_modes) return;
  define_key("\033[200~", kPasteBegin);
  define_key("\033[201~", kPasteEnd);
  define_key("\033[<", kMouseBegin);
  define_key("\033[M", kOldMouseBegin);
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
    if (three_bytes_) {
      const auto key = read_three_bytes();
      if (key || three_bytes_) return key;
    }
    wint_t code = 0;
    const int kind = ::get_wch(&code);
    if (kind == ERR) return std::nullopt;
    if (const auto key = take_key(kind == KEY_CODE_YES, static_cast<Key>(code))) return key;
  }
}

// nullopt: it was a part of something longer.
std::optional<Key> Keyboard::take_key(bool is_named, Key code) {
  if (pasting_) return take_pasted(is_named, code);
  if (report_) return take_reported(is_named, code);
  if (is_named) return take_named(code);
  if (code == '\n') return kKeyEnter;
  if (code == 127 || code == 8) return kKeyBackspace;  // which of the two is the terminal's own business
  return code;
}

std::optional<Key> Keyboard::take_named(Key code) {
  switch (code) {
    case kPasteBegin:
      begin_paste();
      return std::nullopt;
    case kMouseBegin:
      report_.emplace(MouseReport::Form::Sgr);
      reported_at_ = monotonic_now();
      return std::nullopt;
    case kOldMouseBegin:
      three_bytes_.emplace(MouseReport::Form::ThreeBytes);
      return std::nullopt;
    default:
      return named_key(code);
  }
}

// nullopt: it was a part of the report. What belongs to no report ends it, and is read as if there had been none.
std::optional<Key> Keyboard::take_reported(bool is_named, Key code) {
  const Nanos now = monotonic_now();
  const bool is_late = now - reported_at_ > kReportRest;
  auto progress = MouseReport::Progress::Broken;
  if (!is_named && !is_late) progress = report_->take(static_cast<unsigned char>(std::min<Key>(code, 0xff)));
  reported_at_ = now;
  if (progress == MouseReport::Progress::GoesOn) return std::nullopt;
  const auto input = report_->input();
  report_.reset();
  if (progress == MouseReport::Progress::Broken) return take_key(is_named, code);
  if (!input) return std::nullopt;
  mouse_ = *input;
  return kKeyMouse;
}

// The form of three bytes is none of characters: it is read behind curses' back, which has read no further than its
// beginning. nullopt: not all of it has come so far, or it was of no use.
std::optional<Key> Keyboard::read_three_bytes() {
  while (three_bytes_) {
    pollfd terminal{STDIN_FILENO, POLLIN, 0};
    unsigned char byte = 0;
    if (::poll(&terminal, 1, 0) <= 0 || ::read(STDIN_FILENO, &byte, 1) != 1) return std::nullopt;
    const auto progress = three_bytes_->take(byte);
    if (progress == MouseReport::Progress::GoesOn) continue;
    const auto input = three_bytes_->input();
    three_bytes_.reset();
    if (progress == MouseReport::Progress::Broken) ::ungetch(byte);
    if (progress == MouseReport::Progress::Broken || !input) return std::nullopt;
    mouse_ = *input;
    return kKeyMouse;
  }
  return std::nullopt;
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
  if (pasted_.size() < kMostPasted) {
    if (!is_named && !broken_off) pasted_ += code;
    if (is_named && code == kMouseBegin) pasted_ += U"\033[<";  // it only looks like one
    if (is_named && code == kOldMouseBegin) pasted_ += U"\033[M";
  }
  pasting_ = !ends && !broken_off;
  if (pasting_) return std::nullopt;
  return ends ? kKeyPaste : code;
}

std::u32string Keyboard::take_paste() { return std::exchange(pasted_, {}); }

}  // namespace pooltop
