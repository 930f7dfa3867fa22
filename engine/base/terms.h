// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace pooltop {

/// One term of a line that somebody typed to find something.
struct Term {
  std::string text;      ///< without its quotes and the `!`
  bool negated = false;  ///< `!` stood in front
  bool quoted = false;   ///< it begins with a quote: it is a word, whatever is in it
};

/// The terms of a line, which spaces separate: `word`, `!word`, `"two words"`, `item:"two words"`. A quote that is not
/// closed reaches to the end.
[[nodiscard]] std::vector<Term> split_terms(std::string_view text);

/// ASCII letters in lower case.
[[nodiscard]] std::string lower_case(std::string_view text);
/// Whether `part`, which is in lower case, is anywhere in `text`; ASCII letters of `text` fit in either case.
[[nodiscard]] bool has_part(std::string_view text, std::string_view part);

/// `word` as one word of a shell's command line: in quotes where it needs them.
[[nodiscard]] std::string shell_word(std::string_view word);

}  // namespace pooltop
