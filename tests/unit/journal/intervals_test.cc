// SPDX-License-Identifier: MIT
#include "engine/journal/intervals.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <limits>
#include <utility>
#include <vector>

#include "tests/support/must.h"
#include "tests/support/random.h"

using namespace pooltop;
using namespace pooltop::testing;

namespace {

std::vector<std::pair<std::uint64_t, std::uint64_t>> pairs_of(const Intervals& intervals) {
  return {intervals.begin(), intervals.end()};
}

}  // namespace

TEST_CASE("journal: intervals that touch or overlap become one") {
  Intervals set;
  set.add(10, 5);
  set.add(20, 5);
  CHECK(set.size() == 2);

  set.add(15, 5);
  CHECK(pairs_of(set) == std::vector<std::pair<std::uint64_t, std::uint64_t>>{{10, 25}});
  set.add(8, 40);
  set.add(12, 3);

  CHECK(pairs_of(set) == std::vector<std::pair<std::uint64_t, std::uint64_t>>{{8, 48}});
  CHECK(set.count() == 40);
}

TEST_CASE("journal: the lowest number that is missing is 0 until 0 is there, then the end of the first interval") {
  Intervals set;
  CHECK(set.first_missing() == 0);
  set.add(1, 9);
  CHECK(set.first_missing() == 0);
  set.add(0, 1);
  CHECK(set.first_missing() == 10);
  set.remove(4);
  CHECK(set.first_missing() == 4);
  CHECK(set.count() == 9);
}

TEST_CASE("journal: intervals reach to the largest number but one") {
  constexpr std::uint64_t kLast = std::numeric_limits<std::uint64_t>::max() - 1;
  Intervals set;
  set.add(kLast, 1);
  CHECK(set.contains(kLast));
  CHECK_FALSE(set.contains(kLast + 1));
  set.add(0, kLast);
  CHECK(set.size() == 1);
  CHECK(set.count() == kLast + 1);
  set.remove(kLast + 1);
  CHECK(set.count() == kLast + 1);
}

TEST_CASE("journal: completing items in order, whatever their number, is one interval") {
  Intervals set;
  for (std::uint64_t i = 0; i < 100'000; ++i) set.add(i, 1);
  CHECK(set.size() == 1);
  CHECK(set.first_missing() == 100'000);
}

TEST_CASE("journal: whatever is added and removed, intervals say what a table of bits says, with 2,000 seeds") {
  constexpr std::uint32_t kNumbers = 96;
  for (std::uint32_t seed = 0; seed < kSeeds; ++seed) {
    Random random(seed);
    std::array<bool, kNumbers> model{};
    Intervals set;
    for (int step = 0; step < 60; ++step) {
      const std::uint32_t first = random() % kNumbers;
      if (random() % 4 == 0) {
        set.remove(first);
        model[first] = false;
      } else {
        const std::uint32_t count = random() % (random() % 3 == 0 ? 24 : 3);
        set.add(first, std::min(count, kNumbers - first));
        for (std::uint32_t i = first; i < std::min(first + count, kNumbers); ++i) model[i] = true;
      }
    }

    std::vector<std::pair<std::uint64_t, std::uint64_t>> expected;
    std::uint64_t members = 0;
    for (std::uint64_t i = 0; i < kNumbers; ++i) {
      MUST(set.contains(i) == model[i]);
      if (!model[i]) continue;
      ++members;
      if (expected.empty() || expected.back().second != i) expected.emplace_back(i, i);
      expected.back().second = i + 1;
    }
    MUST(pairs_of(set) == expected);
    MUST(set.count() == members);
    MUST(set.first_missing() == (expected.empty() || expected[0].first != 0 ? 0 : expected[0].second));
    MUST(set.empty() == (members == 0));
    Intervals same;
    for (std::uint64_t i = kNumbers; i > 0; --i)
      if (model[i - 1]) same.add(i - 1, 1);
    MUST(same == set);
  }
}
