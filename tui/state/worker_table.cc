// SPDX-License-Identifier: MIT
#include "tui/state/worker_table.h"

#include <algorithm>

#include "tui/state/rows.h"

namespace pooltop {
namespace {

// Answers for many workers what a filter asks about one.
class Sieve {
 public:
  Sieve(const UiState& state, const Snapshot& snapshot) : filter_(state.table.filter), state_(state), run_(snapshot) {
    marks_ = asks_for(filter_, FilterTerm::Kind::Marked);
    slow_ = asks_for(filter_, FilterTerm::Kind::Slow);
  }
  [[nodiscard]] bool lets_through(const WorkerStatus& worker) const {
    if (filter_.terms.empty()) return true;
    return matches(filter_, {worker, marks_ && is_marked(state_, worker), slow_ && is_slow(worker, run_)});
  }

 private:
  const Filter& filter_;
  const UiState& state_;
  const Snapshot& run_;
  bool marks_ = false;
  bool slow_ = false;
};

bool is_under_cursor(const UiState& state, const WorkerStatus& worker) {
  return state.worker && state.worker->pid == worker.pid && key_of(worker) == *state.worker;
}

// Workers of the stages shown that `keep` lets through, by stage and slot.
template <typename Keep>
std::vector<const WorkerStatus*> by_stage_and_slot(const UiState& state, const Snapshot& snapshot, Keep keep) {
  const bool all = layout_of(state, snapshot).all_workers;
  std::vector<const WorkerStatus*> rows;
  rows.reserve(snapshot.workers.size());
  for (const StageStatus& stage : snapshot.stages) {
    if (!all && stage.name != state.stage) continue;
    const auto begin = static_cast<std::ptrdiff_t>(rows.size());
    for (const WorkerStatus& worker : snapshot.workers)
      if (worker.stage == stage.name && keep(worker)) rows.push_back(&worker);
    std::stable_sort(rows.begin() + begin, rows.end(),
                     [](const WorkerStatus* a, const WorkerStatus* b) { return a->slot < b->slot; });
  }
  return rows;
}

// What a row is compared by; rows without a figure come last, whichever way the others go.
struct Rank {
  bool has_none = false;
  double number = 0;
  std::string_view text;
  const WorkerStatus* worker = nullptr;
};

void sort_by(std::vector<const WorkerStatus*>& rows, WorkerColumn column, bool falling) {
  const bool is_text = row_of(column).kind == ColumnKind::Text;
  std::vector<Rank> ranks;
  ranks.reserve(rows.size());
  for (const WorkerStatus* worker : rows) {
    const auto number = number_in(*worker, column);
    const std::string_view text = text_in(*worker, column);
    ranks.push_back({is_text ? text.empty() : !number, number.value_or(0), text, worker});
  }
  std::stable_sort(ranks.begin(), ranks.end(), [&](const Rank& a, const Rank& b) {
    if (a.has_none || b.has_none) return !a.has_none && b.has_none;
    const Rank& low = falling ? b : a;
    const Rank& high = falling ? a : b;
    return is_text ? low.text < high.text : low.number < high.number;
  });
  std::transform(ranks.begin(), ranks.end(), rows.begin(), [](const Rank& rank) { return rank.worker; });
}

std::string_view group_of(Grouping grouping, const WorkerStatus& worker) {
  if (grouping == Grouping::Stage) return worker.stage;
  return grouping == Grouping::State ? name_of(worker.state) : std::string_view();
}

// Stages stand in the config's order, states in that of their enum; inside of a group the order stays.
void gather(std::vector<const WorkerStatus*>& rows, Grouping grouping, const Snapshot& snapshot) {
  if (grouping == Grouping::State)
    std::stable_sort(rows.begin(), rows.end(),
                     [](const WorkerStatus* a, const WorkerStatus* b) { return a->state < b->state; });
  if (grouping != Grouping::Stage) return;
  std::vector<const WorkerStatus*> out;
  out.reserve(rows.size());
  for (const StageStatus& stage : snapshot.stages)
    std::copy_if(rows.begin(), rows.end(), std::back_inserter(out),
                 [&](const WorkerStatus* worker) { return worker->stage == stage.name; });
  rows = std::move(out);
}

}  // namespace

std::vector<const WorkerStatus*> worker_rows(const UiState& state, const Snapshot& snapshot) {
  const Sieve sieve(state, snapshot);
  const TableState& table = state.table;
  auto rows = by_stage_and_slot(state, snapshot, [&](const WorkerStatus& worker) {
    return sieve.lets_through(worker) || is_under_cursor(state, worker);
  });
  if (table.sort)
    sort_by(rows, *table.sort, falls(table));
  else if (table.inverted)
    std::reverse(rows.begin(), rows.end());
  gather(rows, table.grouping, snapshot);
  return rows;
}

std::vector<WorkerLine> worker_lines(const UiState& state, const std::vector<const WorkerStatus*>& rows) {
  const Grouping grouping = state.table.grouping;
  std::vector<WorkerLine> lines;
  lines.reserve(rows.size() + 16);
  std::size_t group_line = 0;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const std::string_view group = group_of(grouping, *rows[i]);
    if (grouping != Grouping::None && (i == 0 || group != group_of(grouping, *rows[i - 1]))) {
      group_line = lines.size();
      lines.push_back({nullptr, i, group, 0});
    }
    lines.push_back({rows[i], i, {}, 0});
    if (grouping != Grouping::None) ++lines[group_line].count;
  }
  return lines;
}

bool is_shown(const UiState& state, const Snapshot& snapshot, const WorkerStatus& worker) {
  return Sieve(state, snapshot).lets_through(worker);
}

TableCount table_count(const UiState& state, const Snapshot& snapshot) {
  const Sieve sieve(state, snapshot);
  TableCount count;
  std::size_t marks_shown = 0;
  const auto rows = by_stage_and_slot(state, snapshot, [](const WorkerStatus&) { return true; });
  count.all = rows.size();
  for (const WorkerStatus* worker : rows) {
    const bool shown = sieve.lets_through(*worker);
    count.matching += shown ? 1 : 0;
    if (!state.marks.empty() && (shown || is_under_cursor(state, *worker)) && is_marked(state, *worker)) ++marks_shown;
  }
  count.hidden_marks = state.marks.size() - std::min(marks_shown, state.marks.size());
  return count;
}

}  // namespace pooltop
