// SPDX-License-Identifier: MIT
#include "engine/supervisor/ways.h"

#include <doctest/doctest.h>

#include <string>

using namespace pooltop;

namespace {

Try failed_try(std::uint32_t attempt, pid_t pid) {
  Try one;
  one.attempt = attempt;
  one.pid = pid;
  one.end = TryEnd::Failed;
  return one;
}

}  // namespace

TEST_CASE("supervisor: the way of an item has its tries in order, each stage its own") {
  Ways ways;

  ways.at(1, "17", "a").add(failed_try(1, 100));
  ways.at(1, "17", "a").add(failed_try(2, 101));
  ways.at(2, "17", "b").add(failed_try(1, 200));

  REQUIRE(ways.find(1, "17") != nullptr);
  REQUIRE(ways.find(1, "17")->tries.size() == 2);
  CHECK(ways.find(1, "17")->tries[1].pid == 101);
  CHECK(ways.find(2, "17")->item == "b");
  CHECK(ways.find(1, "1") == nullptr);
  CHECK(ways.find(11, "7") == nullptr);
}

TEST_CASE("supervisor: the ways that nothing was added to for longest go first") {
  Ways ways;
  ways.at(0, "first", "");
  for (std::size_t i = 1; i < Ways::kMost; ++i) ways.at(0, std::to_string(i), "");
  CHECK(ways.find(0, "first") != nullptr);

  ways.at(0, "first", "").add(failed_try(1, 7));
  ways.at(0, "one more", "");

  CHECK(ways.count() == Ways::kMost);
  CHECK(ways.find(0, "first") != nullptr);
  CHECK(ways.find(0, "1") == nullptr);
  CHECK(ways.find(0, "2") != nullptr);
}

TEST_CASE("supervisor: of one item the last tries are kept, and the others counted") {
  Ways ways;

  for (std::uint32_t i = 1; i <= 20; ++i) ways.at(0, "1", "x").add(failed_try(i, 7));

  const Way& way = *ways.find(0, "1");
  CHECK(way.tries.size() == Ways::kMostTries);
  CHECK(way.tries_left_out == 20 - Ways::kMostTries);
  CHECK(way.tries.back().attempt == 20);
}

TEST_CASE("supervisor: a long item and a long output are cut, the output at the beginning of a line") {
  Ways ways;
  Try one = failed_try(1, 7);
  one.output = std::string(600, 'a') + "\n" + std::string(500, 'b') + "\n";

  Way& way = ways.at(0, "1", std::string(5000, 'x'));
  way.add(one);

  CHECK(way.item.size() == Ways::kItemBytes);
  CHECK(way.item_bytes == 5000);
  CHECK(way.tries[0].output == std::string(500, 'b') + "\n");
  CHECK(last_bytes(std::string(600, 'a'), 512) == std::string(512, 'a'));
  CHECK(last_bytes("short", 512) == "short");
}

TEST_CASE("supervisor: the first try after a user gave an item back says so") {
  Ways ways;
  Way& way = ways.at(0, "1", "x");
  way.given_back = true;

  way.add(failed_try(1, 7));
  way.add(failed_try(2, 7));

  CHECK(way.tries[0].after_retry);
  CHECK_FALSE(way.tries[1].after_retry);
  CHECK_FALSE(way.given_back);
}
