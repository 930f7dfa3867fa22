// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace pooltop {

/// What an operator's argument takes. A Duration is written "250ms" or as seconds, and reaches the operator as a JSON
/// number of seconds.
enum class ArgType : std::uint8_t { Text, Regex, Pointer, Count, Duration };

struct OperatorArg {
  std::string_view name;
  ArgType type;
  bool required;
  std::string_view help;
};

/// One operator of the engine: `{"op": NAME, "args": {...}}`.
struct OperatorInfo {
  std::string_view name;
  std::string_view help;  ///< one line
  std::span<const OperatorArg> args;
  std::string_view args_note;  ///< what holds for the arguments together; mostly empty
};

/// Every built-in operator, in the order of their description.
[[nodiscard]] std::span<const OperatorInfo> operators() noexcept;

/// nullptr if there is none of that name.
[[nodiscard]] const OperatorInfo* find_operator(std::string_view name) noexcept;

/// "text", "regex", "JSON pointer", "count" or "duration".
[[nodiscard]] std::string_view name_of(ArgType type) noexcept;

}  // namespace pooltop
