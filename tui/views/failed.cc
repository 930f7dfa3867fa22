// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/text.h"
#include "engine/base/units.h"
#include "tui/state/way_words.h"
#include "tui/views/figures.h"
#include "tui/views/panes.h"
#include "tui/views/row_painter.h"

namespace pooltop {
namespace {

constexpr std::size_t kAboutBytes = 1024;

struct FailedPlaces {
  int id_end = 8;
  int stage = 0, stage_cells = 0;
  int try_end = 0;
  int how = 0, how_cells = 0;
  int item = 0;
};

FailedPlaces failed_places(int cols, const Snapshot& snapshot, Charset charset) {
  FailedPlaces p;
  if (cols < 80) {
    p.how = p.id_end + 1;
    p.how_cells = std::max(8, cols / 2 - 4);
    p.item = p.how + p.how_cells + 1;
    return p;
  }
  int longest = 0;
  for (const StageStatus& stage : snapshot.stages)
    longest = std::max(longest, cells_of(printable(stage.name), charset));
  p.id_end = cols < 120 ? 8 : 11;
  p.stage = p.id_end + 2;
  p.stage_cells = std::clamp(longest, 5, cols < 120 ? 8 : 20);
  p.try_end = p.stage + p.stage_cells + 5;
  p.how = p.try_end + 2;
  p.how_cells = cols < 120 ? 24 : 32;
  p.item = p.how + p.how_cells + 1;
  return p;
}

struct How {
  std::string text;
  Role role = Role::Text;
};

// What became of it: with a sign in front, so that it is seen without colours.
How how_of(const FailedRow& row) {
  if (row.now.state == "failed") return {"x " + (row.how.empty() ? printable(row.error, 200) : row.how), Role::Error};
  if (row.now.state == "retrying")
    return {fmt::format("~ retry in {}", format_short(row.now.next_try_s.value_or(0))), Role::Backoff};
  if (row.now.state == "in_work")
    return {fmt::format("  in work {} at {}", format_short(row.now.elapsed_s.value_or(0)), row.now.pid.value_or(0)),
            Role::Busy};
  return {"  " + (row.now.state == "queued" ? std::string("waits in the queue") : describe_now(row.now)),
          Role::Waiting};
}

// What is too long says less: first how long it took, or where, is left out.
std::string shortened(std::string text, int cells, Charset charset) {
  for (const std::string_view part : {" after ", " at "})
    if (const auto at = text.find(part); cells_of(text, charset) > cells && at != std::string::npos) text.resize(at);
  constexpr std::string_view kKilled = "killed by ";
  if (const auto at = text.find(kKilled); cells_of(text, charset) > cells && at != std::string::npos)
    text.erase(at, kKilled.size());
  return std::string(cut_end(text, cells, charset));
}

std::string tries_of(const FailedRow& row) {
  return row.now.state == "failed" ? fmt::format("{}", row.tries) : try_of(row.now);
}

void draw_failed_heads(Window& window, int line, const FailedPlaces& p) {
  window.clear(line, 0, window.cols(), Role::Columns);
  window.put(line, p.id_end - 2, "ID", Role::Columns);
  if (p.stage_cells > 0) {
    window.put(line, p.stage, "STAGE", Role::Columns);
    window.put(line, p.try_end - 3, "TRY", Role::Columns);
  }
  window.put(line, p.how + 2, "HOW IT ENDED", Role::Columns);
  window.put(line, p.item, "ITEM", Role::Columns);
}

void draw_failed_row(const Frame& frame, Window& window, int line, const FailedRow& item, const FailedPlaces& p) {
  const FailedState& list = frame.state.failed;
  const bool cursor = list.item == item.key;
  window.line_stands_for(line, ItemTarget{item.key});
  RowPainter row(window, line, cursor);
  if (cursor) row.left(0, ">", Role::KeyName);
  const bool marked = item.now.state == "failed" ? list.is_marked(item.key)
                                                 : std::ranges::find(list.marks, item.key) != list.marks.end();
  if (marked) row.left(cursor ? 1 : 0, "*", Role::Marked);
  row.right(p.id_end, cut_middle("#" + printable(item.key.id), p.id_end - 2, window.charset()));
  if (p.stage_cells > 0) {
    row.name(p.stage, p.stage_cells, printable(item.key.stage));
    row.right(p.try_end, tries_of(item));
  }
  const How how = how_of(item);
  row.left(p.how, shortened(how.text, p.how_cells, window.charset()), how.role);
  const std::string text = item.item.empty() ? "\"\"" : printable(item.item);
  row.name(p.item, window.cols() - p.item, skip_cells(text, frame.state.item_left, window.charset()));
}

std::string no_rows(const Frame& frame) {
  const FailedState& list = frame.state.failed;
  if (frame.state.replay) return "a recording has no items";
  if (!list.failed.refused.empty()) return "the list cannot be had: " + printable(list.failed.refused);
  if (!list.failed.is_known || list.failed.is_searching()) return "looking ..";
  return list.match.empty() ? "no item has failed" : "none fits; Esc shows all";
}

std::string failed_counts(const Frame& frame, int rows) {
  const FailedState& list = frame.state.failed;
  const std::uint64_t count = list.count();
  std::string text;
  const auto add = [&](const std::string& note) { text += (text.empty() ? "" : "  ") + note; };
  if (!list.match.empty()) add("filter: " + cut_middle(printable(list.match), 20, Charset::Ascii));
  if (list.failed.is_searching()) add(fmt::format("{}% looked at", list.failed.searched * 100 / list.failed.records));
  if (list.all_marked)
    add("all marked");
  else if (!list.marks.empty())
    add(fmt::format("{} marked", list.marks.size()));
  const auto shown = static_cast<std::uint64_t>(std::max(rows, 0));
  if (count > shown) add(fmt::format("{}-{} of {}", list.top + 1, std::min(count, list.top + shown), count));
  return text;
}

// Its last lines: what it said last says most.
std::vector<std::string> last_lines(const std::string& text, std::size_t most) {
  std::vector<std::string> lines;
  std::string_view rest = text;
  while (rest.ends_with('\n')) rest.remove_suffix(1);
  while (!rest.empty() && lines.size() < most) {
    const std::size_t newline = rest.rfind('\n');
    const std::size_t begin = newline == std::string_view::npos ? 0 : newline + 1;
    lines.insert(lines.begin(), printable(rest.substr(begin), kAboutBytes));
    rest = rest.substr(0, begin == 0 ? 0 : begin - 1);
  }
  return lines;
}

}  // namespace

void draw_failed(const Frame& frame, Window& window) {
  const FailedState& list = frame.state.failed;
  const FailedPlaces places = failed_places(window.cols(), frame.snapshot, window.charset());
  const std::string key = frame.state.bindings.key_of(Action::ScreenFailed);
  const std::string of = list.match.empty() ? "" : fmt::format(" of {}", list.failed.records);
  const std::string title = list.failed.is_known ? fmt::format("[{}] Failed ({}{}), tried again ({})", key,
                                                               list.failed.total, of, list.retrying.total)
                                                 : fmt::format("[{}] Failed", key);
  const int rows = window.rows() - 1 - (frame.layout.heads ? 1 : 0);
  draw_title(window, 0, title, failed_counts(frame, rows), true);
  int line = 1;
  if (frame.layout.heads) draw_failed_heads(window, line++, places);
  if (list.count() == 0) {
    if (line < window.rows()) window.put(line, 1, no_rows(frame), Role::Dim);
    return;
  }
  for (std::uint64_t at = list.top; at < list.count() && line < window.rows(); ++at, ++line) {
    const FailedRow* row = list.row_at(at);
    if (row != nullptr) draw_failed_row(frame, window, line, *row, places);
    if (at == list.place && (row == nullptr || list.item != row->key)) window.put(line, 0, "?", Role::KeyName);
    if (row == nullptr) window.put(line, 2, "..", Role::Dim);
  }
}

void draw_failed_about(const Frame& frame, Window& window) {
  const FailedState& list = frame.state.failed;
  const FailedRow* row = list.row_at(list.place);
  if (!list.item || !list.is_there || row == nullptr || row->key != *list.item) {
    draw_title(window, 0, "Item", "", false);
    if (list.item && list.count() > 0)
      window.put(
          1, 1,
          fmt::format("#{} of {} is not on the list any more", printable(list.item->id), printable(list.item->stage)),
          Role::Dim);
    return;
  }
  draw_title(window, 0,
             fmt::format("Item #{} of {}, {} byte{}", printable(row->key.id), printable(row->key.stage), row->bytes,
                         row->bytes == 1 ? "" : "s"),
             "", false);
  int line = 1;
  const auto put = [&](std::string_view what, std::string_view text, std::size_t most, Role role) {
    const auto parts = wrap(text, window.cols() - 8, most, window.charset());
    if (line < window.rows()) window.put(line, 1, what, Role::Dim);
    for (const std::string& part : parts)
      if (line < window.rows()) window.put(line++, 8, part, role);
  };
  put("item", row->item.empty() ? "\"\"" : printable(row->item), 2, Role::Text);
  if (row->now.state != "failed") put("now", describe_now(row->now), 1, Role::Text);
  if (!row->error.empty()) put("error", printable(row->error, kAboutBytes), 2, Role::Error);
  const int left = window.rows() - line;
  if (left <= 0) return;
  const auto lines = last_lines(row->standard_error, static_cast<std::size_t>(left));
  if (lines.empty()) return put("stderr", "it wrote nothing there", 1, Role::Dim);
  for (std::size_t i = 0; i < lines.size(); ++i)
    put(i == 0 ? "stderr" : "", cut_end(lines[i], window.cols() - 8, window.charset()), 1, Role::Text);
}

}  // namespace pooltop
