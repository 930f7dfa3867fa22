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
#include <fstream>
#include <nlohmann/json.hpp>
#include <random>

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
  const bool is_soak = std::getenv("POOLTOP_SECONDS") != nullptr;
  const Nanos until = monotonic_now() + number_of("POOLTOP_SECONDS", 0) * kSecond;
  const std::uint32_t first = number_of("POOLTOP_SEED", is_soak ? std::random_device()() : 1);
  const std::uint32_t runs = number_of("POOLTOP_SEEDS", is_soak ? UINT32_MAX : kSeeds / 20);
  nlohmann::ordered_json all = {{"part", "simulation"}, {"first_seed", first}, {"runs", 0},     {"engines", 0},
                                {"hours", 0.0},         {"workers", 0},        {"timeouts", 0}, {"failed", 0}};
  const auto add = [&all](const char* what, auto number) { all[what] = all[what].get<decltype(number)>() + number; };
  for (std::uint32_t i = 0; i < runs && (!is_soak || monotonic_now() < until); ++i) {
    const std::uint32_t seed = first + i;
    CAPTURE(seed);
    SimulatedRun run(seed);
    run.run();
    add("runs", 1);
    add("engines", run.lives());
    add("hours", run.hours());
    add("workers", run.workers());
    add("timeouts", run.timeouts());
    add("failed", run.failed());
  }
  MESSAGE(all.dump());
  if (runs >= 25 && !is_soak) CHECK(all["timeouts"] > 0);
  if (const char* const file = std::getenv("POOLTOP_FIGURES")) std::ofstream(file, std::ios::app) << all.dump() << "\n";
}
