// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace pooltop {

/// Where something stands: both count from 1, a column is a character (a tab too). Line 0: not in the text but in the
/// `column`-th --set of the command line.
struct Position {
  std::uint32_t line = 0;
  std::uint32_t column = 0;
};

enum class JsonType : std::uint8_t { Null, Boolean, Number, Text, Array, Object };

struct JsonMember;

/// One value of a document, with its place. Small (a config may hold millions): what has no children has no list.
struct JsonValue {
  JsonType type = JsonType::Null;
  bool truth = false;  ///< Boolean
  Position at;
  std::string text;  ///< Text: its characters; Number: as it was written
  /// Array and Object: never null there. An array's members have no key.
  std::unique_ptr<std::vector<JsonMember>> members;

  JsonValue() = default;
  JsonValue(JsonType of, Position where, std::string content = {});
  JsonValue(JsonValue&&) noexcept;
  JsonValue& operator=(JsonValue&&) noexcept;
  ~JsonValue();

  [[nodiscard]] bool is(JsonType other) const { return type == other; }
  /// The member of that key; nullptr if there is none or this is no object.
  [[nodiscard]] const JsonValue* find(std::string_view key) const;
  [[nodiscard]] JsonValue* find(std::string_view key);
  /// The member of that JSON pointer, or of the longest part of it that there is.
  [[nodiscard]] const JsonMember& nearest(std::string_view pointer, const JsonMember& self) const;
};

struct JsonMember {
  std::string key;
  Position key_at;
  JsonValue value;
};

struct JsonError {
  Position at;
  std::string pointer;
  std::string message;
};

struct JsonDocument {
  JsonValue root;
  std::vector<JsonError> errors;
  bool is_whole = false;  ///< `root` is the whole text: what errors there are do not hide what follows them
};

inline constexpr std::size_t kMaxConfigBytes = 16u << 20;
inline constexpr std::size_t kMaxDepth = 64;
inline constexpr std::size_t kMaxNumberLength = 64;

/// Reads JSON (comments allowed). Refused, with the place: what is no JSON, not UTF-8, larger than kMaxConfigBytes,
/// nested deeper than kMaxDepth, a key twice in one object, a number that would lose digits (an integer beyond 64 bits,
/// beyond the range of a double, longer than kMaxNumberLength). Keeps the first of a doubled key. Never throws for bad
/// text.
[[nodiscard]] JsonDocument parse_json(std::string_view text);

/// The value as compact JSON, numbers as they were written. Bytes that are not UTF-8 (they can only come from ${NAME})
/// are replaced by U+FFFD.
[[nodiscard]] std::string compact_json(const JsonValue& value);
[[nodiscard]] std::string json_quoted(std::string_view text);

/// `key` as one step of a JSON pointer: "a/b~" is "a~1b~0".
[[nodiscard]] std::string pointer_step(std::string_view key);

}  // namespace pooltop
