// SPDX-License-Identifier: MIT
#include "engine/model/snapshot_json.h"

#include <cmath>
#include <nlohmann/json.hpp>

#include "engine/model/json_fields.h"
#include "engine/model/worker_members.h"

namespace pooltop {

using nlohmann::json;
using nlohmann::ordered_json;

namespace {

ordered_json exit_to_json(const std::optional<ExitStatus>& end) {
  if (!end) return nullptr;
  return {{"exit", nullable(end->exit)}, {"signal", nullable(end->signal)}, {"cause", end->cause}};
}

ordered_json queue_to_json(const QueueStatus& q) {
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

void read_member(const json& object, const char* key, WorkerState& state) {
  if (object.contains(key)) read_state(object, state, worker_state_named);
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
ordered_json value_to_json(WorkerState state) { return name_of(state); }
ordered_json value_to_json(const std::optional<ExitStatus>& end) { return exit_to_json(end); }
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
  read_member(o, "name", s.name);
  read_member(o, "kind", s.kind);
  read_state(o, s.state, stage_state_named);
  read_member(o, "workers", s.workers);
  read_member(o, "busy", s.busy);
  read_member(o, "paused", s.paused);
  read_member(o, "in", s.in);
  read_member(o, "out", s.out);
  read_member(o, "failed", s.failed);
  read_member(o, "retried", s.retried);
  read_member(o, "restarts", s.restarts);
  read_member(o, "in_rate_per_s", s.in_rate_per_s);
  read_member(o, "rate_per_s", s.rate_per_s);
  read_member(o, "from", s.from);
  if (const auto latency = o.find("latency_s"); latency != o.end() && latency->is_object()) {
    s.latency = {};
    read_member(*latency, "p50", s.latency.p50_s);
    read_member(*latency, "p99", s.latency.p99_s);
  }
  if (const auto share = o.find("time_share"); share != o.end() && share->is_object()) {
    s.time_share = {};
    read_member(*share, "busy", s.time_share.busy);
    read_member(*share, "wait", s.time_share.wait);
    read_member(*share, "blocked", s.time_share.blocked);
    read_member(*share, "paused", s.time_share.paused);
    read_member(*share, "backoff", s.time_share.backoff);
  }
  if (const auto queue = o.find("queue"); queue != o.end()) {
    s.queue.reset();
    if (queue->is_object()) s.queue = queue_from_json(*queue);
  }
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
  ordered_json o = {{"name", s.name},
                    {"kind", s.kind},
                    {"state", name_of(s.state)},
                    {"workers", s.workers},
                    {"busy", s.busy},
                    {"paused", s.paused},
                    {"in", s.in},
                    {"out", s.out},
                    {"failed", s.failed},
                    {"retried", s.retried},
                    {"restarts", s.restarts},
                    {"in_rate_per_s", rounded(s.in_rate_per_s)},
                    {"rate_per_s", rounded(s.rate_per_s)}};
  o["latency_s"] = {{"p50", s.latency.p50_s}, {"p99", s.latency.p99_s}};
  o["time_share"] = {{"busy", rounded(s.time_share.busy)},
                     {"wait", rounded(s.time_share.wait)},
                     {"blocked", rounded(s.time_share.blocked)},
                     {"paused", rounded(s.time_share.paused)},
                     {"backoff", rounded(s.time_share.backoff)}};
  o["queue"] = s.queue ? queue_to_json(*s.queue) : ordered_json(nullptr);
  o["from"] = s.from;
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

ordered_json to_json(const Snapshot& s) {
  ordered_json o = {{"schema", s.schema},
                    {"run", s.run},
                    {"pid", s.pid},
                    {"state", name_of(s.state)},
                    {"exit_status", nullable(s.exit_status)},
                    {"started_at", s.started_at},
                    {"ended_at", nullable(s.ended_at)},
                    {"elapsed_s", rounded(s.elapsed_s)}};
  o["items"] = {{"total", nullable(s.items.total)},
                {"done", s.items.done},
                {"failed", s.items.failed},
                {"in_flight", s.items.in_flight}};
  o["eta_s"] = s.eta_s ? ordered_json(rounded(*s.eta_s)) : ordered_json(nullptr);
  o["stages"] = ordered_json::array();
  for (const StageStatus& stage : s.stages) o["stages"].push_back(to_json(stage));
  o["workers"] = ordered_json::array();
  for (const WorkerStatus& worker : s.workers) o["workers"].push_back(to_json(worker));
  o["problems"] = ordered_json::array();
  for (const Problem& problem : s.problems) o["problems"].push_back(to_json(problem));
  o["limit"] = limit_to_json(s.limit);
  return o;
}

Snapshot snapshot_from_json(const json& o) {
  Snapshot s;
  read_member(o, "schema", s.schema);
  read_member(o, "run", s.run);
  read_member(o, "pid", s.pid);
  read_state(o, s.state, run_state_named);
  read_member(o, "exit_status", s.exit_status);
  read_member(o, "started_at", s.started_at);
  read_member(o, "ended_at", s.ended_at);
  read_member(o, "elapsed_s", s.elapsed_s);
  read_member(o, "eta_s", s.eta_s);
  if (const auto items = o.find("items"); items != o.end() && items->is_object()) {
    read_member(*items, "total", s.items.total);
    read_member(*items, "done", s.items.done);
    read_member(*items, "failed", s.items.failed);
    read_member(*items, "in_flight", s.items.in_flight);
  }
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
