// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "tui/keys/key.h"

namespace pooltop {

/// A line of UTF-8 text that is being typed, with the place where the next character goes (in bytes, always between two
/// characters). At most 1 KiB: what is typed beyond is not taken.
struct LineEdit {
  std::string text;
  std::size_t cursor = 0;

  LineEdit() = default;
  explicit LineEdit(std::string start);
  bool operator==(const LineEdit&) const = default;
};

enum class Edited : std::uint8_t {
  Unchanged,  ///< the key meant nothing here
  Moved,      ///< only the cursor
  Changed,
  Accepted,   ///< Enter
  Cancelled,  ///< Esc, or Backspace in an empty line
};

/// What shells do with a key: characters, Backspace, Delete, Left, Right, Home, End, Ctrl-A E U K W. Control characters
/// are no text.
Edited edit(LineEdit& line, Key key);

}  // namespace pooltop
