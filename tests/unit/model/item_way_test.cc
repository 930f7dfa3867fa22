// SPDX-License-Identifier: MIT
#include "engine/model/item_way.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

using namespace pooltop;
using nlohmann::json;

namespace {

ItemWay example() {
  ItemWay way;
  way.stage = "fetch";
  way.id = "2988";
  way.item = "example.org/slow.bin";
  way.bytes = 20;
  way.tries_left_out = 3;
  ItemTry one;
  one.attempt = 2;
  one.pid = 21872;
  one.child_pid = 21880;
  one.slot = 1;
  one.started_at = "2026-01-31T12:00:41.000Z";
  one.elapsed_s = 1.125;
  one.end = "failed";
  one.exit = 56;
  one.error = "exit 56";
  one.standard_error = "curl: (56)\n";
  one.after_retry = true;
  way.tries.push_back(one);
  way.now.state = "retrying";
  way.now.attempt = 3;
  way.now.max_attempts = 3;
  way.now.next_try_s = 2.1;
  return way;
}

}  // namespace

TEST_CASE("model: the way of an item is read back as it was written") {
  CHECK(item_way_from_json(json::parse(to_json(example()).dump())) == example());
  RetryingItem item;
  item.stage = "fetch";
  item.id = "7";
  item.now.state = "in_work";
  item.now.pid = 21991;
  item.now.slot = 3;
  item.now.elapsed_s = 0.5;
  item.now.worker_started_at = "2026-01-31T12:00:00Z";
  item.error = "exit 56";
  CHECK(retrying_item_from_json(json::parse(to_json(item).dump())) == item);
}

TEST_CASE("model: where an item is now is told by the members that its state has, and no others") {
  const json now = json::parse(to_json(example()).dump()).at("now");

  CHECK(now == json{{"state", "retrying"}, {"attempt", 3}, {"max_attempts", 3}, {"next_try_s", 2.1}});
}

TEST_CASE("model: what an older engine does not say of an item's way keeps its default") {
  CHECK(item_way_from_json(json::object()) == ItemWay{});
  CHECK(item_way_from_json({{"tries", {{{"pid", 7}, {"slot", nullptr}}}}}).tries.at(0).pid == 7);
  CHECK_THROWS_AS(static_cast<void>(item_way_from_json({{"tries", {1}}, {"stage", 3}})), json::exception);
}
