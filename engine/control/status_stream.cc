// SPDX-License-Identifier: MIT
#include "engine/control/status_stream.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <unordered_map>

#include "engine/model/snapshot_json.h"

// A delta is made against what the client knows. The server keeps that beside each subscription: the last status it
// sent, with every number as the client read it (rounded as in the text), so that the two never drift apart.
//
// Ages (how long a worker has been in its state, on its item, …) change in every row at every instant. They would make
// every delta a full one; so both ends let them grow by themselves with elapsed_s, and one is sent only where that
// guess is wrong by more than kAgeTolerance.

namespace pooltop {

using nlohmann::json;
using nlohmann::ordered_json;

namespace {

constexpr double kAgeTolerance = 0.1;
constexpr double kNoGuess = std::numeric_limits<double>::quiet_NaN();
constexpr double kRounding = 0.0005;  // of the texts that the client's values were read from

struct SortRow {
  std::string_view name;
  bool (*before)(const WorkerStatus&, const WorkerStatus&);
};

// Stable sorting keeps stage and slot order among equals: nothing jumps.
const std::vector<SortRow>& sort_rows() {
  using W = const WorkerStatus&;
  static const std::vector<SortRow> rows = {
      {"slot", nullptr},
      {"pid", [](W a, W b) { return a.pid < b.pid; }},
      {"state", [](W a, W b) { return a.state < b.state; }},
      {"state_since_s", [](W a, W b) { return a.state_since_s > b.state_since_s; }},
      {"item_elapsed_s", [](W a, W b) { return a.item_elapsed_s > b.item_elapsed_s; }},
      {"done", [](W a, W b) { return a.done > b.done; }},
      {"failed", [](W a, W b) { return a.failed > b.failed; }},
      {"restarts", [](W a, W b) { return a.restarts > b.restarts; }},
      {"rate_per_s", [](W a, W b) { return a.rate_per_s > b.rate_per_s; }},
      {"cpu_percent", [](W a, W b) { return a.cpu_percent > b.cpu_percent; }},
      {"rss_bytes", [](W a, W b) { return a.rss_bytes > b.rss_bytes; }},
  };
  return rows;
}

Snapshot without_lists(const Snapshot& s) {
  Snapshot head;
  head.schema = s.schema;
  head.run = s.run;
  head.pid = s.pid;
  head.state = s.state;
  head.exit_status = s.exit_status;
  head.started_at = s.started_at;
  head.ended_at = s.ended_at;
  head.elapsed_s = s.elapsed_s;
  head.items = s.items;
  head.eta_s = s.eta_s;
  return head;
}

double rounded(double value) { return std::round(value * 1000) / 1000; }  // as in the text

// Rounded again each time: to and from text changes nothing then, and nothing adds up.
void grow(double& age, double seconds) { age = rounded(age + seconds); }

void advance(Snapshot& s, double seconds) {
  for (WorkerStatus& w : s.workers) {
    grow(w.state_since_s, seconds);
    if (w.item_id && w.state == WorkerState::Busy) grow(w.item_elapsed_s, seconds);
  }
  for (StageStatus& stage : s.stages)
    if (stage.queue && stage.queue->depth > 0) grow(stage.queue->oldest_age_s, seconds);
  for (Problem& problem : s.problems) grow(problem.since_s, seconds);
}

// Makes `now` the number that the client will have: its own guess where that is as good, else what the text will say.
// Rows in which nothing else changed then compare equal, without making JSON of them. A guess of NaN is none.
void settle(double& now, double guess, double tolerance = kRounding) {
  now = std::abs(now - guess) <= tolerance ? guess : rounded(now);
}
void settle(WorkerStatus& now, const WorkerStatus& guess) {
  settle(now.state_since_s, guess.state_since_s, kAgeTolerance);
  settle(now.item_elapsed_s, guess.item_elapsed_s, kAgeTolerance);
  settle(now.rate_per_s, guess.rate_per_s);
  settle(now.cpu_percent, guess.cpu_percent);
}
void settle(StageStatus& now, const StageStatus& guess) {
  settle(now.in_rate_per_s, guess.in_rate_per_s);
  settle(now.rate_per_s, guess.rate_per_s);
  settle(now.time_share.busy, guess.time_share.busy);
  settle(now.time_share.wait, guess.time_share.wait);
  settle(now.time_share.blocked, guess.time_share.blocked);
  settle(now.time_share.paused, guess.time_share.paused);
  settle(now.time_share.backoff, guess.time_share.backoff);
  if (now.queue) settle(now.queue->oldest_age_s, guess.queue ? guess.queue->oldest_age_s : kNoGuess, kAgeTolerance);
}
void settle(Problem& now, const Problem& guess) { settle(now.since_s, guess.since_s, kAgeTolerance); }
void settle_head(Snapshot& now) {
  settle(now.elapsed_s, kNoGuess);
  if (now.eta_s) settle(*now.eta_s, kNoGuess);
}

// One process in one slot. A stage's name holds no '.', so the text is unambiguous.
std::string key_of(const WorkerStatus& w) { return fmt::format("{}.{}.{}", w.stage, w.slot, w.pid); }

// Settles `now`, and gives its members that `before` has with another value.
template <typename Row>
ordered_json changed_members(const Row& before, Row& now) {
  settle(now, before);
  ordered_json out = ordered_json::object();
  if (before == now) return out;
  const ordered_json old_object = to_json(before);
  const ordered_json new_object = to_json(now);
  for (const auto& [key, value] : new_object.items())
    if (old_object.at(key) != value) out[key] = value;
  return out;
}

ordered_json head_changes(const Snapshot& known, const Snapshot& now) {
  const ordered_json old_head = to_json(without_lists(known));
  const ordered_json new_head = to_json(without_lists(now));
  ordered_json out = ordered_json::object();
  for (const auto& [key, value] : new_head.items())
    if (key == "elapsed_s" || old_head.at(key) != value) out[key] = value;
  return out;
}

void stage_changes(const Snapshot& guess, Snapshot& now, ordered_json& delta) {
  for (std::size_t i = 0; i < now.stages.size(); ++i) {
    ordered_json changed = changed_members(guess.stages[i], now.stages[i]);
    if (changed.empty()) continue;
    changed["name"] = now.stages[i].name;
    delta["stages"].push_back(std::move(changed));
  }
}

// A new row comes with all its members: nobody has to know what a member left out would be.
ordered_json whole(WorkerStatus& now) {
  settle(now, WorkerStatus{});
  return to_json(now);
}

void worker_changes(const Snapshot& guess, Snapshot& now, ordered_json& delta) {
  std::unordered_map<std::string, const WorkerStatus*> known;
  for (const WorkerStatus& w : guess.workers) known.emplace(key_of(w), &w);
  bool same_order = guess.workers.size() == now.workers.size();
  ordered_json order = ordered_json::array();
  for (std::size_t i = 0; i < now.workers.size(); ++i) {
    WorkerStatus& w = now.workers[i];
    const std::string key = key_of(w);
    const auto found = known.find(key);
    ordered_json changed = found == known.end() ? whole(w) : changed_members(*found->second, w);
    if (!changed.empty()) {
      changed["row"] = key;
      delta["workers"].push_back(std::move(changed));
    }
    same_order = same_order && key_of(guess.workers[i]) == key;
    order.push_back(key);
  }
  if (!same_order) delta["worker_order"] = std::move(order);
}

void problem_changes(const Snapshot& guess, Snapshot& now, ordered_json& delta) {
  for (std::size_t i = 0; i < now.problems.size(); ++i)
    settle(now.problems[i], i < guess.problems.size() ? guess.problems[i] : Problem{});
  if (guess.problems == now.problems) return;
  delta["problems"] = ordered_json::array();
  for (const Problem& problem : now.problems) delta["problems"].push_back(to_json(problem));
}

bool same_stages(const Snapshot& a, const Snapshot& b) {
  return std::equal(a.stages.begin(), a.stages.end(), b.stages.begin(), b.stages.end(),
                    [](const StageStatus& x, const StageStatus& y) { return x.name == y.name; });
}

// `row` with the members of `changed`: by way of JSON, so that the names of members stand in one place.
template <typename Row>
Row merged(const Row& row, const json& changed, const char* list, std::vector<Row> Snapshot::*rows) {
  json object = to_json(row);
  object.update(changed);
  return (snapshot_from_json(json{{list, json::array({std::move(object)})}}).*rows).at(0);
}

void apply_stages(Snapshot& known, const json& changes) {
  for (const json& changed : changes) {
    const auto name = changed.at("name").get<std::string>();
    for (StageStatus& stage : known.stages)
      if (stage.name == name) stage = merged(stage, changed, "stages", &Snapshot::stages);
  }
}

void apply_workers(Snapshot& known, const json& delta) {
  std::unordered_map<std::string, WorkerStatus> rows;
  std::vector<std::string> order;
  for (WorkerStatus& w : known.workers) {
    order.push_back(key_of(w));
    rows.insert_or_assign(order.back(), std::move(w));
  }
  if (const auto changes = delta.find("workers"); changes != delta.end())
    for (const json& changed : *changes) {
      WorkerStatus& row = rows[changed.at("row").get<std::string>()];
      row = merged(row, changed, "workers", &Snapshot::workers);
    }
  if (const auto fresh = delta.find("worker_order"); fresh != delta.end())
    order = fresh->get<std::vector<std::string>>();
  known.workers.clear();
  for (const std::string& key : order)
    if (const auto found = rows.find(key); found != rows.end()) known.workers.push_back(found->second);
}

void apply_head(Snapshot& known, const json& delta) {
  json object = to_json(without_lists(known));
  for (auto& [key, value] : delta.items())
    if (key != "stages" && key != "workers" && key != "problems") object[key] = value;
  Snapshot head = snapshot_from_json(object);
  head.stages = std::move(known.stages);
  head.workers = std::move(known.workers);
  head.problems = std::move(known.problems);
  known = std::move(head);
}

}  // namespace

const std::vector<std::string_view>& window_sorts() {
  static const std::vector<std::string_view> names = [] {
    std::vector<std::string_view> out;
    for (const SortRow& row : sort_rows()) out.push_back(row.name);
    return out;
  }();
  return names;
}

WorkerWindow window_from(const json& request) {
  WorkerWindow window;
  const auto asked = request.find("workers");
  if (asked == request.end() || !asked->is_object()) return window;
  const auto read = [&](const char* key, auto& value) {
    if (const auto found = asked->find(key); found != asked->end() && !found->is_null()) found->get_to(value);
  };
  read("stage", window.stage);
  read("sort", window.sort);
  read("reverse", window.reverse);
  read("offset", window.offset);
  read("limit", window.limit);
  return window;
}

WindowedStatus through_window(const Snapshot& snapshot, const WorkerWindow& window) {
  std::vector<const WorkerStatus*> rows;
  for (const WorkerStatus& w : snapshot.workers)
    if (window.stage.empty() || w.stage == window.stage) rows.push_back(&w);
  const auto by =
      std::find_if(sort_rows().begin(), sort_rows().end(), [&](const SortRow& row) { return row.name == window.sort; });
  if (by != sort_rows().end() && by->before != nullptr)
    std::stable_sort(rows.begin(), rows.end(),
                     [&](const WorkerStatus* a, const WorkerStatus* b) { return by->before(*a, *b); });
  if (window.reverse) std::reverse(rows.begin(), rows.end());

  WindowedStatus out{without_lists(snapshot), rows.size()};
  out.status.stages = snapshot.stages;
  out.status.problems = snapshot.problems;
  const std::size_t first = std::min(window.offset, rows.size());
  const std::size_t count = std::min(window.limit, rows.size() - first);
  out.status.workers.reserve(count);
  for (std::size_t i = 0; i < count; ++i) out.status.workers.push_back(*rows[first + i]);
  return out;
}

Snapshot as_sent(Snapshot snapshot) {
  settle_head(snapshot);
  WorkerStatus nobody;
  nobody.state_since_s = nobody.item_elapsed_s = nobody.rate_per_s = nobody.cpu_percent = kNoGuess;
  StageStatus nowhere;
  nowhere.in_rate_per_s = nowhere.rate_per_s = kNoGuess;
  nowhere.time_share = {kNoGuess, kNoGuess, kNoGuess, kNoGuess, kNoGuess};
  for (WorkerStatus& w : snapshot.workers) settle(w, nobody);
  for (StageStatus& stage : snapshot.stages) settle(stage, nowhere);
  for (Problem& problem : snapshot.problems) settle(problem.since_s, kNoGuess);
  return snapshot;
}

std::optional<ordered_json> take_changes(Snapshot& known, Snapshot now) {
  if (!same_stages(known, now)) return std::nullopt;
  settle_head(now);
  ordered_json delta = head_changes(known, now);
  Snapshot guess = std::move(known);
  advance(guess, now.elapsed_s - guess.elapsed_s);
  stage_changes(guess, now, delta);
  worker_changes(guess, now, delta);
  problem_changes(guess, now, delta);
  known = std::move(now);
  return delta;
}

void apply_changes(Snapshot& known, const json& delta) {
  const double before = known.elapsed_s;
  apply_head(known, delta);
  advance(known, known.elapsed_s - before);
  if (const auto stages = delta.find("stages"); stages != delta.end()) apply_stages(known, *stages);
  if (delta.contains("workers") || delta.contains("worker_order")) apply_workers(known, delta);
  if (const auto problems = delta.find("problems"); problems != delta.end())
    known.problems = snapshot_from_json(json{{"problems", *problems}}).problems;
}

}  // namespace pooltop
