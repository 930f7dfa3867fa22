// SPDX-License-Identifier: MIT
#pragma once

#include <charconv>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace pooltop {

/// The length of the UTF-8 character at the front of `text` (1 to 4), 0 if it is none (or `text` is empty).
/// Overlong forms, surrogates and what lies above U+10FFFF are none.
[[nodiscard]] std::size_t utf8_length(std::string_view text) noexcept;
[[nodiscard]] bool is_utf8(std::string_view text) noexcept;

/// `bytes` fit to be shown anywhere: at most `limit` bytes of the input ("..." follows a cut), control characters, DEL,
/// C1, invalid UTF-8, bidirectional and zero-width characters as visible escapes (\n, \x1b, \u202e).
[[nodiscard]] std::string printable(std::string_view bytes, std::size_t limit = std::string_view::npos);

[[nodiscard]] std::string base64_encode(std::string_view bytes);
/// nullopt unless `text` is base64 with its padding (RFC 4648, section 4).
[[nodiscard]] std::optional<std::string> base64_decode(std::string_view text);

/// Reads a whole text as a number (std::from_chars); false, with `value` as it was or in part changed, if it is none.
template <typename Number>
[[nodiscard]] bool read_number(std::string_view text, Number& value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size();
}

/// ASCII alone: "A" to "Z" become "a" to "z", every other byte stays.
[[nodiscard]] constexpr char to_lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

/// The name nearest to `word` by edits, if one is near enough to be meant (at most a third of it wrong).
[[nodiscard]] std::optional<std::string_view> nearest_name(std::string_view word,
                                                           std::span<const std::string_view> names);

}  // namespace pooltop
