// SPDX-License-Identifier: MIT
#include "tui/term/clipboard.h"

#include "engine/base/text.h"

namespace pooltop {
namespace {

constexpr std::size_t kScreenPiece = 240;  // screen cuts a string that is longer than 256 bytes
constexpr std::string_view kWrapBegin = "\033P";
constexpr std::string_view kWrapEnd = "\033\\";

}  // namespace

std::string clipboard_sequence(std::string_view text, bool inside_screen) {
  // BEL as its end: ESC \ would end screen's wrapping.
  const std::string whole = "\033]52;c;" + base64_encode(text) + "\a";
  if (!inside_screen) return whole;
  std::string wrapped;
  for (std::size_t at = 0; at < whole.size(); at += kScreenPiece) {
    wrapped += kWrapBegin;
    wrapped += std::string_view(whole).substr(at, kScreenPiece);
    wrapped += kWrapEnd;
  }
  return wrapped;
}

}  // namespace pooltop
