// SPDX-License-Identifier: MIT
#include "engine/control/status_stream.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <unordered_map>
#include <utility>

#include "engine/base/text.h"
#include "engine/model/row_text.h"
#include "engine/model/snapshot_json.h"
#include "engine/model/snapshot_members.h"

namespace pooltop {

using nlohmann::json;

namespace {

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

void grow(double& age, double seconds) { age = rounded_as_text(age + seconds); }

// A row's key taken apart; it lies in the delta's text.
struct RowKey {
  std::string_view stage;
  std::uint32_t slot = 0;
  pid_t pid = 0;
  [[nodiscard]] bool is_of(const WorkerStatus& row) const {
    return row.pid == pid && row.slot == slot && row.stage == stage;
  }
};

std::optional<RowKey> parse_row_key(std::string_view text) {
  const std::size_t pid = text.rfind('.');
  if (pid == std::string_view::npos || pid == 0) return std::nullopt;
  const std::size_t slot = text.rfind('.', pid - 1);
  if (slot == std::string_view::npos) return std::nullopt;
  RowKey key{text.substr(0, slot)};
  const bool right =
      read_number(text.substr(slot + 1, pid - slot - 1), key.slot) && read_number(text.substr(pid + 1), key.pid);
  return right ? std::optional(key) : std::nullopt;
}

void apply_stages(Snapshot& known, const json& changes) {
  for (const json& changed : changes) {
    const auto& name = changed.at("name").get_ref<const std::string&>();
    for (StageStatus& stage : known.stages)
      if (stage.name == name) update_from_json(stage, changed);
  }
}

// Finds rows by key. Changes come in the order of rows, so the next one is mostly near; what is not is looked up.
class RowFinder {
 public:
  explicit RowFinder(std::vector<WorkerStatus>& rows) : rows_(rows) {}

  WorkerStatus* find(const std::string& text) {
    const auto key = parse_row_key(text);
    if (!key) return nullptr;
    for (std::size_t i = 0; i < kNear && at_ + i < rows_.size(); ++i)
      if (key->is_of(rows_[at_ + i])) {
        at_ += i + 1;
        return &rows_[at_ - 1];
      }
    if (by_key_.empty())
      for (std::size_t i = 0; i < rows_.size(); ++i) by_key_.emplace(row_key(rows_[i]), i);
    const auto found = by_key_.find(text);
    if (found == by_key_.end()) return nullptr;
    at_ = found->second + 1;
    return &rows_[found->second];
  }

 private:
  static constexpr std::size_t kNear = 64;
  std::vector<WorkerStatus>& rows_;
  std::size_t at_ = 0;
  std::unordered_map<std::string, std::size_t> by_key_;
};

// In the order that the delta gives; rows that it does not name are gone.
void put_in_order(std::vector<WorkerStatus>& rows, std::unordered_map<std::string, WorkerStatus>& added,
                  const json& order) {
  RowFinder finder(rows);
  std::vector<WorkerStatus*> wanted;
  for (const json& key : order) {
    const auto& text = key.get_ref<const std::string&>();
    WorkerStatus* row = finder.find(text);
    if (const auto fresh = added.find(text); row == nullptr && fresh != added.end()) row = &fresh->second;
    if (row != nullptr) wanted.push_back(row);
  }
  std::vector<WorkerStatus> out;
  out.reserve(wanted.size());
  for (const WorkerStatus* row : wanted) out.push_back(*row);  // copied: a key may stand there twice
  rows = std::move(out);
}

void apply_workers(Snapshot& known, const json& delta) {
  std::unordered_map<std::string, WorkerStatus> added;
  if (const auto changes = delta.find("workers"); changes != delta.end()) {
    RowFinder finder(known.workers);
    for (const json& changed : *changes) {
      const auto& key = changed.at("row").get_ref<const std::string&>();
      WorkerStatus* row = finder.find(key);
      update_from_json(row == nullptr ? added[key] : *row, changed);
    }
  }
  if (const auto order = delta.find("worker_order"); order != delta.end()) put_in_order(known.workers, added, *order);
}

void apply_head(Snapshot& known, const json& delta) {
  json object = to_json(without_lists(known));
  for (auto& [key, value] : delta.items())
    if (key != "stages" && key != "workers" && key != "worker_order" && key != "problems") object[key] = value;
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
  read("fresh", window.fresh);
  read("rest_ms", window.rest_ms);
  return window;
}

WindowedRows rows_through(const Snapshot& snapshot, const WorkerWindow& window) {
  WindowedRows out;
  std::vector<const WorkerStatus*>& rows = out.rows;
  rows.reserve(snapshot.workers.size());
  for (const WorkerStatus& w : snapshot.workers)
    if (window.stage.empty() || w.stage == window.stage) rows.push_back(&w);
  out.workers = rows.size();
  const auto by =
      std::find_if(sort_rows().begin(), sort_rows().end(), [&](const SortRow& row) { return row.name == window.sort; });
  if (by != sort_rows().end() && by->before != nullptr)
    std::stable_sort(rows.begin(), rows.end(),
                     [&](const WorkerStatus* a, const WorkerStatus* b) { return by->before(*a, *b); });
  if (window.reverse) std::reverse(rows.begin(), rows.end());
  const std::size_t first = std::min(window.offset, rows.size());
  rows.erase(rows.begin(), rows.begin() + static_cast<std::ptrdiff_t>(first));
  rows.resize(std::min(window.limit, rows.size()));
  return out;
}

WindowedStatus through_window(const Snapshot& snapshot, const WorkerWindow& window) {
  const WindowedRows view = rows_through(snapshot, window);
  WindowedStatus out{without_rows(snapshot), view.workers};
  out.status.workers.reserve(view.rows.size());
  for (const WorkerStatus* row : view.rows) out.status.workers.push_back(*row);
  return out;
}

std::string row_key(const WorkerStatus& row) { return fmt::format("{}.{}.{}", row.stage, row.slot, row.pid); }

Snapshot without_lists(const Snapshot& s) {
  Snapshot head;
  const auto copy = [&](const char*, auto member) { head.*member = s.*member; };
  each_head_member(copy);
  head.limit = s.limit;
  each_tail_member(copy);
  return head;
}

Snapshot without_rows(const Snapshot& s) {
  Snapshot out = without_lists(s);
  out.stages = s.stages;
  out.problems = s.problems;
  return out;
}

void advance(WorkerStatus& row, double seconds) {
  grow(row.state_since_s, seconds);
  if (row.item_id && row.state == WorkerState::Busy) grow(row.item_elapsed_s, seconds);
}

void advance(Snapshot& known, double seconds) {
  for (WorkerStatus& row : known.workers) advance(row, seconds);
  for (StageStatus& stage : known.stages)
    if (stage.queue && stage.queue->depth > 0) grow(stage.queue->oldest_age_s, seconds);
  for (Problem& problem : known.problems) grow(problem.since_s, seconds);
}

void apply_changes(Snapshot& known, const json& delta) {
  const double before = known.elapsed_s;
  apply_head(known, delta);
  advance(known, known.elapsed_s - before);
  if (const auto stages = delta.find("stages"); stages != delta.end()) apply_stages(known, *stages);
  apply_workers(known, delta);
  if (const auto problems = delta.find("problems"); problems != delta.end())
    known.problems = snapshot_from_json(json{{"problems", *problems}}).problems;
}

}  // namespace pooltop
