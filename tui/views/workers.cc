// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "engine/base/text.h"
#include "engine/base/units.h"
#include "tui/state/worker_table.h"
#include "tui/views/figures.h"
#include "tui/views/panes.h"
#include "tui/views/row_painter.h"

namespace pooltop {
namespace {

using Column = WorkerColumn;

struct Place {
  Column column;
  int begin;
  int end;
};

struct Widths {
  int gap;  // before the column
  int cells;
};

constexpr int kItemCells = 16;  // fewer, and another column gives way

bool has(const std::vector<Column>& columns, Column column) {
  return std::find(columns.begin(), columns.end(), column) != columns.end();
}

Widths widths_of(Column column, const std::vector<Column>& columns, bool wide, bool narrow, int stage_cells) {
  switch (column) {
    case Column::Pid:
      return {1, narrow ? 6 : 7};
    case Column::Stage:
      return {2, stage_cells};
    case Column::Slot:
      return {1, 4};
    case Column::State:
      return {has(columns, Column::Slot) ? 3 : 1, 8};
    case Column::ItemTime:
      return {1, narrow ? 3 : 6};
    case Column::Done:
      return {1, wide ? 7 : 6};
    case Column::Errors:
      return {1, wide ? 4 : 3};
    case Column::Rate:
      return {1, 6};
    case Column::Cpu:
      return {1, 5};
    case Column::Rss:
      return {1, 5};
    case Column::Restarts:
      return {1, wide ? 4 : 3};
    case Column::Try:
      return {1, 3};
    case Column::Item:
      return {has(columns, Column::Try) || !narrow ? 2 : 1, 0};
  }
  return {0, 0};
}

std::vector<Place> place(const std::vector<Column>& columns, int cols, bool wide, bool narrow, int stage_cells) {
  std::vector<Place> places;
  int at = 0;
  for (const Column column : columns) {
    const Widths widths = widths_of(column, columns, wide, narrow, stage_cells);
    const int begin = at + widths.gap;
    const int end = column == Column::Item ? std::max(cols, begin) : begin + widths.cells;
    places.push_back({column, begin, end});
    at = end;
  }
  return places;
}

// The widest table that leaves the items room; on narrow screens columns go in a fixed order, the item last.
std::vector<Place> places_for(int cols, bool all_stages, int longest_stage) {
  const bool wide = cols >= 120;
  const bool narrow = cols < 60;
  std::vector<Column> columns{Column::Pid,      Column::Stage,  Column::Slot, Column::State, Column::ItemTime,
                              Column::Done,     Column::Errors, Column::Rate, Column::Cpu,   Column::Rss,
                              Column::Restarts, Column::Try,    Column::Item};
  const auto drop = [&](Column column) { std::erase(columns, column); };
  if (!all_stages && !wide) drop(Column::Stage), drop(Column::Slot);
  if (!wide) drop(Column::Rate);
  const int stage_cells =
      std::clamp(longest_stage, narrow ? 5 : 6, wide ? std::clamp(10 + (cols - 120) / 2, 10, 20) : 8);
  constexpr std::array kOrder{Column::Restarts, Column::Try,  Column::Rss, Column::Cpu,
                              Column::Errors,   Column::Done, Column::Slot};
  std::vector<Place> places = place(columns, cols, wide, narrow, stage_cells);
  for (const Column column : kOrder) {
    if (cols - places.back().begin >= kItemCells && !(narrow && column != Column::Slot)) break;
    drop(column);
    places = place(columns, cols, wide, narrow, stage_cells);
  }
  return places;
}

bool is_left(Column column) { return column == Column::Stage || column == Column::State || column == Column::Item; }

struct Look {
  char mark = ' ';
  Role role = Role::Text;
};

Look look_of_state(const WorkerStatus& worker, bool slow) {
  switch (worker.state) {
    case WorkerState::Starting:
      return {' ', Role::Text};
    case WorkerState::Idle:
      return {'.', Role::Waiting};
    case WorkerState::Busy:
      return slow ? Look{'!', Role::Warning} : Look{' ', Role::Busy};
    case WorkerState::Blocked:
      return {'%', Role::Blocked};
    case WorkerState::Paused:
      return {'=', Role::Paused};
    case WorkerState::Backoff:
      return {'~', Role::Backoff};
    case WorkerState::Exited:
    case WorkerState::Killed:
      return {'x', Role::Error};
  }
  return {};
}

// The death is over, but who looks away for a moment should not miss it.
Look look_of(const Frame& frame, const WorkerStatus& worker) {
  const Look look = look_of_state(worker, is_slow(worker, frame.snapshot));
  const bool is_free = look.mark == ' ' || worker.state == WorkerState::Idle;
  return is_free && replaces_a_dead_one(worker, frame.snapshot) ? Look{'x', Role::Error} : look;
}

// Until the slot's next process starts; an engine of before does not say when that is.
std::string countdown(const WorkerStatus& worker) {
  const double left = worker.backoff_s - worker.state_since_s;
  return worker.backoff_s <= 0 ? "soon" : left <= 0 ? "now" : "in " + format_short(left);
}

// The first that fits; if none does, the last.
std::string first_fit(std::initializer_list<std::string> texts, int cells) {
  for (const std::string& text : texts)
    if (static_cast<int>(text.size()) <= cells) return text;  // all of them are ASCII
  return *(texts.end() - 1);
}

// What the worker works on, else what there is to say about its process.
std::string item_text(const WorkerStatus& worker, int cells, bool with_id) {
  std::string before = worker.last_exit ? exit_text(*worker.last_exit) : "";
  if (worker.state == WorkerState::Starting && before.starts_with("killed by ")) before.erase(0, 10);
  if (worker.item_id) {
    std::string item = printable(worker.item.value_or(""));
    if (item.empty()) item = "\"\"";
    return with_id ? fmt::format("#{} {}", printable(*worker.item_id), item) : item;
  }
  switch (worker.state) {
    case WorkerState::Backoff:
      if (!before.empty()) before = " (" + before + ")";
      return first_fit({"restarts " + countdown(worker) + before, "next " + countdown(worker) + before,
                        countdown(worker) + before, "restarts " + countdown(worker)},
                       cells);
    case WorkerState::Starting:
      if (before.empty()) return "-";
      if (!worker.last_pid) return first_fit({"after " + before, before}, cells);  // an engine of before
      return first_fit({fmt::format("replaces {} ({})", *worker.last_pid, before),
                        fmt::format("for {} ({})", *worker.last_pid, before), "after " + before, before},
                       cells);
    case WorkerState::Exited:
    case WorkerState::Killed:
      return ended_well(worker) ? "has done its part" : before.empty() ? "ended" : before;
    default:
      return "-";
  }
}

std::string time_text(const WorkerStatus& worker, bool narrow) {
  const auto seconds = shown_seconds(worker);
  if (!seconds) return "-";
  return narrow ? brief_text(*seconds) : format_short(*seconds);
}

std::string cell_text(const Frame& frame, const WorkerStatus& worker, const Place& cell, int cols) {
  const bool alive = is_alive(worker.state);
  switch (cell.column) {
    case Column::Pid:
      return worker.pid != 0 ? fmt::format("{}", worker.pid) : "-";
    case Column::Stage:
      return printable(worker.stage);
    case Column::Slot:
      return fmt::format("{}", worker.slot);
    case Column::State: {
      if (const auto pending = pending_word(frame.state, worker); !pending.empty()) return std::string(pending);
      return fmt::format("{:<7}{}", name_of(worker.state), look_of(frame, worker).mark);
    }
    case Column::ItemTime:
      return time_text(worker, cols < 60);
    case Column::Done:
      return count_text(worker.done);
    case Column::Errors:
      return count_text(worker.failed);
    case Column::Rate:
      return rate_text(worker.rate_per_s);
    case Column::Cpu:
      return alive ? fmt::format("{:.1f}", std::clamp(worker.cpu_percent, 0.0, 9999.0)) : "-";
    case Column::Rss:
      return alive ? format_bytes(worker.rss_bytes) : "-";
    case Column::Restarts:
      return count_text(worker.restarts);
    case Column::Try:
      if (!worker.item_id || worker.attempt == 0) return "-";
      return worker.max_attempts < 10 ? fmt::format("{}/{}", worker.attempt, worker.max_attempts)
                                      : fmt::format("{}", worker.attempt);
    case Column::Item:
      return item_text(worker, cell.end - cell.begin, cols >= 120);
  }
  return {};
}

Role cell_role(const Frame& frame, const WorkerStatus& worker, Column column) {
  if (column == Column::Errors && worker.failed > 0) return Role::Warning;
  if (column != Column::State && column != Column::ItemTime && column != Column::Item) return Role::Text;
  const Role role = look_of(frame, worker).role;
  return column == Column::State || role == Role::Warning || role == Role::Error ? role : Role::Text;
}

// An item that is too long shows both its ends until it is scrolled; words are read from the left.
std::string cut_item(const std::string& text, bool is_item, int left, int cells, Charset charset) {
  return is_item && left == 0 ? cut_middle(text, cells, charset) : std::string(skip_cells(text, left, charset));
}

void draw_worker(const Frame& frame, Window& window, int line, std::size_t index, const WorkerStatus& worker,
                 const std::vector<Place>& places) {
  const UiState& state = frame.state;
  const bool cursor = state.worker && *state.worker == key_of(worker);
  const bool marked = is_marked(state, worker);
  window.line_stands_for(line, WorkerTarget{key_of(worker)});
  RowPainter row(window, line, cursor && state.pane == Pane::Workers);
  if (marked) row.left(cursor ? 1 : 0, "*", Role::Marked);
  if (cursor) row.left(0, ">", Role::KeyName);
  // The process under the cursor is gone: this is where it was, and nothing is selected.
  if (state.worker_lost && index == state.worker_place) row.left(0, "?", Role::Dim);
  for (const Place& cell : places) {
    const std::string text = cell_text(frame, worker, cell, window.cols());
    const Role role = marked && cell.column == Column::Pid ? Role::Marked : cell_role(frame, worker, cell.column);
    if (cell.column == Column::Item)
      row.left(cell.begin,
               cut_item(text, worker.item_id.has_value(), state.item_left, cell.end - cell.begin, window.charset()),
               role);
    else if (cell.column == Column::Stage)
      row.name(cell.begin, cell.end - cell.begin, text, role);
    else if (is_left(cell.column) || (cell.column == Column::ItemTime && window.cols() < 60))
      row.left(cell.begin, cut_end(text, cell.end - cell.begin, window.charset()), role);
    else
      row.right(cell.end, text, role);
  }
}

void draw_heads(Window& window, int line, const std::vector<Place>& places) {
  window.clear(line, 0, window.cols(), Role::Columns);
  int before = 0;
  for (const Place& cell : places) {
    const std::string_view head = row_of(cell.column).head;
    const int right = cell.end - static_cast<int>(head.size());
    window.put(line, is_left(cell.column) ? cell.begin : right, head, Role::Columns);
    window.stand_for(line, before, 1, cell.end - before, ColumnTarget{cell.column});
    before = cell.end;
  }
}

// A group's name and how many are in it, on a rule of its own.
void draw_group(Window& window, int line, const WorkerLine& group) {
  std::string rule;
  for (int col = 0; col < 3; ++col) rule += window.glyphs().rule;
  const int col = window.put(line, 1, rule, Role::Dim);
  window.put(line, col + 1, fmt::format("{} ({})", printable(group.group), group.count), Role::Title);
}

// What the title says beside the name, most important first; what does not fit is left out.
std::vector<std::string> notes_of(const Frame& frame, const TableCount& count, std::size_t lines, int room) {
  const UiState& state = frame.state;
  const TableState& table = state.table;
  std::vector<std::string> notes;
  std::string marks;
  if (!state.marks.empty()) marks = fmt::format("{} marked", state.marks.size());
  if (count.hidden_marks > 0) marks += fmt::format(" ({} hidden)", count.hidden_marks);
  if (!table.filter.text.empty()) {
    const std::string found = fmt::format(" ({} of {})", count.matching, count.all);
    const int left = room - static_cast<int>(found.size() + marks.size()) - 10;
    const std::string text = cut_middle(printable(table.filter.text), std::clamp(left, 4, 40), Charset::Ascii);
    notes.push_back("filter: " + text + found);
  }
  if (!marks.empty()) notes.push_back(marks);
  const bool is_sorted = table.sort || table.inverted;
  if (is_sorted)
    notes.push_back(
        fmt::format("sort: {} {}", table.sort ? row_of(*table.sort).name : "slot", falls(table) ? "desc" : "asc"));
  const auto shown = static_cast<std::size_t>(frame.layout.worker_rows());
  if (shown < lines)
    notes.push_back(fmt::format("{}-{} of {}", state.worker_top + 1, std::min(lines, state.worker_top + shown), lines));
  if (!is_sorted) notes.push_back(frame.layout.all_workers ? "sort: stage,slot" : "sort: slot");
  if (table.filter.text.empty()) notes.push_back("filter: off");
  return notes;
}

std::string right_title(const std::vector<std::string>& notes, int room) {
  std::string text;
  for (const std::string& note : notes) {
    const std::string more = text.empty() ? note : text + "  " + note;
    if (static_cast<int>(more.size()) <= room || text.empty()) text = more;
  }
  return text;
}

}  // namespace

int selected_line(const Frame& frame) {
  const auto at = selected_row(frame.state, frame.snapshot);
  if (!at || frame.state.screen == Screen::Detail) return -1;
  const auto lines = worker_lines(frame.state, worker_rows(frame.state, frame.snapshot));
  const int first = frame.layout.workers.row + 1 + (frame.layout.heads ? 1 : 0);
  for (std::size_t i = frame.state.worker_top; i < lines.size(); ++i) {
    const int offset = static_cast<int>(i - frame.state.worker_top);
    if (offset >= frame.layout.worker_rows()) break;
    if (lines[i].worker != nullptr && lines[i].row == *at) return first + offset;
  }
  return -1;
}

void draw_workers(const Frame& frame, Window& window) {
  const UiState& state = frame.state;
  const auto rows = worker_rows(state, frame.snapshot);
  const auto lines = worker_lines(state, rows);
  const bool all = frame.layout.all_workers;
  const bool counted = !state.table.filter.text.empty() || !state.marks.empty();
  const TableCount count = counted ? table_count(state, frame.snapshot) : TableCount{rows.size(), rows.size(), 0};
  int longest = 0;
  for (const StageStatus& stage : frame.snapshot.stages)
    longest = std::max(longest, cells_of(printable(stage.name), window.charset()));
  const bool brief = window.cols() < 120 && !state.table.filter.text.empty();
  const std::string of = !all    ? "Workers of " + printable(state.stage)
                         : brief ? std::string("Workers: all")
                                 : std::string("Workers: all stages");
  const std::string name =
      frame.layout.titles || frame.layout.heads || state.screen == Screen::Workers
          ? fmt::format("[{}] {} ({})", state.bindings.key_of(Action::ScreenWorkers), of, count.all)
          : printable(state.stage);
  const int room = window.cols() - cells_of(name, window.charset()) - 8;
  draw_title(window, 0, name, right_title(notes_of(frame, count, lines.size(), room), room),
             state.pane == Pane::Workers);
  int line = 1;
  const std::vector<Place> places = places_for(window.cols(), all, longest);
  if (frame.layout.heads) draw_heads(window, line++, places);
  for (std::size_t i = state.worker_top; i < lines.size() && line < window.rows(); ++i, ++line) {
    if (lines[i].worker == nullptr)
      draw_group(window, line, lines[i]);
    else
      draw_worker(frame, window, line, lines[i].row, *lines[i].worker, places);
  }
  if (rows.empty() && count.all > 0 && line < window.rows())
    window.put(line, 5, "no worker fits the filter; Esc shows all", Role::Dim);
}

}  // namespace pooltop
