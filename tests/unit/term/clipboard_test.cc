// SPDX-License-Identifier: MIT
#include "tui/term/clipboard.h"

#include <doctest/doctest.h>

namespace pooltop {

TEST_CASE("term: text goes to the clipboard as OSC 52, in base64") {
  CHECK(clipboard_sequence("21872", false) == "\033]52;c;MjE4NzI=\a");
}

TEST_CASE("term: inside of screen the same is wrapped, in pieces that it takes") {
  const std::string text(1000, 'x');
  std::string rest = clipboard_sequence(text, true);
  std::string joined;
  while (!rest.empty()) {
    REQUIRE(rest.starts_with("\033P"));
    const auto end = rest.find("\033\\");
    REQUIRE(end != std::string::npos);
    CHECK(end + 2 <= 256);
    joined += rest.substr(2, end - 2);
    rest.erase(0, end + 2);
  }
  CHECK(joined == clipboard_sequence(text, false));
}

}  // namespace pooltop
