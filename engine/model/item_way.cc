// SPDX-License-Identifier: MIT
#include "engine/model/item_way.h"

#include <cmath>
#include <nlohmann/json.hpp>

#include "engine/model/json_fields.h"

namespace pooltop {

using nlohmann::json;
using nlohmann::ordered_json;

namespace {

ordered_json try_to_json(const ItemTry& one) {
  return {{"attempt", one.attempt},
          {"pid", one.pid},
          {"child_pid", nullable(one.child_pid)},
          {"slot", nullable(one.slot)},
          {"started_at", one.started_at},
          {"elapsed_s", rounded(one.elapsed_s)},
          {"end", one.end},
          {"exit", nullable(one.exit)},
          {"signal", nullable(one.signal)},
          {"error", one.error},
          {"stderr", one.standard_error},
          {"after_retry", one.after_retry}};
}

ItemTry try_from_json(const json& object) {
  ItemTry one;
  read_member(object, "attempt", one.attempt);
  read_member(object, "pid", one.pid);
  read_member(object, "child_pid", one.child_pid);
  read_member(object, "slot", one.slot);
  read_member(object, "started_at", one.started_at);
  read_member(object, "elapsed_s", one.elapsed_s);
  read_member(object, "end", one.end);
  read_member(object, "exit", one.exit);
  read_member(object, "signal", one.signal);
  read_member(object, "error", one.error);
  read_member(object, "stderr", one.standard_error);
  read_member(object, "after_retry", one.after_retry);
  return one;
}

// Only what its state has to tell.
ordered_json now_to_json(const ItemNow& now) {
  ordered_json out = {{"state", now.state}};
  const auto put_seconds = [&](const char* key, const std::optional<double>& value) {
    if (value) out[key] = rounded(*value);
  };
  const auto put_text = [&](const char* key, const std::string& value) {
    if (!value.empty()) out[key] = value;
  };
  if (now.attempt > 0) out["attempt"] = now.attempt;
  if (now.max_attempts > 0) out["max_attempts"] = now.max_attempts;
  put_seconds("age_s", now.age_s);
  put_seconds("next_try_s", now.next_try_s);
  put_seconds("elapsed_s", now.elapsed_s);
  if (now.pid) out["pid"] = *now.pid;
  if (now.slot) out["slot"] = *now.slot;
  put_text("worker_started_at", now.worker_started_at);
  put_text("at", now.at);
  put_text("error", now.error);
  if (now.after_retry) out["after_retry"] = true;
  return out;
}

ItemNow now_from_json(const json& object) {
  ItemNow now;
  read_member(object, "state", now.state);
  read_member(object, "attempt", now.attempt);
  read_member(object, "max_attempts", now.max_attempts);
  read_member(object, "age_s", now.age_s);
  read_member(object, "next_try_s", now.next_try_s);
  read_member(object, "elapsed_s", now.elapsed_s);
  read_member(object, "pid", now.pid);
  read_member(object, "slot", now.slot);
  read_member(object, "worker_started_at", now.worker_started_at);
  read_member(object, "at", now.at);
  read_member(object, "error", now.error);
  read_member(object, "after_retry", now.after_retry);
  return now;
}

}  // namespace

ordered_json to_json(const ItemWay& way) {
  ordered_json tries = ordered_json::array();
  for (const ItemTry& one : way.tries) tries.push_back(try_to_json(one));
  return {{"stage", way.stage},         {"item_id", way.id},         {"item", way.item},
          {"bytes", way.bytes},         {"tries", std::move(tries)}, {"tries_left_out", way.tries_left_out},
          {"now", now_to_json(way.now)}};
}

ordered_json to_json(const RetryingItem& item) {
  return {{"stage", item.stage},          {"item_id", item.id},           {"item", item.item},
          {"bytes", item.bytes},          {"now", now_to_json(item.now)}, {"error", item.error},
          {"stderr", item.standard_error}};
}

ItemWay item_way_from_json(const json& object) {
  ItemWay way;
  read_member(object, "stage", way.stage);
  read_member(object, "item_id", way.id);
  read_member(object, "item", way.item);
  read_member(object, "bytes", way.bytes);
  if (const auto tries = object.find("tries"); tries != object.end())
    for (const json& one : *tries) way.tries.push_back(try_from_json(one));
  read_member(object, "tries_left_out", way.tries_left_out);
  if (const auto now = object.find("now"); now != object.end()) way.now = now_from_json(*now);
  return way;
}

RetryingItem retrying_item_from_json(const json& object) {
  RetryingItem item;
  read_member(object, "stage", item.stage);
  read_member(object, "item_id", item.id);
  read_member(object, "item", item.item);
  read_member(object, "bytes", item.bytes);
  if (const auto now = object.find("now"); now != object.end()) item.now = now_from_json(*now);
  read_member(object, "error", item.error);
  read_member(object, "stderr", item.standard_error);
  return item;
}

}  // namespace pooltop
