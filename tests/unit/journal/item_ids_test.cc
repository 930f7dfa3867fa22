// SPDX-License-Identifier: MIT
#include "engine/journal/item_ids.h"

#include <doctest/doctest.h>

#include <set>
#include <utility>
#include <vector>

#include "tests/support/must.h"
#include "tests/support/random.h"

using namespace pooltop;
using namespace pooltop::testing;

namespace {

using Path = std::vector<std::uint32_t>;

// Every path of at most two indexes below 4.
std::vector<Path> all_paths() {
  std::vector<Path> paths = {{}};
  for (std::uint32_t i = 0; i < 4; ++i) {
    paths.push_back({i});
    for (std::uint32_t k = 0; k < 4; ++k) paths.push_back({i, k});
  }
  return paths;
}

}  // namespace

TEST_CASE("journal: an item that became a million outputs is one interval") {
  ItemIds ids;
  for (std::uint32_t i = 0; i < 1'000'000; ++i) ids.add(7, Path{3, i});
  REQUIRE(ids.outputs().size() == 1);
  CHECK(ids.outputs().begin()->second.size() == 1);
  CHECK(ids.contains(7, Path{3, 999'999}));
  CHECK_FALSE(ids.contains(7, Path{3, 1'000'000}));
  CHECK_FALSE(ids.contains(7, Path{3}));
  CHECK_FALSE(ids.contains(7, Path{}));
}

TEST_CASE("journal: an id is not that of the item it came of, nor one of its outputs") {
  ItemIds ids;
  ids.add(5, Path{0});
  CHECK_FALSE(ids.contains(5, Path{}));
  CHECK_FALSE(ids.contains(5, Path{0, 0}));
  CHECK_FALSE(ids.contains(0, Path{5}));
  ids.add(5, Path{});
  CHECK(ids.contains(5, Path{}));
  CHECK_FALSE(ids.contains(6, Path{}));
}

TEST_CASE("journal: what came of an item is found below it, and not below another") {
  ItemIds ids;
  ids.add(7, std::vector<std::uint32_t>{2, 0, 5});
  CHECK(ids.contains_below(7, {}));
  CHECK(ids.contains_below(7, std::vector<std::uint32_t>{2}));
  CHECK(ids.contains_below(7, std::vector<std::uint32_t>{2, 0}));
  CHECK(!ids.contains_below(7, std::vector<std::uint32_t>{2, 0, 5}));  // that is the id itself
  CHECK(!ids.contains_below(7, std::vector<std::uint32_t>{2, 1}));
  CHECK(!ids.contains_below(7, std::vector<std::uint32_t>{1}));
  CHECK(!ids.contains_below(6, {}));
  CHECK(!ids.contains_below(8, {}));
}

TEST_CASE("journal: indexes that are added at once join those that are there") {
  ItemIds ids;
  ids.add(5, Path{1, 3});
  Intervals indexes;
  indexes.add(0, 3);
  indexes.add(4, 2);
  ids.add({5, {1}}, indexes);
  CHECK(ids.outputs().at({5, {1}}).size() == 1);
  CHECK(ids.contains(5, Path{1, 5}));
}

TEST_CASE("journal: an ordinal that is complete is forgotten with all its ids, and no other") {
  ItemIds ids;
  for (const std::uint64_t ordinal : {4u, 5u, 6u})
    for (const Path& path : all_paths()) ids.add(ordinal, path);
  ids.erase(5);
  for (const Path& path : all_paths()) {
    CHECK(ids.contains(4, path));
    CHECK_FALSE(ids.contains(5, path));
    CHECK(ids.contains(6, path));
  }
  ids.erase(4);
  ids.erase(6);
  CHECK(ids.empty());
}

TEST_CASE("journal: whatever is added and erased, ids are those of a plain set, with 2,000 seeds") {
  const std::vector<Path> paths = all_paths();
  for (std::uint32_t seed = 0; seed < kSeeds; ++seed) {
    Random random(seed);
    std::set<std::pair<std::uint64_t, Path>> model;
    ItemIds ids;
    for (int step = 0; step < 80; ++step) {
      const std::uint64_t ordinal = random() % 5;
      if (random() % 10 == 0) {
        ids.erase(ordinal);
        std::erase_if(model, [&](const auto& id) { return id.first == ordinal; });
      } else {
        const Path& path = paths[random() % paths.size()];
        ids.add(ordinal, path);
        model.emplace(ordinal, path);
      }
    }

    ItemIds same;
    for (std::uint64_t ordinal = 5; ordinal > 0; --ordinal)
      for (const Path& path : paths) {
        const bool expected = model.contains({ordinal - 1, path});
        MUST(ids.contains(ordinal - 1, path) == expected);
        if (expected) same.add(ordinal - 1, path);
      }
    MUST(ids == same);
    MUST(ids.empty() == model.empty());
    for (const auto& [parent, indexes] : ids.outputs()) MUST(!indexes.empty());
  }
}
