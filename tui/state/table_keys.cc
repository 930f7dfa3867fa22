// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <algorithm>
#include <string>

#include "engine/base/text.h"
#include "tui/state/steps.h"
#include "tui/state/worker_table.h"

// Filter, order and groups of the worker table. Whatever they do to the rows, the cursor stays on its process; it goes
// to another one only when the user types a filter that hides it.

namespace pooltop {
namespace {

// The cursor stays where it was when the filter began to be typed, if that is shown; else the first row has it.
void settle_cursor(Step& step) {
  UiState& state = step.state();
  const WorkerStatus* before = state.filter_cursor ? find_worker(step.snapshot, *state.filter_cursor) : nullptr;
  state.worker.reset();
  const auto rows = worker_rows(state, step.snapshot);
  if (before && std::find(rows.begin(), rows.end(), before) != rows.end())
    state.worker = state.filter_cursor;
  else if (!rows.empty())
    state.worker = key_of(*rows[0]);
  if (state.worker) state.stage = state.worker->stage;  // it is what the keys of a stage are about
  state.worker_lost = false;
}

std::string found_text(const Step& step) {
  const Filter& filter = step.state().table.filter;
  if (!filter.complaint.empty()) return filter.complaint;
  const TableCount count = table_count(step.state(), step.snapshot);
  if (filter.terms.empty()) return fmt::format("state:busy  item-t>30  !word   {} rows", count.all);
  return fmt::format("{} of {}", count.matching, count.all);
}

void filter_by(Step& step, std::string_view text) {
  UiState& state = step.state();
  state.table.filter = parse_filter(text);
  settle_cursor(step);
}

void typed(Step& step, const Prompt& prompt) {
  filter_by(step, prompt.line.text);
  step.state().prompt->hint = found_text(step);
}

void accepted(Step& step, const Prompt& prompt) {
  UiState& state = step.state();
  filter_by(step, prompt.line.text);
  const Filter& filter = state.table.filter;
  if (!filter.complaint.empty()) return say(step, filter.complaint, {}, true);
  if (filter.terms.empty()) return clear_filter(step);
  const TableCount count = table_count(state, step.snapshot);
  say(step, fmt::format("{} of {} workers shown; Esc shows all again", count.matching, count.all));
}

void cancelled(Step& step, const Prompt& prompt) {
  UiState& state = step.state();
  state.table.filter = parse_filter(prompt.about);
  state.worker = state.filter_cursor;
}

std::string order_text(const TableState& table) {
  if (!table.sort) return table.inverted ? "by stage and slot, last first" : "by stage and slot";
  const bool is_text = row_of(*table.sort).kind == ColumnKind::Text;
  const char* order = is_text        ? (falls(table) ? "z to a" : "a to z")
                      : falls(table) ? "largest first"
                                     : "smallest first";
  return fmt::format("by {}, {}", row_of(*table.sort).name, order);
}

void sort_picked(Step& step, const Menu&, const MenuEntry& entry) { sort_by(step, worker_column_named(entry.id)); }

bool sort_menu_key(Step& step, const Menu&, const MenuEntry& entry, Key key) {
  if (step.state().bindings.action_for(key) != Action::Invert && key != U'i') return false;
  step.state().menu.reset();
  step.state().table.sort = worker_column_named(entry.id);
  invert_order(step);
  return true;
}

}  // namespace

void clear_filter(Step& step) {
  step.state().table.filter = {};
  say(step, "all rows are shown");
}

void type_filter(Step& step) {
  UiState& state = step.state();
  enter_workers(step);
  state.filter_cursor = selected_row(state, step.snapshot) ? state.worker : std::nullopt;
  Prompt prompt;
  prompt.label = "filter";
  prompt.about = state.table.filter.text;
  prompt.line = LineEdit(state.table.filter.text);
  prompt.hint = found_text(step);
  prompt.changed = typed;
  prompt.accepted = accepted;
  prompt.cancelled = cancelled;
  open_prompt(step, std::move(prompt));
}

void sort_by(Step& step, std::optional<WorkerColumn> column) {
  TableState& table = step.state().table;
  table.sort = column;
  table.inverted = false;
  say(step, fmt::format("rows are sorted {}{}", order_text(table),
                        column ? fmt::format("; {} inverts", step.state().bindings.key_of(Action::Invert)) : ""));
}

void invert_order(Step& step) {
  TableState& table = step.state().table;
  table.inverted = !table.inverted;
  say(step, "rows are sorted " + order_text(table));
}

void choose_order(Step& step) {
  const TableState& table = step.state().table;
  Menu menu;
  menu.title = "Sort the workers by";
  menu.hint = fmt::format("Enter sorts, {} the other way, Esc closes", step.state().bindings.key_of(Action::Invert));
  menu.picked = sort_picked;
  menu.other_key = sort_menu_key;
  const auto add = [&](std::string id, std::string label, std::optional<WorkerColumn> column) {
    const bool present = table.sort == column;
    if (present) menu.at = menu.entries.size();
    MenuEntry entry;
    entry.id = std::move(id);
    entry.label = std::move(label);
    if (present) entry.right = falls(table) ? "now, desc" : "now, asc";
    menu.entries.push_back(std::move(entry));
  };
  add("", "stage, slot  (nothing jumps)", std::nullopt);
  for (const WorkerColumnRow& row : worker_columns())
    add(std::string(row.name), fmt::format("{:<7} {}", row.name, row.about), row.column);
  open_menu(step, std::move(menu));
}

void next_grouping(Step& step) {
  Grouping& grouping = step.state().table.grouping;
  switch (grouping) {
    case Grouping::None:
      grouping = Grouping::Stage;
      return say(step, "rows are grouped by stage");
    case Grouping::Stage:
      grouping = Grouping::State;
      return say(step, "rows are grouped by state");
    case Grouping::State:
      grouping = Grouping::None;
      return say(step, "rows are not grouped");
  }
}

}  // namespace pooltop
