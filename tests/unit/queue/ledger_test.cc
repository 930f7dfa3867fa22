// SPDX-License-Identifier: MIT
#include "engine/queue/ledger.h"

#include <doctest/doctest.h>

#include <vector>

#include "tests/support/random.h"

using namespace pooltop;
using namespace pooltop::testing;

TEST_CASE("queue: a ledger counts items that are one thing from their source to their end") {
  Ledger ledger;
  ledger.admit(10);
  ledger.finish(0, 4);
  CHECK(ledger.admitted() == 10);
  CHECK(ledger.done() == 4);
  CHECK(ledger.open() == 6);
}

TEST_CASE("queue: an item that became three is done with the last of them, in any order") {
  Ledger ledger;
  ledger.admit(2);
  ledger.split(0, 3);
  ledger.finish(0, 1);
  ledger.finish(1, 1);
  ledger.finish(0, 1);
  CHECK(ledger.done() == 1);
  ledger.split(0, 2);
  ledger.finish(0, 1);
  CHECK(ledger.done() == 1);
  ledger.finish(0, 1);
  CHECK(ledger.done() == 2);
  CHECK(ledger.open() == 0);
}

TEST_CASE("queue: an item of which any part failed is failed, once, when its last part has ended") {
  Ledger ledger;
  ledger.admit(1);
  ledger.split(0, 3);
  ledger.fail(0);
  CHECK(ledger.failed() == 0);
  ledger.fail(0);
  ledger.finish(0, 1);
  CHECK(ledger.failed() == 1);
  CHECK(ledger.done() == 0);
  CHECK(ledger.open() == 0);
}

TEST_CASE("queue: a failed item that is given back is open, and done when it ends well then") {
  Ledger ledger;
  ledger.admit(1);
  ledger.fail(0);
  REQUIRE(ledger.reopen(0));
  CHECK(ledger.open() == 1);
  CHECK(ledger.failed() == 0);
  ledger.fail(0);
  REQUIRE(ledger.reopen(0));
  ledger.finish(0, 1);
  CHECK(ledger.done() == 1);
  CHECK(ledger.failed() == 0);
}

TEST_CASE("queue: of two failed parts one given back does not make the item done") {
  Ledger ledger;
  ledger.admit(1);
  ledger.split(0, 2);
  ledger.fail(0);
  ledger.fail(0);
  REQUIRE(ledger.reopen(0));
  ledger.finish(0, 1);
  CHECK(ledger.failed() == 1);
  CHECK(ledger.done() == 0);
}

TEST_CASE("queue: whatever splits, ends, fails and comes back, the ledger adds up, with 2,000 seeds") {
  struct Model {
    std::uint32_t parts = 1;
    std::uint32_t failed = 0;
  };
  for (std::uint32_t seed = 0; seed < 2000; ++seed) {
    CAPTURE(seed);
    Random random(seed);
    Ledger ledger;
    std::vector<Model> model;
    for (int step = 0; step < 200; ++step) {
      if (model.empty() || random() % 6 == 0) {
        const std::uint32_t count = random() % 4;
        ledger.admit(count);
        model.resize(model.size() + count);
      }
      if (model.empty()) continue;
      const std::uint64_t at = random() % model.size();
      Model& item = model[at];
      switch (random() % 5) {
        case 0:
          if (item.parts == 0) break;
          {
            const std::uint32_t parts = 1 + random() % 3;
            ledger.split(at, parts);
            item.parts += parts - 1;
          }
          break;
        case 1:
          if (item.failed == 0) break;
          REQUIRE(ledger.reopen(at));
          --item.failed;
          ++item.parts;
          break;
        case 2:
          if (item.parts == 0) break;
          ledger.fail(at);
          --item.parts;
          ++item.failed;
          break;
        default: {
          std::uint64_t end = at;
          while (end < model.size() && end - at < 3 && model[end].parts > 0) --model[end++].parts;
          ledger.finish(at, end - at);
        }
      }
      std::uint64_t done = 0;
      std::uint64_t failed = 0;
      for (const Model& one : model) {
        done += one.parts == 0 && one.failed == 0;
        failed += one.parts == 0 && one.failed > 0;
      }
      REQUIRE(ledger.admitted() == model.size());
      REQUIRE(ledger.done() == done);
      REQUIRE(ledger.failed() == failed);
      REQUIRE(ledger.open() == model.size() - done - failed);
    }
  }
}

TEST_CASE("queue: a ledger that goes on passes over what was complete, and counts it when it is handed over again") {
  Ledger ledger;
  Intervals complete;
  complete.add(0, 5);
  complete.add(7, 2);
  ledger.restore(complete, {{1, 1}, {8, 2}});
  CHECK(ledger.admitted() == 5);
  CHECK(ledger.done() == 4);
  CHECK(ledger.failed() == 1);
  CHECK(ledger.open() == 0);

  CHECK(ledger.next_admitted(100) == std::pair<bool, std::uint64_t>(false, 2));
  CHECK(ledger.next_admitted(1) == std::pair<bool, std::uint64_t>(false, 1));
  CHECK_FALSE(ledger.can_reopen(8));  // not handed over again yet
  ledger.admit(2);
  CHECK(ledger.next_admitted(100) == std::pair<bool, std::uint64_t>(true, 2));
  ledger.admit_complete(2);
  CHECK(ledger.done() == 5);
  CHECK(ledger.failed() == 2);
  CHECK(ledger.open() == 2);
  CHECK(ledger.next_admitted(100) == std::pair<bool, std::uint64_t>(false, 100));

  ledger.finish(6, 1);
  CHECK(ledger.complete().count() == 8);
  CHECK_FALSE(ledger.complete().contains(5));
  REQUIRE(ledger.reopen(8));
  CHECK_FALSE(ledger.complete().contains(8));
  ledger.fail(8);
  CHECK(ledger.complete().contains(8));
  CHECK(ledger.failed() == 2);
}

TEST_CASE("queue: what a ledger has complete are the items that are done or failed, whatever became of them") {
  Random random(23);
  Ledger ledger;
  std::vector<std::uint32_t> parts;
  for (int step = 0; step < 5000; ++step) {
    const std::uint64_t kind = random() % 3;
    if (kind == 0 || parts.empty()) {
      ledger.admit(1);
      parts.push_back(1);
      continue;
    }
    const std::uint64_t at = random() % parts.size();
    if (parts[at] == 0) continue;
    if (kind == 1 && random() % 3 == 0) {
      ledger.split(at, 3);
      parts[at] += 2;
    } else if (random() % 5 == 0) {
      ledger.fail(at);
      parts[at] -= 1;
    } else {
      ledger.finish(at, 1);
      parts[at] -= 1;
    }
  }
  for (std::uint64_t i = 0; i < parts.size(); ++i) REQUIRE(ledger.complete().contains(i) == (parts[i] == 0));
  CHECK(ledger.complete().count() == ledger.done() + ledger.failed());
}

TEST_CASE("queue: what a ledger needs begins with its first item that is not done, or that failed") {
  Ledger ledger;
  ledger.admit(10);
  CHECK(ledger.needed_from() == 0);
  ledger.finish(0, 3);
  ledger.finish(5, 1);
  CHECK(ledger.needed_from() == 3);
  ledger.split(3, 2);
  ledger.finish(3, 1);
  CHECK(ledger.needed_from() == 3);
  ledger.fail(3);
  ledger.finish(4, 1);
  CHECK(ledger.needed_from() == 3);
  REQUIRE(ledger.reopen(3));
  CHECK(ledger.needed_from() == 3);
  ledger.finish(3, 1);
  CHECK(ledger.needed_from() == 6);
}
