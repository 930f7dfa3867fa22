// SPDX-License-Identifier: MIT
#include "engine/stats/latency_histogram.h"

#include <doctest/doctest.h>

#include <limits>

using namespace pooltop;

TEST_CASE("stats: a worker's percentiles are right within a fifth, and its largest latency exactly") {
  LatencyHistogram histogram;
  CHECK(histogram.percentile(0.5) == 0);
  for (Nanos i = 1; i <= 1000; ++i) histogram.add(i * kMillisecond);

  CHECK(histogram.count() == 1000);
  CHECK(histogram.largest() == kSecond);
  for (const double share : {0.1, 0.5, 0.9, 0.99}) {
    CAPTURE(share);
    const double exact = share * static_cast<double>(kSecond);
    CHECK(static_cast<double>(histogram.percentile(share)) >= exact);
    CHECK(static_cast<double>(histogram.percentile(share)) <= 1.2 * exact);
  }
  CHECK(histogram.percentile(1) == kSecond);
}

TEST_CASE("stats: latencies that no clock gives do not leave a worker's histogram") {
  LatencyHistogram histogram;
  histogram.add(-5);
  histogram.add(0);
  histogram.add(std::numeric_limits<Nanos>::max(), std::numeric_limits<std::uint64_t>::max());

  CHECK(histogram.count() > 2);
  CHECK(histogram.percentile(0) <= 2 * kMicrosecond);
  CHECK(histogram.largest() == std::numeric_limits<Nanos>::max());
}
