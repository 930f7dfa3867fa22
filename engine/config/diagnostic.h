// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>

namespace pooltop {

/// One thing that is wrong with a config: where, what was found, what is accepted.
struct Diagnostic {
  std::string file;          ///< as the user named it; "--set hash.workers=0" where that gave the value
  std::uint32_t line = 0;    ///< from 1; 0: no place in a file
  std::uint32_t column = 0;  ///< from 1, in characters
  std::string pointer;       ///< JSON pointer; empty: the whole document
  std::string message;       ///< printable

  friend bool operator==(const Diagnostic&, const Diagnostic&) = default;
};

/// `pipe.json:12:7: /stages/2/wrokers: unknown key; did you mean "workers"?`
[[nodiscard]] std::string format(const Diagnostic& diagnostic);

}  // namespace pooltop
