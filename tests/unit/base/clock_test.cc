// SPDX-License-Identifier: MIT
#include "engine/base/clock.h"

#include <doctest/doctest.h>

#include <cstdlib>

using namespace pooltop;

TEST_CASE("base: a time in UTC is written and read back") {
  CHECK(format_utc(0) == "1970-01-01T00:00:00Z");
  CHECK(format_utc(parse_utc("2026-01-31T12:00:00Z")) == "2026-01-31T12:00:00Z");
  CHECK(format_utc_ms(parse_utc("2026-01-31T12:00:43.655Z")) == "2026-01-31T12:00:43.655Z");
}

TEST_CASE("base: what is no time in UTC is refused") {
  for (const char* text : {"", "2026-01-31", "2026-01-31T12:00:00", "2026-01-31T12:00:00+01:00",
                           "2026-01-31T12:00:00Zx", "2026-13-31T12:00:00Z"}) {
    INFO(text);
    CHECK(parse_utc(text) == -1);
  }
}

TEST_CASE("base: the wall clock stands still where POOLTOP_CLOCK says when") {
  ::setenv("POOLTOP_CLOCK", "2026-01-31T12:01:15Z", 1);
  CHECK(format_utc(wall_now_us()) == "2026-01-31T12:01:15Z");
}

TEST_CASE("base: the monotonic clock does not go back") {
  Nanos last = monotonic_now();
  for (int i = 0; i < 1000; ++i) {
    const Nanos now = monotonic_now();
    CHECK(now >= last);
    last = now;
  }
}
