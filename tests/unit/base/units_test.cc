// SPDX-License-Identifier: MIT
#include "engine/base/units.h"

#include <doctest/doctest.h>

using namespace pooltop;

TEST_CASE("base: durations are a number with a unit, or seconds") {
  CHECK(parse_duration("250ms") == 250 * kMillisecond);
  CHECK(parse_duration("30s") == 30 * kSecond);
  CHECK(parse_duration("1.5s") == 1500 * kMillisecond);
  CHECK(parse_duration("5m") == 300 * kSecond);
  CHECK(parse_duration("2h") == 7200 * kSecond);
  CHECK(parse_duration("0") == 0);
  CHECK(parse_duration("7") == 7 * kSecond);
  for (const char* text :
       {"", "s", "-1", "+1", " 1", "1 s", "5 parsecs", "1e3", "0x10", "inf", "nan", "9000h", "1ss"}) {
    INFO(text);
    CHECK_FALSE(parse_duration(text));
  }
}

TEST_CASE("base: a duration written out is read back") {
  for (const char* text : {"0s", "250ms", "30s", "1.5s", "5m", "2h", "90s"}) {
    const auto value = parse_duration(text);
    REQUIRE(value);
    CHECK(parse_duration(format_duration(*value)) == value);
  }
  CHECK(format_duration(90 * kSecond) == "90s");
  CHECK(format_duration(300 * kSecond) == "5m");
}

TEST_CASE("base: sizes are bytes, or a number with a decimal or binary unit") {
  CHECK(parse_size("65536") == 65536);
  CHECK(parse_size("64KiB") == 65536);
  CHECK(parse_size("1GB") == 1'000'000'000);
  CHECK(parse_size("1.5KiB") == 1536);
  CHECK(parse_size("10B") == 10);
  for (const char* text : {"", "KiB", "-1", "1kb", "1TB", "99999999999999999999", "1 MB"}) {
    INFO(text);
    CHECK_FALSE(parse_size(text));
  }
}

TEST_CASE("base: times and bytes are shown short") {
  CHECK(format_elapsed(75.9) == "0:01:15");
  CHECK(format_elapsed(-1) == "0:00:00");
  CHECK(format_short(0.27) == "0.3s");
  CHECK(format_short(42) == "42s");
  CHECK(format_short(307) == "5m07s");
  CHECK(format_short(7980) == "2h13m");
  CHECK(format_short(273600) == "3d04h");
  CHECK(format_bytes(512) == "512");
  CHECK(format_bytes(31 * 1024 * 1024) == "31M");
  CHECK(format_bytes(1'288'490'188) == "1.2G");
}
