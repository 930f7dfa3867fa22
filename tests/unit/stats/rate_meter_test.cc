// SPDX-License-Identifier: MIT
#include "engine/stats/rate_meter.h"

#include <doctest/doctest.h>

using namespace pooltop;

TEST_CASE("stats: a rate meter gives the mean over its life while it is younger than ten seconds") {
  RateMeter meter(100 * kSecond);
  meter.add(40, 101 * kSecond);
  meter.add(40, 102 * kSecond);

  CHECK(meter.per_second(102 * kSecond) == doctest::Approx(40));
  CHECK(meter.per_second(104 * kSecond) == doctest::Approx(20));
}

TEST_CASE("stats: a rate meter forgets what is older than ten seconds") {
  RateMeter meter(0);
  meter.add(1'000'000, kSecond);
  for (Nanos t = 20 * kSecond; t < 30 * kSecond; t += 100 * kMillisecond) meter.add(1, t);

  CHECK(meter.per_second(30 * kSecond) == doctest::Approx(10).epsilon(0.02));
  CHECK(meter.per_second(60 * kSecond) == 0);
  CHECK(meter.total() == 1'000'100);
}

TEST_CASE("stats: a rate meter keeps its whole life's rate beside that of the last ten seconds") {
  RateMeter meter(0);
  meter.add(100, 5 * kSecond);

  CHECK(meter.per_second_since_start(50 * kSecond) == doctest::Approx(2));
  CHECK(meter.per_second(50 * kSecond) == 0);
}

TEST_CASE("stats: a burst in the first microsecond is not shown as millions a second") {
  RateMeter meter(kSecond);
  meter.add(10, kSecond + 1000);

  CHECK(meter.per_second(kSecond + 1000) == doctest::Approx(100));
}

TEST_CASE("stats: a steady rate is shown steadily wherever in a bucket one looks") {
  RateMeter meter(0);
  for (Nanos t = 0; t < 20 * kSecond; t += 10 * kMillisecond) {
    meter.add(1, t);
    if (t > 11 * kSecond) CHECK(meter.per_second(t) == doctest::Approx(100).epsilon(0.02));
  }
}
