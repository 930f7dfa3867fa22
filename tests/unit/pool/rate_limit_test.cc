// SPDX-License-Identifier: MIT
#include "engine/pool/rate_limit.h"

#include <doctest/doctest.h>

using namespace pooltop;

namespace {

/// Items that start within `span` when each starts as early as it may, by a clock of the test's own.
std::uint64_t started(RateLimit& rate, Nanos from, Nanos span) {
  std::uint64_t items = 0;
  Nanos now = from;
  while (now < from + span) {
    const std::uint32_t may = rate.available(now);
    if (may == 0) {
      const Nanos next = rate.next(now);
      REQUIRE(next > now);
      now = next;
      continue;
    }
    rate.take(1);
    ++items;
  }
  return items;
}

}  // namespace

TEST_CASE("pool: without a rate everything may start") {
  RateLimit rate;
  CHECK(!rate.is_on());
  CHECK(rate.available(kSecond) == UINT32_MAX);
  rate.take(1000);
  CHECK(rate.available(kSecond) == UINT32_MAX);
}

TEST_CASE("pool: over ten seconds as many items start as the rate says, and one burst") {
  for (const double per_s : {0.5, 1.0, 7.0, 100.0, 12'345.0}) {
    CAPTURE(per_s);
    RateLimit rate(per_s);
    const auto items = static_cast<double>(started(rate, 5 * kSecond, 10 * kSecond));
    CHECK(items <= 10 * per_s + per_s / 10 + 2);
    CHECK(items >= 10 * per_s - 1);
  }
}

TEST_CASE("pool: after a long pause no more than a tenth of a second's worth starts at once") {
  RateLimit rate(100);
  CHECK(rate.available(kSecond) == 1);
  CHECK(rate.available(3600 * kSecond) == 10);
  rate.take(10);
  CHECK(rate.available(3600 * kSecond) == 0);
  RateLimit slow(0.1);
  static_cast<void>(slow.available(kSecond));
  CHECK(slow.available(3600 * kSecond) == 1);
}

TEST_CASE("pool: the next start is when it says, not before") {
  RateLimit rate(4);
  const Nanos now = 10 * kSecond;
  CHECK(rate.available(now) == 1);
  rate.take(1);
  const Nanos next = rate.next(now);
  CHECK(next == now + kSecond / 4 + 1);
  CHECK(rate.available(next - kMillisecond) == 0);
  CHECK(rate.available(next) == 1);
}

TEST_CASE("pool: another rate holds from the moment on when it is given, and gives no burst") {
  RateLimit rate(100);
  static_cast<void>(rate.available(kSecond));
  CHECK(rate.available(2 * kSecond) == 10);  // saved up
  rate.change(2, 2 * kSecond);
  CHECK(rate.available(2 * kSecond) == 1);
  rate.take(1);
  CHECK(rate.available(2 * kSecond + 400 * kMillisecond) == 0);
  CHECK(rate.available(2 * kSecond + 501 * kMillisecond) == 1);
  rate.take(1);

  const Nanos now = 4 * kSecond;
  for (int i = 0; i < 100; ++i) rate.change(i % 2 == 0 ? 2 : 3, now);
  CHECK(rate.available(now) == 1);
  rate.take(1);

  rate.change(1000, now);
  CHECK(rate.next(now) <= now + 2 * kMillisecond);
  const auto items = static_cast<double>(started(rate, now + kMillisecond, kSecond));
  CHECK(items >= 999);
  CHECK(items <= 1102);
}

TEST_CASE("pool: a rate that is switched off and on lets one item start at once, not those of the time between") {
  RateLimit rate;
  rate.change(10, kSecond);
  CHECK(rate.is_on());
  CHECK(rate.available(kSecond) == 1);
  rate.take(1);
  rate.change(0, kSecond);
  CHECK(rate.available(2 * kSecond) == UINT32_MAX);
  rate.change(10, 100 * kSecond);
  CHECK(rate.available(100 * kSecond) == 0);
  CHECK(rate.available(100 * kSecond + 101 * kMillisecond) == 1);
}

TEST_CASE("pool: many taken at once are paid for by a longer pause") {
  RateLimit rate(100);
  static_cast<void>(rate.available(kSecond));
  static_cast<void>(rate.available(2 * kSecond));
  rate.take(10);
  CHECK(rate.next(2 * kSecond) == 2 * kSecond + 10 * kMillisecond + 1);
  rate.take(5);
  CHECK(rate.available(2 * kSecond + 50 * kMillisecond) == 0);
}

TEST_CASE("pool: items that were taken and given back may start again at once") {
  RateLimit rate(100);
  CHECK(rate.available(kSecond) == 1);
  rate.take(1);
  CHECK(rate.available(kSecond) == 0);
  rate.give_back(1);
  CHECK(rate.available(kSecond) == 1);
  rate.give_back(1000);
  CHECK(rate.available(kSecond) == 10);  // never more than a burst
}
