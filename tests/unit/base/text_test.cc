// SPDX-License-Identifier: MIT
#include "engine/base/text.h"

#include <doctest/doctest.h>

#include <array>
#include <random>

using namespace pooltop;

TEST_CASE("base: UTF-8 is recognised by its strict rules") {
  CHECK(utf8_length("a") == 1);
  CHECK(utf8_length("\xc3\xa4") == 2);
  CHECK(utf8_length("\xe2\x82\xac") == 3);
  CHECK(utf8_length("\xf0\x9f\x98\x80") == 4);
  for (const char* none : {"\xff", "\x80", "\xc3", "\xc0\xaf", "\xe0\x80\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80",
                           "\xf5\x80\x80\x80", "\xe2\x82", "\xc3\x28"}) {
    INFO(none);
    CHECK(utf8_length(none) == 0);
    CHECK_FALSE(is_utf8(none));
  }
  CHECK(utf8_length("") == 0);
  CHECK(is_utf8(""));
  CHECK(is_utf8("caf\xc3\xa9 \xf0\x9f\x98\x80"));
}

TEST_CASE("base: printable text goes through unchanged, everything else becomes visible") {
  CHECK(printable("caf\xc3\xa9 /usr/include") == "caf\xc3\xa9 /usr/include");
  CHECK(printable("a\nb\tc\r") == "a\\nb\\tc\\r");
  CHECK(printable(std::string("\0x", 2)) == "\\0x");
  CHECK(printable("\x1b[31m\x7f") == "\\x1b[31m\\x7f");
  CHECK(printable("\xc2\x9b") == "\\x9b");
  CHECK(printable("\xff\xfe") == "\\xff\\xfe");
  CHECK(printable("a\xe2\x80\xae"
                  "b") == "a\\u202eb");
  CHECK(printable("a\xe2\x80\x8b"
                  "b") == "a\\u200bb");
  CHECK(printable("\xef\xbb\xbf") == "\\ufeff");
}

TEST_CASE("base: at most four marks may stand on one character") {
  std::string text = "e";
  for (int i = 0; i < 10; ++i) text += "\xcc\x81";
  const std::string shown = printable(text);
  CHECK(shown.starts_with("e\xcc\x81\xcc\x81\xcc\x81\xcc\x81\\u0301"));
  CHECK(printable("e\xcc\x81"
                  "e\xcc\x81") ==
        "e\xcc\x81"
        "e\xcc\x81");
}

TEST_CASE("base: a text is cut between characters, and the cut is shown") {
  CHECK(printable("abcdef", 6) == "abcdef");
  CHECK(printable("abcdef", 5) == "abcde...");
  CHECK(printable("a\xe2\x82\xac", 3) == "a...");
  CHECK(printable("abc", 0) == "...");
}

TEST_CASE("base: random bytes become printable UTF-8 without control characters") {
  std::mt19937 random(1);
  for (int round = 0; round < 500; ++round) {
    std::string bytes;
    for (std::size_t i = random() % 40; i > 0; --i) bytes += static_cast<char>(random() % 256);
    const std::string shown = printable(bytes);
    CHECK(is_utf8(shown));
    for (const char c : shown) CHECK((static_cast<unsigned char>(c) >= 0x20 && c != 0x7f));
  }
}

TEST_CASE("base: base64 goes both ways for any bytes") {
  CHECK(base64_encode("") == "");
  CHECK(base64_encode("f") == "Zg==");
  CHECK(base64_encode("fo") == "Zm8=");
  CHECK(base64_encode("foo") == "Zm9v");
  std::mt19937 random(2);
  for (std::size_t size = 0; size < 100; ++size) {
    std::string bytes;
    for (std::size_t i = 0; i < size; ++i) bytes += static_cast<char>(random() % 256);
    CHECK(base64_decode(base64_encode(bytes)) == bytes);
  }
}

TEST_CASE("base: what is not base64 is not decoded") {
  for (const char* text : {"Z", "Zg", "Zg=", "Zg==Zg==", "Z===", "====", "Zm9v\n", "Zm 9", "Zm9-"}) {
    INFO(text);
    CHECK_FALSE(base64_decode(text));
  }
}

TEST_CASE("base: the nearest name is the one meant, if any is") {
  constexpr auto names = std::to_array<std::string_view>({"workers", "window", "timeout"});
  CHECK(nearest_name("wrokers", names) == "workers");
  CHECK(nearest_name("worker", names) == "workers");
  CHECK(nearest_name("time_out", names) == "timeout");
  CHECK_FALSE(nearest_name("zebra", names));
  CHECK_FALSE(nearest_name("", names));
  CHECK_FALSE(nearest_name("workers", {}));
}
