// SPDX-License-Identifier: MIT
#include "engine/queue/reorder.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "tests/support/random.h"

using namespace pooltop;
using namespace pooltop::testing;

namespace {

std::vector<std::string> pop_all(Reorder& reorder) {
  std::vector<std::string> out;
  Reorder::Held held;
  while (reorder.pop(held)) out.push_back(held.bytes);
  return out;
}

/// A part of `ordinal` arrives at the sink.
void arrive(Reorder& reorder, std::uint64_t ordinal, const std::string& bytes) {
  reorder.become(ordinal, 0);
  reorder.arrive(ItemRef(ordinal), bytes);
}

ItemRef with_path(std::uint64_t ordinal, std::vector<std::uint32_t> path) {
  ItemRef item(ordinal);
  item.more().path = std::move(path);
  return item;
}

}  // namespace

TEST_CASE("queue: items come out in the order of their source, whatever order they arrive in") {
  Reorder reorder;
  reorder.admit(4, 1);
  arrive(reorder, 2, "c");
  arrive(reorder, 1, "b");
  CHECK(pop_all(reorder).empty());
  CHECK(reorder.held() == 2);
  CHECK(reorder.held_bytes() == 2);
  arrive(reorder, 0, "a");
  CHECK(pop_all(reorder) == std::vector<std::string>{"a", "b", "c"});
  CHECK(reorder.window() == 1);
  arrive(reorder, 3, "d");
  CHECK(pop_all(reorder) == std::vector<std::string>{"d"});
  CHECK(reorder.window() == 0);
  CHECK(reorder.held_bytes() == 0);
  CHECK(reorder.admitted() == 4);
}

TEST_CASE("queue: a dropped or failed item is passed over") {
  Reorder reorder;
  reorder.admit(3, 1);
  arrive(reorder, 2, "c");
  reorder.become(0, 0);
  CHECK(pop_all(reorder).empty());
  reorder.become(1, 0);
  CHECK(pop_all(reorder) == std::vector<std::string>{"c"});
}

TEST_CASE("queue: an item that became many comes out in the order of its outputs, all of it before the next") {
  Reorder reorder;
  reorder.admit(2, 1);
  arrive(reorder, 1, "next");
  reorder.become(0, 3);
  reorder.become(0, 0);
  reorder.arrive(with_path(0, {10}), "0.10");
  reorder.become(0, 0);
  reorder.arrive(with_path(0, {2, 1}), "0.2.1");
  CHECK(pop_all(reorder).empty());
  reorder.become(0, 0);
  reorder.arrive(with_path(0, {2}), "0.2");
  CHECK(pop_all(reorder) == std::vector<std::string>{"0.2", "0.2.1", "0.10", "next"});
}

TEST_CASE("queue: items that come straight from the source are in order as they are") {
  Reorder reorder;
  reorder.admit(2, 0);
  reorder.arrive(ItemRef(0), "a");
  reorder.arrive(ItemRef(1), "b");
  CHECK(reorder.window() == 0);
  CHECK(pop_all(reorder) == std::vector<std::string>{"a", "b"});
}

TEST_CASE("queue: two branches of one item are written one after the other, in the order of their index") {
  Reorder reorder;
  reorder.admit(2, 2);
  reorder.arrive(with_path(1, {0}), "left 1");
  reorder.arrive(with_path(0, {1}), "right 0");
  reorder.arrive(with_path(1, {1}), "right 1");
  CHECK(reorder.held() == 3);
  reorder.become(1, 0);
  reorder.become(1, 0);
  reorder.become(0, 0);
  CHECK(pop_all(reorder).empty());  // left 0 is on its way
  reorder.become(0, 0);
  reorder.arrive(with_path(0, {0}), "left 0");
  CHECK(pop_all(reorder) == std::vector<std::string>{"left 0", "right 0", "left 1", "right 1"});
  CHECK(reorder.held_bytes() == 0);
}

TEST_CASE("queue: a failed item can come back while its place has not passed") {
  Reorder reorder;
  reorder.admit(3, 1);
  reorder.become(1, 0);
  CHECK(reorder.reopen(1));
  arrive(reorder, 0, "a");
  arrive(reorder, 2, "c");
  CHECK(pop_all(reorder) == std::vector<std::string>{"a"});
  arrive(reorder, 1, "b");
  CHECK(pop_all(reorder) == std::vector<std::string>{"b", "c"});
  CHECK(!reorder.reopen(1));
  CHECK(!reorder.reopen(0));
}

TEST_CASE("queue: whatever arrives, fails, is dropped or becomes many, the order holds, with 2,000 seeds") {
  struct Part {
    std::uint64_t ordinal;
    std::vector<std::uint32_t> path;
  };
  for (std::uint32_t seed = 0; seed < 2000; ++seed) {
    CAPTURE(seed);
    Random random(seed);
    Reorder reorder;
    std::vector<Part> way;     // on their way
    std::vector<Part> failed;  // may come back
    std::vector<Part> arrived;
    std::vector<Part> out;
    std::uint64_t admitted = 0;
    std::uint64_t bytes = 0;
    const auto take = [&](std::vector<Part>& from) {
      std::swap(from[random() % from.size()], from.back());
      Part part = std::move(from.back());
      from.pop_back();
      return part;
    };
    const auto lowest_on_way = [&] {
      std::uint64_t low = admitted;
      for (const Part& part : way) low = std::min(low, part.ordinal);
      return low;
    };
    for (int step = 0; step < 300 || !way.empty(); ++step) {
      const std::uint32_t what = random() % 10;
      if (what == 0 && step < 300) {
        const std::uint32_t count = random() % 5;
        reorder.admit(count, 1);
        for (std::uint32_t i = 0; i < count; ++i) way.push_back({admitted++, {}});
      } else if (what == 1 && !failed.empty()) {
        Part part = take(failed);
        const bool may = part.ordinal >= lowest_on_way();
        REQUIRE(reorder.reopen(part.ordinal) == may);
        if (may) way.push_back(std::move(part));
      } else if (way.empty()) {
        continue;
      } else if (what == 2) {
        Part part = take(way);
        reorder.become(part.ordinal, 0);
        failed.push_back(std::move(part));
      } else if (what == 3) {
        reorder.become(take(way).ordinal, 0);
      } else if (what == 4) {
        const Part part = take(way);
        const std::uint32_t count = 1 + random() % 3;
        reorder.become(part.ordinal, count);
        for (std::uint32_t i = 0; i < count; ++i) {
          way.push_back(part);
          if (count > 1) way.back().path.push_back(i);
        }
      } else {
        Part part = take(way);
        const std::string text(random() % 9, 'x');
        bytes += text.size();
        reorder.become(part.ordinal, 0);
        reorder.arrive(with_path(part.ordinal, part.path), text);
        arrived.push_back(std::move(part));
      }
      Reorder::Held held;
      while (reorder.pop(held)) {
        bytes -= held.bytes.size();
        out.push_back({held.item.ordinal, held.item.extra->path});
      }
      REQUIRE(reorder.window() == admitted - lowest_on_way());
      REQUIRE(reorder.held() == arrived.size() - out.size());
      REQUIRE(reorder.held_bytes() == bytes);
    }
    const auto before = [](const Part& a, const Part& b) {
      return std::tie(a.ordinal, a.path) < std::tie(b.ordinal, b.path);
    };
    REQUIRE(out.size() == arrived.size());
    REQUIRE(std::is_sorted(out.begin(), out.end(), before));
    std::sort(arrived.begin(), arrived.end(), before);
    for (std::size_t i = 0; i < out.size(); ++i) REQUIRE(!before(out[i], arrived[i]));
  }
}

TEST_CASE("queue: an item that is held is found and taken out, and those behind it still come in their order") {
  Reorder reorder;
  reorder.admit(3, 1);
  arrive(reorder, 1, "b");
  arrive(reorder, 2, "c");
  Reorder::Held held;

  CHECK(reorder.find(ItemRef(1))->bytes == "b");
  CHECK(reorder.find(ItemRef(0)) == nullptr);
  CHECK(reorder.find(with_path(1, {0})) == nullptr);
  REQUIRE(reorder.take(ItemRef(1), held));
  CHECK(held.bytes == "b");
  CHECK_FALSE(reorder.take(ItemRef(1), held));
  CHECK(reorder.held() == 1);
  CHECK(reorder.held_bytes() == 1);
  arrive(reorder, 0, "a");
  CHECK(pop_all(reorder) == std::vector<std::string>{"a", "c"});
}
