// SPDX-License-Identifier: MIT
#include "engine/model/snapshot_json.h"

#include <cmath>
#include <nlohmann/json.hpp>

#include "engine/model/worker_members.h"

namespace pooltop {

using nlohmann::json;
using nlohmann::ordered_json;

namespace {

double rounded(double value) { return std::isfinite(value) ? std::round(value * 1000) / 1000 : 0; }

template <typename T>
ordered_json nullable(const std::optional<T>& value) {
  return value ? ordered_json(*value) : ordered_json(nullptr);
}

ordered_json exit_to_json(const std::optional<ExitStatus>& end) {
  if (!end) return nullptr;
  return {{"exit", nullable(end->exit)}, {"signal", nullable(end->signal)}, {"cause", end->cause}};
}

ordered_json queue_to_json(const QueueStatus& q) {
  return {{"depth", q.depth},         {"capacity", q.capacity},
          {"bytes", q.bytes},         {"in_flight", q.in_flight},
          {"oldest_age_s", rounded(q.oldest_age_s)}, {"high_water", q.high_water},
          {"closed", q.closed}};
}

template <typename T>
void read(const json& object, const char* key, T& value) {
  const auto found = object.find(key);
  if (found != object.end() && !found->is_null()) found->get_to(value);
}

template <typename T>
void read(const json& object, const char* key, std::optional<T>& value) {
  const auto found = object.find(key);
  if (found == object.end()) return;
  if (found->is_null())
    value.reset();
  else
    value = found->get<T>();
}

template <typename State, typename Named>
void read_state(const json& object, State& state, Named named) {
  std::string name;
  read(object, "state", name);
  if (const auto known = named(name)) state = *known;
}

QueueStatus queue_from_json(const json& o) {
  QueueStatus q;
  read(o, "depth", q.depth);
  read(o, "capacity", q.capacity);
  read(o, "bytes", q.bytes);
  read(o, "in_flight", q.in_flight);
  read(o, "oldest_age_s", q.oldest_age_s);
  read(o, "high_water", q.high_water);
  read(o, "closed", q.closed);
  return q;
}

void read(const json& object, const char* key, WorkerState& state) {
  if (object.contains(key)) read_state(object, state, worker_state_named);
}

void read(const json& object, const char* key, std::optional<ExitStatus>& end) {
  const auto found = object.find(key);
  if (found == object.end()) return;
  end.reset();
  if (!found->is_object()) return;
  end.emplace();
  read(*found, "exit", end->exit);
  read(*found, "signal", end->signal);
  read(*found, "cause", end->cause);
}

Problem problem_from_json(const json& o) {
  Problem p;
  read(o, "severity", p.severity);
  read(o, "stage", p.stage);
  read(o, "pid", p.pid);
  read(o, "since_s", p.since_s);
  read(o, "text", p.text);
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
  read(o, "name", s.name);
  read(o, "kind", s.kind);
  read_state(o, s.state, stage_state_named);
  read(o, "workers", s.workers);
  read(o, "busy", s.busy);
  read(o, "paused", s.paused);
  read(o, "in", s.in);
  read(o, "out", s.out);
  read(o, "failed", s.failed);
  read(o, "retried", s.retried);
  read(o, "restarts", s.restarts);
  read(o, "in_rate_per_s", s.in_rate_per_s);
  read(o, "rate_per_s", s.rate_per_s);
  read(o, "from", s.from);
  if (const auto latency = o.find("latency_s"); latency != o.end() && latency->is_object()) {
    s.latency = {};
    read(*latency, "p50", s.latency.p50_s);
    read(*latency, "p99", s.latency.p99_s);
  }
  if (const auto share = o.find("time_share"); share != o.end() && share->is_object()) {
    s.time_share = {};
    read(*share, "busy", s.time_share.busy);
    read(*share, "wait", s.time_share.wait);
    read(*share, "blocked", s.time_share.blocked);
    read(*share, "paused", s.time_share.paused);
    read(*share, "backoff", s.time_share.backoff);
  }
  if (const auto queue = o.find("queue"); queue != o.end()) {
    s.queue.reset();
    if (queue->is_object()) s.queue = queue_from_json(*queue);
  }
}

void update_from_json(WorkerStatus& w, const json& o) {
  each_worker_member([&](const char* name, auto member, MemberKind) { read(o, name, w.*member); });
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
  read(o, "stage", limit.stage);
  read(o, "text", limit.text);
  read(o, "advice", limit.advice);
  read(o, "command", limit.command);
  read(o, "chain", limit.chain);
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
  return {{"severity", p.severity}, {"stage", p.stage}, {"pid", nullable(p.pid)}, {"since_s", rounded(p.since_s)}, {"text", p.text}};
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
  read(o, "schema", s.schema);
  read(o, "run", s.run);
  read(o, "pid", s.pid);
  read_state(o, s.state, run_state_named);
  read(o, "exit_status", s.exit_status);
  read(o, "started_at", s.started_at);
  read(o, "ended_at", s.ended_at);
  read(o, "elapsed_s", s.elapsed_s);
  read(o, "eta_s", s.eta_s);
  if (const auto items = o.find("items"); items != o.end() && items->is_object()) {
    read(*items, "total", s.items.total);
    read(*items, "done", s.items.done);
    read(*items, "failed", s.items.failed);
    read(*items, "in_flight", s.items.in_flight);
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
