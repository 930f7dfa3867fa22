// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "tui/state/problems.h"
#include "tui/state/stage_table.h"
#include "tui/state/steps.h"

namespace pooltop {
namespace {

constexpr Nanos kFreshMessage = 5 * kSecond;

// The cursor's row stays in sight, unless the wheel has scrolled the table (`loose`).
std::size_t scrolled(std::size_t top, std::size_t at, std::size_t count, int visible, bool loose) {
  const auto rows = static_cast<std::size_t>(std::max(visible, 1));
  if (!loose && at < top) top = at;
  if (!loose && at >= top + rows) top = at + 1 - rows;
  return std::min(top, count > rows ? count - rows : 0);
}

// The first stage that works is what one wants to see first; a source and a sink only feed and take.
void choose_first_stage(Step& step) {
  UiState& state = step.state();
  if (step.snapshot.stages.empty() || stage_index(step.snapshot, state.stage)) return;
  state.stage = step.snapshot.stages.front().name;
  for (const StageStatus& stage : step.snapshot.stages)
    if (stage.kind != "source" && stage.kind != "sink") {
      state.stage = stage.name;
      return;
    }
}

// A source has no queue: the cursor goes to the next stage that has one.
void choose_queue(Step& step) {
  UiState& state = step.state();
  const auto rows = shown_stages(state, step.snapshot);
  if (rows.empty() || place_of_stage(state, rows)) return;
  const auto all = stages_in_flow(step.snapshot);
  const auto has_queue = [](const StageStatus* stage) { return stage->queue.has_value(); };
  const auto here = all.begin() + static_cast<std::ptrdiff_t>(place_of_stage(state, all).value_or(0));
  const auto next = std::find_if(here, all.end(), has_queue);
  state.stage = next != all.end() ? (*next)->name : rows.back()->name;
}

void settle_queue(UiState& state, const Layout& layout) {
  if (state.screen != Screen::Queues) return;
  QueueState& queue = state.queue;
  if (queue.stage != state.stage) {
    queue = QueueState{};
    queue.stage = state.stage;
  }
  const std::size_t count = queue.now ? queue.now->items.size() : 0;
  queue.top = scrolled(queue.top, std::min(queue.place, count == 0 ? 0 : count - 1), count, layout.item_rows(),
                       state.loose.items);
}

void settle_failed(UiState& state, const Layout& layout) {
  if (state.screen != Screen::Failed) return;
  FailedState& list = state.failed;
  const std::uint64_t count = list.count();
  list.place = std::min(list.place, count == 0 ? 0 : count - 1);
  list.top = scrolled(list.top, list.place, count, layout.item_rows(), state.loose.items);
  if (list.item) return;
  const FailedRow* row = list.row_at(list.place);  // the cursor had gone ahead of what was known
  if (row == nullptr) return;
  list.item = row->key;
  list.is_there = true;
  state.stage = row->key.stage;
}

// The cursor does not go to the successor by itself: a key that is on its way was meant for the one that is gone.
std::string lost_text(const WorkerKey& key, const Snapshot& snapshot) {
  if (key.pid == 0) return "the slot has a process again; move to choose it";
  for (const WorkerStatus& worker : snapshot.workers)
    if (worker.stage == key.stage && worker.slot == key.slot && worker.pid != 0)
      return fmt::format("worker {} is gone, {} has its slot; move to choose it", key.pid, worker.pid);
  return fmt::format("worker {} is gone; move to choose another", key.pid);
}

// Above the first worker of a group its line is shown too, where there is room for both.
void scroll_workers(UiState& state, const std::vector<const WorkerStatus*>& rows, std::size_t place, int visible) {
  const auto lines = worker_lines(state, rows);
  const auto at = std::find_if(lines.begin(), lines.end(),
                               [&](const WorkerLine& line) { return line.worker != nullptr && line.row == place; });
  const auto line = at == lines.end() ? std::size_t{0} : static_cast<std::size_t>(at - lines.begin());
  state.worker_top = scrolled(state.worker_top, line, lines.size(), visible, state.loose.workers);
  if (state.loose.workers) return;
  if (visible > 1 && line > 0 && state.worker_top == line && lines[line - 1].worker == nullptr) --state.worker_top;
}

void settle_worker(Step& step, const Layout& layout) {
  UiState& state = step.state();
  const auto rows = worker_rows(state, step.snapshot);
  const auto at = selected_row(state, step.snapshot);
  remember_item(state, at ? rows[*at] : nullptr);
  if (at) {
    state.worker_place = *at;
    state.worker_lost = false;
  } else if (state.worker && !state.worker_lost && acts_on_workers(state) && !state.ended_seen) {
    state.worker_lost = true;
    const bool just_told = state.message && state.now - state.message->since < kFreshMessage;
    if (!just_told)  // what was done to it matters more
      say(step, lost_text(*state.worker, step.snapshot) + (state.worker_item ? "; Enter: its item" : ""));
  }
  const std::size_t place = at.value_or(std::min(state.worker_place, rows.empty() ? 0 : rows.size() - 1));
  scroll_workers(state, rows, place, layout.worker_rows());
}

}  // namespace

void settle(Step& step) {
  UiState& state = step.state();
  choose_first_stage(step);
  if (state.screen == Screen::Queues) choose_queue(step);
  const Layout layout = layout_of(state, step.snapshot);
  const auto stages = shown_stages(state, step.snapshot);
  if (const auto at = place_of_stage(state, stages))
    state.stage_top = scrolled(state.stage_top, *at, stages.size(), layout.stage_rows(), state.loose.stages);
  settle_queue(state, layout);
  settle_failed(state, layout);
  settle_way(step);
  settle_worker(step, layout);
  settle_output(step);
  std::erase_if(state.marks, [&](const WorkerKey& key) { return find_worker(step.snapshot, key) == nullptr; });
  if (const auto place = selected_problem(state, step.snapshot)) state.problem_place = *place;
  if (step.snapshot.problems.empty() && state.overlay != Overlay::Problems) state.problem.reset();
}

}  // namespace pooltop
