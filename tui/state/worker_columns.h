// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "engine/model/snapshot.h"

namespace pooltop {

/// The columns of the worker table: what rows are sorted by and what a filter asks for.
enum class WorkerColumn : std::uint8_t {
  Pid,
  Stage,
  Slot,
  State,
  ItemTime,
  Done,
  Errors,
  Rate,
  Cpu,
  Rss,
  Restarts,
  Try,
  Item
};

enum class ColumnKind : std::uint8_t { Text, Number, Seconds, Bytes };

struct WorkerColumnRow {
  WorkerColumn column;
  std::string_view name;   ///< in a filter and in the sort menu: "item-t"
  std::string_view head;   ///< above the column: "ITEM-T"
  std::string_view about;  ///< one line of the sort menu
  ColumnKind kind;
};

[[nodiscard]] std::span<const WorkerColumnRow> worker_columns();
[[nodiscard]] const WorkerColumnRow& row_of(WorkerColumn column);
[[nodiscard]] std::optional<WorkerColumn> worker_column_named(std::string_view name);

/// Time that ITEM-T shows: on this item, or since when a worker is paused or waits to be restarted; none while idle.
[[nodiscard]] std::optional<double> shown_seconds(const WorkerStatus& worker);
/// The figure in a column; none where the table shows "-", and in columns of text.
[[nodiscard]] std::optional<double> number_in(const WorkerStatus& worker, WorkerColumn column);
/// The words in a column of text; the item as the engine gave it.
[[nodiscard]] std::string_view text_in(const WorkerStatus& worker, WorkerColumn column);

}  // namespace pooltop
