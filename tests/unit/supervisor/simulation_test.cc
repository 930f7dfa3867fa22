// SPDX-License-Identifier: MIT
//
// The whole engine, loop, journal and all, with workers that are no processes and a time of its own: hours of retries,
// time-outs, pauses and deaths in a second, the same again from the same seed. What must be in the files follows from
// the items' fates alone.
//
// A seed that fails is looked at by POOLTOP_SEED=N POOLTOP_SEEDS=1 POOLTOP_TRACE=1 tests/unit_supervisor, which tells
// what was done to the run, and when.
#include <doctest/doctest.h>

#include <cstdlib>

#include "tests/support/random.h"
#include "tests/unit/supervisor/simulated_run.h"

using namespace pooltop;
using namespace pooltop::testing;

namespace {

std::uint32_t number_of(const char* variable, std::uint32_t otherwise) {
  const char* const text = std::getenv(variable);
  return text == nullptr ? otherwise : static_cast<std::uint32_t>(std::strtoul(text, nullptr, 10));
}

}  // namespace

TEST_CASE(
    "supervisor: whatever its workers, its users and its machine do, a run ends with everything in its place, from any "
    "seed") {
  const std::uint32_t first = number_of("POOLTOP_SEED", 1);
  double hours = 0;
  std::uint64_t workers = 0, timeouts = 0, lives = 0;
  for (std::uint32_t seed = first; seed < first + number_of("POOLTOP_SEEDS", kSeeds / 20); ++seed) {
    CAPTURE(seed);
    SimulatedRun run(seed);
    run.run();
    hours += run.hours();
    workers += run.workers();
    timeouts += run.timeouts();
    lives += static_cast<std::uint64_t>(run.lives());
  }
  MESSAGE(hours << " hours, " << workers << " workers, " << timeouts << " time-outs, " << lives << " engines");
  if (std::getenv("POOLTOP_SEEDS") == nullptr) CHECK(timeouts > 0);
}
