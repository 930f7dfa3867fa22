// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "tui/state/ui_state.h"

namespace pooltop {

/// A line of the worker table: a worker, or the line above a group of them.
struct WorkerLine {
  const WorkerStatus* worker = nullptr;
  std::size_t row = 0;     ///< the worker's place among the rows; the first one's of a group
  std::string_view group;  ///< of a group's line: its name
  std::size_t count = 0;   ///< of a group's line: how many are in it
};

/// The workers shown, in the order shown: all, or the selected stage's; without those that the filter hides, but with
/// the one under the cursor: a cursor is never on what is not there. Ties, and everything where no order was chosen,
/// go by stage and slot.
[[nodiscard]] std::vector<const WorkerStatus*> worker_rows(const UiState& state, const Snapshot& snapshot);
/// Those rows, with a line above each group.
[[nodiscard]] std::vector<WorkerLine> worker_lines(const UiState& state, const std::vector<const WorkerStatus*>& rows);
/// True if the filter lets the worker through.
[[nodiscard]] bool is_shown(const UiState& state, const Snapshot& snapshot, const WorkerStatus& worker);

struct TableCount {
  std::size_t all = 0;           ///< workers of the stages shown
  std::size_t matching = 0;      ///< those that the filter lets through
  std::size_t hidden_marks = 0;  ///< marked workers without a row
};
[[nodiscard]] TableCount table_count(const UiState& state, const Snapshot& snapshot);

}  // namespace pooltop
