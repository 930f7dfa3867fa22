// SPDX-License-Identifier: MIT
#include "engine/control/status_feed.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <utility>

#include "engine/model/json_fields.h"
#include "engine/model/row_text.h"
#include "engine/model/snapshot_json.h"

// A delta is made against what the client knows. That is kept here, with every number as the client read it (rounded as
// in the text), so that the two never drift apart. Ages (how long a worker has been in its state, on its item, …)
// change in every row at every instant; both ends let them grow by themselves with elapsed_s, and one is sent only
// where that guess is too wrong.
//
// A row at rest that is passed over is left as the client has it: only its ages grow. Its next turn is told all that
// happened since.

namespace pooltop {

using nlohmann::json;
using nlohmann::ordered_json;

namespace {

bool is_same_process(const WorkerStatus& a, const WorkerStatus& b) {
  return a.pid == b.pid && a.slot == b.slot && a.stage == b.stage;
}

void round_row(WorkerStatus& row) {
  row.state_since_s = rounded_as_text(row.state_since_s);
  row.backoff_s = rounded_as_text(row.backoff_s);
  row.item_elapsed_s = rounded_as_text(row.item_elapsed_s);
  row.rate_per_s = rounded_as_text(row.rate_per_s);
  row.cpu_percent = rounded_as_text(row.cpu_percent);
}

// Makes `now` the number that the client will have: its own guess where that is good enough, else what the text says.
void settle(double& now, double guess, double tolerance) {
  now = std::abs(now - guess) <= tolerance ? guess : rounded_as_text(now);
}

void round_stage(StageStatus& stage) {
  for (double* value : {&stage.in_rate_per_s, &stage.rate_per_s, &stage.time_share.busy, &stage.time_share.wait,
                        &stage.time_share.blocked, &stage.time_share.paused, &stage.time_share.backoff})
    *value = rounded_as_text(*value);
  if (stage.queue) stage.queue->oldest_age_s = rounded_as_text(stage.queue->oldest_age_s);
}

Snapshot rounded(Snapshot head) {
  head.elapsed_s = rounded_as_text(head.elapsed_s);
  if (head.eta_s) head.eta_s = rounded_as_text(*head.eta_s);
  for (StageStatus& stage : head.stages) round_stage(stage);
  for (Problem& problem : head.problems) problem.since_s = rounded_as_text(problem.since_s);
  return head;
}

// `now` becomes what the client will know; returns its members that `known` has with another value.
ordered_json stage_changes(const StageStatus& known, StageStatus& now) {
  if (now.queue && known.queue) settle(now.queue->oldest_age_s, known.queue->oldest_age_s, kAgeTolerance);
  return changes_to_json(known, now);
}

ordered_json head_changes(const Snapshot& known, Snapshot& now) {
  ordered_json out = changes_to_json(known, now);
  out["elapsed_s"] = now.elapsed_s;  // also where it is the same
  for (std::size_t i = 0; i < now.stages.size(); ++i) {
    ordered_json changed = stage_changes(known.stages[i], now.stages[i]);
    if (changed.empty()) continue;
    changed["name"] = now.stages[i].name;
    out["stages"].push_back(std::move(changed));
  }
  for (std::size_t i = 0; i < now.problems.size() && i < known.problems.size(); ++i)
    settle(now.problems[i].since_s, known.problems[i].since_s, kAgeTolerance);
  if (known.problems == now.problems) return out;
  out["problems"] = ordered_json::array();
  for (const Problem& problem : now.problems) out["problems"].push_back(to_json(problem));
  return out;
}

bool same_stages(const Snapshot& a, const Snapshot& b) {
  return std::equal(a.stages.begin(), a.stages.end(), b.stages.begin(), b.stages.end(),
                    [](const StageStatus& x, const StageStatus& y) { return x.name == y.name; });
}

void append_total(std::string& out, std::size_t workers) {
  out += ",\"workers_total\":" + std::to_string(workers) + "}";
}

void append_key(std::string& out, const WorkerStatus& row) {
  out += "\"row\":";
  append_json_text(out, row_key(row));
  out += "},";
}

}  // namespace

void StatusFeed::tell_fresh(std::unordered_set<std::string> fresh, std::size_t rest_frames) {
  fresh_ = std::move(fresh);
  rest_frames_ = std::max<std::size_t>(rest_frames, 1);
  for (Row& row : rows_) row.is_fresh = fresh_.contains(row_key(row.row));
}

StatusFeed::Row StatusFeed::new_row(const WorkerStatus& row) {
  const bool is_fresh = !fresh_.empty() && fresh_.contains(row_key(row));
  Row out{row, next_turn_++, is_fresh};
  round_row(out.row);
  return out;
}

std::string StatusFeed::whole(const Snapshot& now, const WorkerWindow& window, bool remember) {
  const WindowedRows view = rows_through(now, window);
  Snapshot head = rounded(without_rows(now));
  std::string out = R"({"event":"status","status":)" + line_of(to_json(head));
  constexpr std::string_view kRows = "\"workers\":[]";  // a text in it would have its quotes escaped
  std::string rows;
  for (const WorkerStatus* row : view.rows) {
    append_row(rows, *row);
    rows += ',';
  }
  if (!rows.empty()) rows.pop_back();
  out.insert(out.find(kRows) + kRows.size() - 1, rows);
  append_total(out, view.workers);
  knows_ = remember;
  if (!remember) return out;
  head_ = std::move(head);
  rows_.clear();
  for (const WorkerStatus* row : view.rows) rows_.push_back(new_row(*row));
  return out;
}

std::optional<std::string> StatusFeed::changes(const Snapshot& now, const WorkerWindow& window) {
  if (!knows_ || !same_stages(head_, now)) return std::nullopt;
  const WindowedRows view = rows_through(now, window);
  Snapshot head = rounded(without_rows(now));
  const double seconds = head.elapsed_s - head_.elapsed_s;
  advance(head_, seconds);
  std::string out = R"({"event":"status","delta":)" + line_of(head_changes(head_, head));
  out.pop_back();  // the delta goes on
  head_ = std::move(head);
  tell_rows(view.rows, seconds, out);
  out += '}';
  append_total(out, view.workers);
  return out;
}

// The client's rows in the order of `now`: in place where no row came, went or moved.
std::vector<StatusFeed::Row> StatusFeed::matched(const std::vector<const WorkerStatus*>& now,
                                                 std::vector<bool>& is_new) {
  using Key = std::tuple<pid_t, std::uint32_t, std::string_view>;
  struct Hash {
    std::size_t operator()(const Key& key) const {
      return std::hash<std::string_view>()(std::get<2>(key)) + 31 * static_cast<std::size_t>(std::get<0>(key)) +
             1021 * std::get<1>(key);
    }
  };
  std::unordered_map<Key, Row*, Hash> known;
  known.reserve(rows_.size());
  for (Row& row : rows_) known.emplace(Key{row.row.pid, row.row.slot, row.row.stage}, &row);
  std::vector<Row*> from;
  for (const WorkerStatus* row : now) {
    const auto found = known.find({row->pid, row->slot, row->stage});
    from.push_back(found == known.end() ? nullptr : std::exchange(found->second, nullptr));
  }
  std::vector<Row> rows;  // moved only now: the keys above point into the old ones
  rows.reserve(now.size());
  for (std::size_t i = 0; i < now.size(); ++i) {
    is_new[i] = from[i] == nullptr;
    rows.push_back(from[i] == nullptr ? new_row(*now[i]) : std::move(*from[i]));
  }
  return rows;
}

bool StatusFeed::is_due(const Row& row, const WorkerStatus& now) const {
  return row.is_fresh || rest_frames_ == 1 || row.turn % rest_frames_ == frame_ % rest_frames_ ||
         row.row.state != now.state;
}

void StatusFeed::tell_rows(const std::vector<const WorkerStatus*>& now, double seconds, std::string& out) {
  for (Row& row : rows_) advance(row.row, seconds);
  const bool same_order =
      std::equal(rows_.begin(), rows_.end(), now.begin(), now.end(),
                 [](const Row& row, const WorkerStatus* other) { return is_same_process(row.row, *other); });
  std::vector<bool> is_new(now.size(), false);
  if (!same_order) rows_ = matched(now, is_new);
  ++frame_;

  const std::size_t begin = out.size();
  out += ",\"workers\":[";
  const std::size_t first = out.size();
  for (std::size_t i = 0; i < now.size(); ++i) {
    if (!is_new[i] && !is_due(rows_[i], *now[i])) continue;
    const std::size_t row = out.size();
    if (is_new[i]) {  // with all its members: nobody has to know what a member left out would be
      append_row(out, rows_[i].row);
      out.back() = ',';
    } else {
      out += '{';
      if (!append_row_changes(out, rows_[i].row, *now[i])) {
        out.resize(row);
        continue;
      }
    }
    append_key(out, rows_[i].row);
  }
  if (out.size() == first)
    out.resize(begin);
  else
    out.back() = ']';
  if (!same_order) tell_order(out);
}

void StatusFeed::tell_order(std::string& out) const {
  out += ",\"worker_order\":[";
  for (const Row& row : rows_) {
    append_json_text(out, row_key(row.row));
    out += ',';
  }
  if (!rows_.empty()) out.pop_back();
  out += ']';
}

Snapshot StatusFeed::known() const {
  Snapshot out = head_;
  for (const Row& row : rows_) out.workers.push_back(row.row);
  return out;
}

}  // namespace pooltop
