// SPDX-License-Identifier: MIT
#include "tui/state/worker_columns.h"

#include <array>
#include <cstddef>

namespace pooltop {
namespace {

using C = WorkerColumn;
using K = ColumnKind;

// clang-format off
constexpr auto kColumns = std::to_array<WorkerColumnRow>({
    {C::Pid, "pid", "PID", "process", K::Number},
    {C::Stage, "stage", "STAGE", "name of the stage", K::Text},
    {C::Slot, "slot", "SLOT", "place in the stage", K::Number},
    {C::State, "state", "STATE", "state", K::Text},
    {C::ItemTime, "item-t", "ITEM-T", "time on this item", K::Seconds},
    {C::Done, "done", "DONE", "items done", K::Number},
    {C::Errors, "err", "ERR", "tries that failed", K::Number},
    {C::Rate, "rate", "ITEM/s", "items a second", K::Number},
    {C::Cpu, "cpu", "CPU%", "share of one core", K::Number},
    {C::Rss, "rss", "RSS", "memory", K::Bytes},
    {C::Restarts, "rst", "RST", "restarts of the slot", K::Number},
    {C::Try, "try", "TRY", "this try of the item", K::Number},
    {C::Item, "item", "ITEM", "text of the item", K::Text},
});
// clang-format on

static_assert(
    [] {
      for (std::size_t i = 0; i < kColumns.size(); ++i)
        if (static_cast<std::size_t>(kColumns[i].column) != i) return false;
      return kColumns.size() == static_cast<std::size_t>(WorkerColumn::Item) + 1;
    }(),
    "one row per column, in the enum's order");

}  // namespace

std::span<const WorkerColumnRow> worker_columns() { return kColumns; }

const WorkerColumnRow& row_of(WorkerColumn column) { return kColumns[static_cast<std::size_t>(column)]; }

std::optional<WorkerColumn> worker_column_named(std::string_view name) {
  for (const WorkerColumnRow& row : kColumns)
    if (row.name == name) return row.column;
  return std::nullopt;
}

std::optional<double> shown_seconds(const WorkerStatus& worker) {
  // A paused worker's item does not age: how long it stands is what matters.
  if (worker.state == WorkerState::Paused || worker.state == WorkerState::Backoff) return worker.state_since_s;
  if (!worker.item_id) return std::nullopt;
  return worker.item_elapsed_s;
}

std::optional<double> number_in(const WorkerStatus& worker, WorkerColumn column) {
  const bool alive = is_alive(worker.state);
  switch (column) {
    case WorkerColumn::Pid:
      return worker.pid == 0 ? std::nullopt : std::optional<double>(worker.pid);
    case WorkerColumn::Slot:
      return worker.slot;
    case WorkerColumn::ItemTime:
      return shown_seconds(worker);
    case WorkerColumn::Done:
      return static_cast<double>(worker.done);
    case WorkerColumn::Errors:
      return static_cast<double>(worker.failed);
    case WorkerColumn::Rate:
      return worker.rate_per_s;
    case WorkerColumn::Cpu:
      return alive ? std::optional<double>(worker.cpu_percent) : std::nullopt;
    case WorkerColumn::Rss:
      return alive ? std::optional<double>(static_cast<double>(worker.rss_bytes)) : std::nullopt;
    case WorkerColumn::Restarts:
      return static_cast<double>(worker.restarts);
    case WorkerColumn::Try:
      return worker.item_id && worker.attempt > 0 ? std::optional<double>(worker.attempt) : std::nullopt;
    case WorkerColumn::Stage:
    case WorkerColumn::State:
    case WorkerColumn::Item:
      break;
  }
  return std::nullopt;
}

std::string_view text_in(const WorkerStatus& worker, WorkerColumn column) {
  switch (column) {
    case WorkerColumn::Stage:
      return worker.stage;
    case WorkerColumn::State:
      return name_of(worker.state);
    case WorkerColumn::Item:
      return worker.item ? std::string_view(*worker.item) : std::string_view();
    default:
      return {};
  }
}

}  // namespace pooltop
