// SPDX-License-Identifier: MIT
#include "tui/state/looked_at.h"

#include <algorithm>

#include "tui/state/rows.h"
#include "tui/state/worker_table.h"

namespace pooltop {

std::vector<WorkerKey> looked_at(const UiState& state, const Snapshot& snapshot) {
  std::vector<WorkerKey> keys;
  const auto add = [&](const WorkerKey& key) {
    if (keys.size() < kMostLookedAt && std::find(keys.begin(), keys.end(), key) == keys.end()) keys.push_back(key);
  };
  const Layout layout = layout_of(state, snapshot);
  if (layout.workers.rows > 0 && state.screen != Screen::Detail) {
    const auto lines = worker_lines(state, worker_rows(state, snapshot));
    const auto shown = static_cast<std::size_t>(layout.worker_rows());
    for (std::size_t i = state.worker_top; i < lines.size() && i - state.worker_top < shown; ++i)
      if (lines[i].worker != nullptr) add(key_of(*lines[i].worker));
  }
  if (state.worker) add(*state.worker);
  if (state.dialog)
    for (const WorkerKey& key : state.dialog->targets) add(key);
  for (const WorkerKey& key : state.marks) add(key);
  return keys;
}

}  // namespace pooltop
