// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <algorithm>

#include "tui/state/steps.h"

namespace pooltop {
namespace {

constexpr Nanos kFreshMessage = 5 * kSecond;

std::size_t scrolled(std::size_t top, std::size_t at, std::size_t count, int visible) {
  const auto rows = static_cast<std::size_t>(std::max(visible, 1));
  if (at < top) top = at;
  if (at >= top + rows) top = at + 1 - rows;
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
  state.worker_top = scrolled(state.worker_top, line, lines.size(), visible);
  if (visible > 1 && line > 0 && state.worker_top == line && lines[line - 1].worker == nullptr) --state.worker_top;
}

void settle_worker(Step& step, const Layout& layout) {
  UiState& state = step.state();
  const auto rows = worker_rows(state, step.snapshot);
  const auto at = selected_row(state, step.snapshot);
  if (at) {
    state.worker_place = *at;
    state.worker_lost = false;
  } else if (state.worker && !state.worker_lost && acts_on_workers(state) && !state.ended_seen) {
    state.worker_lost = true;
    const bool just_told = state.message && state.now - state.message->since < kFreshMessage;
    if (!just_told)  // what was done to it matters more
      say(step, lost_text(*state.worker, step.snapshot));
  }
  const std::size_t place = at.value_or(std::min(state.worker_place, rows.empty() ? 0 : rows.size() - 1));
  scroll_workers(state, rows, place, layout.worker_rows());
}

}  // namespace

void settle(Step& step) {
  UiState& state = step.state();
  choose_first_stage(step);
  const Layout layout = layout_of(state, step.snapshot);
  if (const auto at = stage_index(step.snapshot, state.stage))
    state.stage_top = scrolled(state.stage_top, *at, step.snapshot.stages.size(), layout.stage_rows());
  settle_worker(step, layout);
  settle_output(step);
  std::erase_if(state.marks, [&](const WorkerKey& key) { return find_worker(step.snapshot, key) == nullptr; });
  if (state.problem && *state.problem >= step.snapshot.problems.size()) state.problem.reset();
}

}  // namespace pooltop
