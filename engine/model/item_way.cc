// SPDX-License-Identifier: MIT
#include "engine/model/item_way.h"

#include <cmath>
#include <nlohmann/json.hpp>

namespace pooltop {

using nlohmann::json;
using nlohmann::ordered_json;

namespace {

double rounded(double value) { return std::isfinite(value) ? std::round(value * 1000) / 1000 : 0; }

template <typename T>
ordered_json nullable(const std::optional<T>& value) {
  return value ? ordered_json(*value) : ordered_json(nullptr);
}

template <typename T>
void read(const json& object, const char* key, T& value) {
  const auto found = object.find(key);
  if (found != object.end() && !found->is_null()) found->get_to(value);
}

template <typename T>
void read(const json& object, const char* key, std::optional<T>& value) {
  const auto found = object.find(key);
  if (found != object.end() && !found->is_null()) value = found->get<T>();
}

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
  read(object, "attempt", one.attempt);
  read(object, "pid", one.pid);
  read(object, "child_pid", one.child_pid);
  read(object, "slot", one.slot);
  read(object, "started_at", one.started_at);
  read(object, "elapsed_s", one.elapsed_s);
  read(object, "end", one.end);
  read(object, "exit", one.exit);
  read(object, "signal", one.signal);
  read(object, "error", one.error);
  read(object, "stderr", one.standard_error);
  read(object, "after_retry", one.after_retry);
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
  read(object, "state", now.state);
  read(object, "attempt", now.attempt);
  read(object, "max_attempts", now.max_attempts);
  read(object, "age_s", now.age_s);
  read(object, "next_try_s", now.next_try_s);
  read(object, "elapsed_s", now.elapsed_s);
  read(object, "pid", now.pid);
  read(object, "slot", now.slot);
  read(object, "worker_started_at", now.worker_started_at);
  read(object, "at", now.at);
  read(object, "error", now.error);
  read(object, "after_retry", now.after_retry);
  return now;
}

}  // namespace

ordered_json to_json(const ItemWay& way) {
  ordered_json tries = ordered_json::array();
  for (const ItemTry& one : way.tries) tries.push_back(try_to_json(one));
  return {{"stage", way.stage},
          {"item_id", way.id},
          {"item", way.item},
          {"bytes", way.bytes},
          {"tries", std::move(tries)},
          {"tries_left_out", way.tries_left_out},
          {"now", now_to_json(way.now)}};
}

ordered_json to_json(const RetryingItem& item) {
  return {{"stage", item.stage},           {"item_id", item.id},   {"item", item.item},
          {"bytes", item.bytes},           {"now", now_to_json(item.now)}, {"error", item.error},
          {"stderr", item.standard_error}};
}

ItemWay item_way_from_json(const json& object) {
  ItemWay way;
  read(object, "stage", way.stage);
  read(object, "item_id", way.id);
  read(object, "item", way.item);
  read(object, "bytes", way.bytes);
  if (const auto tries = object.find("tries"); tries != object.end())
    for (const json& one : *tries) way.tries.push_back(try_from_json(one));
  read(object, "tries_left_out", way.tries_left_out);
  if (const auto now = object.find("now"); now != object.end()) way.now = now_from_json(*now);
  return way;
}

RetryingItem retrying_item_from_json(const json& object) {
  RetryingItem item;
  read(object, "stage", item.stage);
  read(object, "item_id", item.id);
  read(object, "item", item.item);
  read(object, "bytes", item.bytes);
  if (const auto now = object.find("now"); now != object.end()) item.now = now_from_json(*now);
  read(object, "error", item.error);
  read(object, "stderr", item.standard_error);
  return item;
}

}  // namespace pooltop
