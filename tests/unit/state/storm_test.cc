// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include "tests/support/must.h"
#include "tests/unit/state/storm.h"

namespace pooltop {

TEST_CASE(
    "state: in a storm of keys, clicks, deaths, reused PIDs, late answers and resizes no request hits another worker") {
  for (const std::uint32_t seed : {1U, 2U}) {
    testing::MonitorStorm storm(seed);
    for (int event = 0; event < testing::kStormEvents; ++event) {
      INFO("seed ", seed, ", event ", event, ", after ", storm.last());
      storm.step();
    }
    CHECK_MESSAGE(storm.acted_in_all() > testing::kStormEvents / 100, "seed ", seed);
    CHECK_MESSAGE(storm.acted_by_mouse() > 0, "seed ", seed);
  }
}

}  // namespace pooltop
