// SPDX-License-Identifier: MIT
#include "engine/stats/latency_window.h"

#include <doctest/doctest.h>

using namespace pooltop;

TEST_CASE("stats: an empty latency window answers zero") {
  CHECK(LatencyWindow().p50() == 0);
  CHECK(LatencyWindow().p99() == 0);
}

TEST_CASE("stats: percentiles are those of the nearest rank") {
  LatencyWindow window;
  for (Nanos n = 1; n <= 100; ++n) window.add(n * kMillisecond);

  CHECK(window.p50() == 50 * kMillisecond);
  CHECK(window.p99() == 99 * kMillisecond);
  CHECK(window.percentile(1) == 100 * kMillisecond);
  CHECK(window.percentile(0) == 1 * kMillisecond);
}

TEST_CASE("stats: items measured together weigh as many as they are") {
  LatencyWindow window;
  window.add(kMillisecond, 98);
  window.add(kSecond, 2);

  CHECK(window.count() == 100);
  CHECK(window.p50() == kMillisecond);
  CHECK(window.p99() == kSecond);
}

TEST_CASE("stats: a latency window holds the last thousand items, and parts of older packets go") {
  LatencyWindow window;
  window.add(9 * kSecond, 5000);
  CHECK(window.count() == 1000);
  window.add(kSecond, 600);

  CHECK(window.count() == 1000);
  CHECK(window.p50() == kSecond);
  CHECK(window.p99() == 9 * kSecond);
  window.add(kSecond, 400);
  CHECK(window.p99() == kSecond);
}

TEST_CASE("stats: percentiles are the same in whatever order latencies came, and asking changes nothing") {
  LatencyWindow window;
  for (Nanos n = 0; n < 1000; ++n) window.add((n * 387 % 1000 + 1) * kMicrosecond);  // each of 1 to 1000 once

  for (int again = 0; again < 2; ++again) {
    CHECK(window.p99() == 990 * kMicrosecond);
    CHECK(window.p50() == 500 * kMicrosecond);
    CHECK(window.percentile(1) == 1000 * kMicrosecond);
    CHECK(window.percentile(0) == kMicrosecond);
  }
}

TEST_CASE("stats: no item and negative latencies do no harm") {
  LatencyWindow window;
  window.add(kSecond, 0);
  CHECK(window.count() == 0);
  window.add(-5);
  CHECK(window.p50() == 0);
}
