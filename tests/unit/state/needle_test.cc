// SPDX-License-Identifier: MIT
#include "tui/state/needle.h"

#include <doctest/doctest.h>

#include <clocale>

#include "tui/state/output.h"

namespace pooltop {

using Found = Needle::Found;

TEST_CASE("state: what is looked for fits any case without a capital letter, and only its own with one") {
  CHECK(Needle("error").find("An ERROR, an Error") == Found{3, 5});
  CHECK(Needle("error").find("An ERROR, an Error", 4) == Found{13, 5});
  CHECK(Needle("Error").find("An ERROR, an Error") == Found{13, 5});
  CHECK(Needle("eRror").find("An ERROR, an Error") == std::nullopt);
}

TEST_CASE("state: what is looked for is text, no pattern, and nothing is nowhere") {
  CHECK(Needle("a.*b").find("aab a.*b") == Found{4, 4});
  CHECK(Needle("").find("text") == std::nullopt);
  CHECK(Needle("text").find("") == std::nullopt);
  CHECK(Needle("t").find("text", 9) == std::nullopt);
}

TEST_CASE("state: letters beyond ASCII are found in any case, with the bytes that they have there") {
  std::setlocale(LC_ALL, "C.UTF-8");
  CHECK(Needle("größe").find("GRÖSSE GRÖßE") == Found{8, 7});
  CHECK(Needle("Ö").find("ö Ö") == Found{3, 2});
}

TEST_CASE("state: output loses its colours and tabs, and keeps everything else that is no text as escapes") {
  CHECK(shown_text("\x1b[1;31merror\x1b[0m: \x1b[38;5;1mred\x1b[m") == "error: red");
  CHECK(shown_text("\x1b[38:2::255:0:0mx") == "x");
  CHECK(shown_text("a\tb\tc") == "a       b       c");
  CHECK(shown_text("\x1b[2Kdone\x1b[31") == "\\x1b[2Kdone\\x1b[31");
  CHECK(shown_text("\x1b]0;title\x07") == "\\x1b]0;title\\x07");
  CHECK(shown_text("50%\r100%") == "50%\\r100%");
  CHECK(shown_text("\x1b") == "\\x1b");
}

}  // namespace pooltop
