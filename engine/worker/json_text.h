// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace pooltop {

/// JSON as text: it is cut into slices and never converted, so every number stays exactly as it was written.
/// The functions below is_json() take text for which is_json() is true, or a slice that one of them gave.

/// One JSON value (RFC 8259), white space around it allowed; nested at most 512 deep, strings valid UTF-8 without lone
/// surrogates. One pass, no allocation.
[[nodiscard]] bool is_json(std::string_view text) noexcept;

/// Without the white space around it.
[[nodiscard]] std::string_view json_trim(std::string_view text) noexcept;

/// The same value without white space between its tokens: one line.
[[nodiscard]] std::string json_compact(std::string_view json);

/// What a string token ("a\n\u00e9", quotes included) says, as UTF-8.
[[nodiscard]] std::string json_unquote(std::string_view token);

/// Appends `utf8` (must be valid) as a string token, with its quotes.
void append_json_string(std::string& out, std::string_view utf8);

/// The values of an array, in order.
[[nodiscard]] std::vector<std::string_view> json_elements(std::string_view array);

/// The keys (unquoted) and values of an object, in order, a key given twice too.
[[nodiscard]] std::vector<std::pair<std::string, std::string_view>> json_members(std::string_view object);

/// The value at a JSON pointer ("/a/0", "" is the whole); nullopt where there is none.
[[nodiscard]] std::optional<std::string_view> json_at(std::string_view json, std::string_view pointer);

/// What a value says as an item or a cell: a string as it is, anything else as compact JSON.
[[nodiscard]] std::string json_plain(std::string_view value);

}  // namespace pooltop
