// SPDX-License-Identifier: MIT
#include "engine/stats/estimate.h"

#include <doctest/doctest.h>

using namespace pooltop;

namespace {

EtaStage source(std::optional<std::uint64_t> total, std::uint64_t given) {
  return {.from = {}, .workers = 1, .handled = given, .produced = given, .worked = 10 * kSecond, .total = total};
}
EtaStage work(std::size_t from, std::uint32_t workers, std::uint64_t handled, std::uint64_t produced) {
  return {.from = {from},
          .workers = workers,
          .handled = handled,
          .produced = produced,
          .worked = 10 * kSecond,
          .total = {}};
}

}  // namespace

TEST_CASE("stats: the estimate is what is left at the slowest stage by its rate over the whole run") {
  const std::vector<EtaStage> stages = {source(1000, 1000), work(0, 4, 100, 100), work(1, 1, 99, 99)};

  const auto eta = estimate_eta(stages, 10 * kSecond);

  REQUIRE(eta);
  CHECK(*eta == doctest::Approx(901 / 9.9));  // the last stage has one more to go at about the same rate
}

TEST_CASE("stats: there is no estimate while the total is unknown") {
  const std::vector<EtaStage> stages = {source(std::nullopt, 1000), work(0, 4, 100, 100)};
  CHECK_FALSE(estimate_eta(stages, 10 * kSecond));
}

TEST_CASE("stats: there is no estimate in the first five seconds") {
  const std::vector<EtaStage> stages = {source(1000, 1000), work(0, 4, 100, 100)};
  CHECK_FALSE(estimate_eta(stages, 5 * kSecond - 1));
  CHECK(estimate_eta(stages, 5 * kSecond));
}

TEST_CASE("stats: there is no estimate before two items for each worker") {
  CHECK_FALSE(estimate_eta(std::vector{source(1000, 1000), work(0, 4, 7, 7)}, 60 * kSecond));
  CHECK(estimate_eta(std::vector{source(1000, 1000), work(0, 4, 8, 8)}, 60 * kSecond));
}

TEST_CASE("stats: a stage that drops most items leaves the next ones little to do") {
  const std::vector<EtaStage> stages = {source(1000, 1000), work(0, 1, 1000, 10), work(1, 1, 5, 5)};

  const auto eta = estimate_eta(stages, 60 * kSecond);

  REQUIRE(eta);
  CHECK(*eta == doctest::Approx(10));  // 5 left at 0.5 a second
}

TEST_CASE("stats: a run that is through has an estimate of zero") {
  CHECK(*estimate_eta(std::vector{source(10, 10), work(0, 1, 10, 10)}, 60 * kSecond) == 0);
}
