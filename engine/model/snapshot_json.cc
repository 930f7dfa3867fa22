// SPDX-License-Identifier: MIT
#include "engine/model/snapshot_json.h"

#include <cmath>
#include <nlohmann/json.hpp>

#include "engine/model/json_fields.h"
#include "engine/model/snapshot_members.h"
#include "engine/model/worker_members.h"

namespace pooltop {

using nlohmann::json;
using nlohmann::ordered_json;

namespace {

ordered_json exit_to_json(const std::optional<ExitStatus>& end) {
  if (!end) return nullptr;
  return {{"exit", nullable(end->exit)}, {"signal", nullable(end->signal)}, {"cause", end->cause}};
}

ordered_json queue_to_json(const std::optional<QueueStatus>& queue) {
  if (!queue) return nullptr;
  const QueueStatus& q = *queue;
  return {{"depth", q.depth},
          {"capacity", q.capacity},
          {"bytes", q.bytes},
          {"in_flight", q.in_flight},
          {"oldest_age_s", rounded(q.oldest_age_s)},
          {"high_water", q.high_water},
          {"closed", q.closed}};
}

template <typename State, typename Named>
void read_state(const json& object, State& state, Named named) {
  std::string name;
  read_member(object, "state", name);
  if (const auto known = named(name)) state = *known;
}

QueueStatus queue_from_json(const json& o) {
  QueueStatus q;
  read_member(o, "depth", q.depth);
  read_member(o, "capacity", q.capacity);
  read_member(o, "bytes", q.bytes);
  read_member(o, "in_flight", q.in_flight);
  read_member(o, "oldest_age_s", q.oldest_age_s);
  read_member(o, "high_water", q.high_water);
  read_member(o, "closed", q.closed);
  return q;
}

using pooltop::read_member;  // beside these two

void read_member(const json& object, const char*, RunState& state) { read_state(object, state, run_state_named); }
void read_member(const json& object, const char*, StageState& state) { read_state(object, state, stage_state_named); }
void read_member(const json& object, const char*, WorkerState& state) { read_state(object, state, worker_state_named); }

void read_member(const json& object, const char* key, Latency& latency) {
  const auto found = object.find(key);
  if (found == object.end() || !found->is_object()) return;
  latency = {};
  read_member(*found, "p50", latency.p50_s);
  read_member(*found, "p99", latency.p99_s);
}

void read_member(const json& object, const char* key, TimeShare& share) {
  const auto found = object.find(key);
  if (found == object.end() || !found->is_object()) return;
  share = {};
  read_member(*found, "busy", share.busy);
  read_member(*found, "wait", share.wait);
  read_member(*found, "blocked", share.blocked);
  read_member(*found, "paused", share.paused);
  read_member(*found, "backoff", share.backoff);
}

void read_member(const json& object, const char* key, ItemCounts& items) {
  const auto found = object.find(key);
  if (found == object.end() || !found->is_object()) return;
  read_member(*found, "total", items.total);
  read_member(*found, "done", items.done);
  read_member(*found, "failed", items.failed);
  read_member(*found, "in_flight", items.in_flight);
}

void read_member(const json& object, const char* key, std::optional<QueueStatus>& queue) {
  const auto found = object.find(key);
  if (found == object.end()) return;
  queue.reset();
  if (found->is_object()) queue = queue_from_json(*found);
}

void read_member(const json& object, const char* key, std::optional<ExitStatus>& end) {
  const auto found = object.find(key);
  if (found == object.end()) return;
  end.reset();
  if (!found->is_object()) return;
  end.emplace();
  read_member(*found, "exit", end->exit);
  read_member(*found, "signal", end->signal);
  read_member(*found, "cause", end->cause);
}

Problem problem_from_json(const json& o) {
  Problem p;
  read_member(o, "severity", p.severity);
  read_member(o, "stage", p.stage);
  read_member(o, "pid", p.pid);
  read_member(o, "since_s", p.since_s);
  read_member(o, "text", p.text);
  return p;
}

ordered_json value_to_json(double value) { return rounded(value); }
ordered_json value_to_json(RunState state) { return name_of(state); }
ordered_json value_to_json(StageState state) { return name_of(state); }
ordered_json value_to_json(WorkerState state) { return name_of(state); }
ordered_json value_to_json(const std::optional<double>& value) {
  return value ? ordered_json(rounded(*value)) : ordered_json(nullptr);
}
ordered_json value_to_json(const std::optional<ExitStatus>& end) { return exit_to_json(end); }
ordered_json value_to_json(const std::optional<QueueStatus>& queue) { return queue_to_json(queue); }
ordered_json value_to_json(const Latency& latency) { return {{"p50", latency.p50_s}, {"p99", latency.p99_s}}; }
ordered_json value_to_json(const TimeShare& share) {
  return {{"busy", rounded(share.busy)},
          {"wait", rounded(share.wait)},
          {"blocked", rounded(share.blocked)},
          {"paused", rounded(share.paused)},
          {"backoff", rounded(share.backoff)}};
}
ordered_json value_to_json(const ItemCounts& items) {
  return {
      {"total", nullable(items.total)}, {"done", items.done}, {"failed", items.failed}, {"in_flight", items.in_flight}};
}
template <typename T>
ordered_json value_to_json(const std::optional<T>& value) {
  return nullable(value);
}
template <typename T>
ordered_json value_to_json(const T& value) {
  return value;
}

}  // namespace

void update_from_json(StageStatus& s, const json& o) {
  each_stage_member([&](const char* name, auto member) { read_member(o, name, s.*member); });
}

void update_from_json(WorkerStatus& w, const json& o) {
  each_worker_member([&](const char* name, auto member, MemberKind) { read_member(o, name, w.*member); });
}

WorkerStatus worker_from_json(const json& o) {
  WorkerStatus w;
  update_from_json(w, o);
  return w;
}

namespace {

ordered_json limit_to_json(const std::optional<Limit>& limit) {
  if (!limit) return nullptr;
  return {{"stage", limit->stage},
          {"text", limit->text},
          {"advice", limit->advice},
          {"command", limit->command},
          {"chain", limit->chain}};
}

Limit limit_from_json(const json& o) {
  Limit limit;
  read_member(o, "stage", limit.stage);
  read_member(o, "text", limit.text);
  read_member(o, "advice", limit.advice);
  read_member(o, "command", limit.command);
  read_member(o, "chain", limit.chain);
  return limit;
}

}  // namespace

ordered_json to_json(const StageStatus& s) {
  ordered_json o = ordered_json::object();
  each_stage_member([&](const char* name, auto member) { o[name] = value_to_json(s.*member); });
  return o;
}

ordered_json changes_to_json(const StageStatus& known, const StageStatus& now) {
  ordered_json o = ordered_json::object();
  each_stage_member([&](const char* name, auto member) {
    if (known.*member != now.*member) o[name] = value_to_json(now.*member);
  });
  return o;
}

ordered_json to_json(const WorkerStatus& w) {
  ordered_json o = ordered_json::object();
  each_worker_member([&](const char* name, auto member, MemberKind) { o[name] = value_to_json(w.*member); });
  return o;
}

ordered_json to_json(const Problem& p) {
  return {{"severity", p.severity},
          {"stage", p.stage},
          {"pid", nullable(p.pid)},
          {"since_s", rounded(p.since_s)},
          {"text", p.text}};
}

ordered_json changes_to_json(const Snapshot& known, const Snapshot& now) {
  ordered_json o = ordered_json::object();
  const auto changed = [&](const char* name, auto member) {
    if (known.*member != now.*member) o[name] = value_to_json(now.*member);
  };
  each_head_member(changed);
  each_tail_member(changed);
  if (known.limit != now.limit) o["limit"] = limit_to_json(now.limit);
  return o;
}

ordered_json to_json(const Snapshot& s) {
  ordered_json o = ordered_json::object();
  each_head_member([&](const char* name, auto member) { o[name] = value_to_json(s.*member); });
  o["stages"] = ordered_json::array();
  for (const StageStatus& stage : s.stages) o["stages"].push_back(to_json(stage));
  o["workers"] = ordered_json::array();
  for (const WorkerStatus& worker : s.workers) o["workers"].push_back(to_json(worker));
  o["problems"] = ordered_json::array();
  for (const Problem& problem : s.problems) o["problems"].push_back(to_json(problem));
  o["limit"] = limit_to_json(s.limit);
  each_tail_member([&](const char* name, auto member) { o[name] = value_to_json(s.*member); });
  return o;
}

Snapshot snapshot_from_json(const json& o) {
  Snapshot s;
  const auto read = [&](const char* name, auto member) { read_member(o, name, s.*member); };
  each_head_member(read);
  each_tail_member(read);
  const auto each = [&](const char* key, auto&& add) {
    const auto list = o.find(key);
    if (list == o.end() || !list->is_array()) return;
    for (const json& entry : *list) add(entry);
  };
  each("stages", [&](const json& e) { update_from_json(s.stages.emplace_back(), e); });
  each("workers", [&](const json& e) { update_from_json(s.workers.emplace_back(), e); });
  each("problems", [&](const json& e) { s.problems.push_back(problem_from_json(e)); });
  if (const auto limit = o.find("limit"); limit != o.end() && limit->is_object()) s.limit = limit_from_json(*limit);
  return s;
}

}  // namespace pooltop
