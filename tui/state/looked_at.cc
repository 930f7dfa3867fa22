// SPDX-License-Identifier: MIT
#include "tui/state/looked_at.h"

#include <algorithm>

#include "tui/state/rows.h"
#include "tui/state/worker_table.h"

namespace pooltop {

std::vector<WorkerKey> rows_in_sight(const UiState& state, const Snapshot& snapshot) {
  std::vector<WorkerKey> keys;
  const Layout layout = layout_of(state, snapshot);
  if (layout.workers.rows <= 0 || state.screen == Screen::Detail) return keys;
  const auto lines = worker_lines(state, worker_rows(state, snapshot));
  const auto shown = static_cast<std::size_t>(layout.worker_rows());
  for (std::size_t i = state.worker_top; i < lines.size() && i - state.worker_top < shown; ++i)
    if (lines[i].worker != nullptr) keys.push_back(key_of(*lines[i].worker));
  return keys;
}

bool is_in_sight(const UiState& state, const Snapshot& snapshot, const WorkerKey& worker) {
  if (state.overlay == Overlay::Inspect) return state.inspect.worker == worker;
  if (state.screen == Screen::Detail || state.screen == Screen::Output) return state.worker == worker;
  const auto rows = rows_in_sight(state, snapshot);
  return std::find(rows.begin(), rows.end(), worker) != rows.end();
}

std::vector<WorkerKey> looked_at(const UiState& state, const Snapshot& snapshot) {
  std::vector<WorkerKey> keys;
  const auto add = [&](const WorkerKey& key) {
    if (keys.size() < kMostLookedAt && std::find(keys.begin(), keys.end(), key) == keys.end()) keys.push_back(key);
  };
  for (const WorkerKey& key : rows_in_sight(state, snapshot)) add(key);
  if (state.worker) add(*state.worker);
  if (state.dialog)
    for (const WorkerKey& key : state.dialog->targets) add(key);
  for (const WorkerKey& key : state.marks) add(key);
  return keys;
}

}  // namespace pooltop
