// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>

#include "tui/state/filter.h"
#include "tui/state/worker_columns.h"

namespace pooltop {

enum class Grouping : std::uint8_t { None, Stage, State };

/// Which rows the worker table shows, and in which order.
struct TableState {
  Filter filter;
  std::optional<WorkerColumn> sort;  ///< none: stage, slot
  bool inverted = false;             ///< the other way than the column's usual one: figures fall, words rise
  Grouping grouping = Grouping::None;
  bool operator==(const TableState&) const = default;
};

/// True where the largest is at the top.
[[nodiscard]] inline bool falls(const TableState& table) {
  const bool figures = table.sort && row_of(*table.sort).kind != ColumnKind::Text && *table.sort != WorkerColumn::Pid &&
                       *table.sort != WorkerColumn::Slot;
  return figures != table.inverted;
}

}  // namespace pooltop
