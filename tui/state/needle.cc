// SPDX-License-Identifier: MIT
#include "tui/state/needle.h"

#include <wctype.h>

#include <algorithm>

#include "tui/theme/cells.h"

namespace pooltop {
namespace {

char32_t fold(char32_t code) {
  if (code >= U'A' && code <= U'Z') return code + 32;
  return code < 0x80 ? code : static_cast<char32_t>(::towlower(static_cast<wint_t>(code)));
}

// How many bytes at the front of `hay` are `folded`; 0: it does not begin so.
std::size_t fits(std::string_view hay, std::u32string_view folded) {
  std::string_view rest = hay;
  for (const char32_t code : folded)
    if (rest.empty() || fold(take_code(rest)) != code) return 0;
  return hay.size() - rest.size();
}

}  // namespace

Needle::Needle(std::string_view text) : text_(text) {
  bool has_capital = false;
  for (std::string_view rest = text; !rest.empty();) {
    const char32_t code = take_code(rest);
    folded_ += fold(code);
    has_capital = has_capital || folded_.back() != code;
  }
  if (has_capital) folded_.clear();
}

std::optional<Needle::Found> Needle::find(std::string_view hay, std::size_t from) const {
  if (text_.empty()) return std::nullopt;
  if (folded_.empty()) {
    const std::size_t at = hay.find(text_, from);
    return at == std::string_view::npos ? std::nullopt : std::optional(Found{at, text_.size()});
  }
  std::string_view rest = hay.substr(std::min(from, hay.size()));
  while (!rest.empty()) {
    if (const std::size_t size = fits(rest, folded_); size > 0) return Found{hay.size() - rest.size(), size};
    static_cast<void>(take_code(rest));
  }
  return std::nullopt;
}

}  // namespace pooltop
