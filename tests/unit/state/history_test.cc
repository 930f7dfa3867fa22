// SPDX-License-Identifier: MIT
#include "tui/state/history.h"

#include <doctest/doctest.h>

#include "tests/unit/state/crawl.h"

namespace pooltop {
namespace {

Snapshot at(double seconds, std::uint64_t out) {
  Snapshot run = crawl_run();
  run.elapsed_s = seconds;
  run.items.done = out;
  run.items.failed = 0;
  for (StageStatus& stage : run.stages) stage.out = out;
  return run;
}

}  // namespace

TEST_CASE("history: rates are differences of counters, one a second of the run") {
  History history;
  CHECK(history.run_rate(10) == std::nullopt);
  for (int second = 0; second <= 20; ++second) {
    history.take(at(second, static_cast<std::uint64_t>(second) * 5));
    history.take(at(second + 0.4, static_cast<std::uint64_t>(second) * 5 + 2));
  }
  CHECK(history.run_rate(10) == doctest::Approx(5.0));
  const auto rates = history.out_rates(8);
  CHECK(rates.size() == 8);
  for (const double rate : rates) CHECK(rate == doctest::Approx(5.0));
  CHECK(history.stage_rates(99, 8) == std::vector<double>(8, 0.0));
}

TEST_CASE("history: the time left is doubtful while the last ten seconds have less than half of the rate before") {
  UiState state;
  std::uint64_t done = 0;
  for (int second = 0; second <= 60; ++second) state.history.take(at(second, done += 100));
  CHECK_FALSE(is_eta_doubtful(state));
  for (int second = 61; second <= 70; ++second) state.history.take(at(second, done += 40));
  CHECK(is_eta_doubtful(state));
  for (int second = 71; second <= 100; ++second) state.history.take(at(second, done += 40));
  CHECK_FALSE(is_eta_doubtful(state));  // that is its rate now
}

TEST_CASE("history: a gap is spread over its seconds") {
  History history;
  history.take(at(0, 0));
  history.take(at(4, 40));
  CHECK(history.out_rates(60) == std::vector<double>(4, 10.0));
}

TEST_CASE("history: counters that went back are no throughput, another run begins anew") {
  History history;
  history.take(at(10, 100));
  history.take(at(11, 50));
  CHECK(history.out_rates(60) == std::vector<double>{0.0});
  history.take(at(1, 3));
  CHECK(history.seconds() == 1);
}

TEST_CASE("history: ten minutes are kept") {
  History history;
  for (int second = 0; second < 2000; ++second) history.take(at(second, 0));
  CHECK(history.seconds() == History::kSeconds);
}

TEST_CASE("state: percent is 100 only when every item has its end") {
  Snapshot run = crawl_run();
  run.items = {1000, 999, 0, 1};
  CHECK(percent_done(run) == 99);
  run.items.failed = 1;
  CHECK(percent_done(run) == 100);
  run.items.total.reset();
  CHECK(percent_done(run) == std::nullopt);
  run.items.total = 0;
  CHECK(percent_done(run) == 100);
}

}  // namespace pooltop
