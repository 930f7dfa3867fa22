// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <string>
#include <string_view>

#include "engine/base/text.h"
#include "engine/base/units.h"
#include "tui/state/stage_table.h"
#include "tui/views/figures.h"
#include "tui/views/panes.h"
#include "tui/views/row_painter.h"

namespace pooltop {
namespace {

// Where each column of the queues is; ends are exclusive, 0: the column is left out.
struct QueuePlaces {
  int name_cells = 8;
  int bar = 0, bar_cells = 0;
  int depth_end = 0, high_end = 0, oldest_end = 0, work_end = 0, bytes_end = 0, in_end = 0, out_end = 0;
  int trend = 0;
};

QueuePlaces queue_places(int cols, const Snapshot& snapshot, Charset charset) {
  int longest = 0;
  for (const StageStatus& stage : snapshot.stages)
    longest = std::max(longest, cells_of(printable(stage.name), charset));
  QueuePlaces p;
  int spare = std::max(0, cols - (cols < 80 ? 40 : cols < 120 ? 80 : 120));
  p.name_cells = 8 + std::clamp(longest - 8, 0, std::min(spare, 24));
  if (cols < 80) {
    p.bar = 2 + p.name_cells;
    p.depth_end = p.bar + 11;
    p.oldest_end = p.depth_end + 6;
    p.trend = p.oldest_end + 1;
    return p;
  }
  const bool wide = cols >= 120;
  spare -= p.name_cells - 8;
  p.bar_cells = (wide ? 14 : 8) + std::min(spare / 2, 30);
  p.bar = 2 + p.name_cells;
  p.depth_end = p.bar + p.bar_cells + 2 + 10;
  p.high_end = p.depth_end + 6;
  p.oldest_end = p.high_end + 8;
  int end = p.oldest_end;
  if (wide) {
    p.work_end = end + 9;
    p.bytes_end = p.work_end + 7;
    end = p.bytes_end;
  }
  p.in_end = end + 7;
  p.out_end = p.in_end + 7;
  p.trend = p.out_end + 2;
  return p;
}

void draw_queue_heads(Window& window, int row, const QueuePlaces& p) {
  window.clear(row, 0, window.cols(), Role::Columns);
  const auto left = [&](int col, std::string_view text) { window.put(row, col, text, Role::Columns); };
  const auto right = [&](int end, std::string_view text) {
    if (end > 0) left(end - static_cast<int>(text.size()), text);
  };
  left(1, "BEFORE");
  if (p.bar_cells > 0) left(p.bar, "QUEUE");
  right(p.depth_end, "DEPTH/CAP");
  right(p.high_end, "HIGH");
  right(p.oldest_end, p.high_end > 0 ? "OLDEST" : "OLD");
  right(p.work_end, "IN WORK");
  right(p.bytes_end, "BYTES");
  right(p.in_end, "IN/s");
  right(p.out_end, "OUT/s");
  left(p.trend, "TREND");
}

struct Trend {
  std::string text;
  Role role = Role::Text;
};

// Where the depth goes at the rates of the last ten seconds.
Trend trend_of(const StageStatus& stage, std::optional<double> taken) {
  const QueueStatus& queue = *stage.queue;
  if (stage.state == StageState::Done) return {"done", Role::Good};
  if (is_stalled(stage)) return {"STALLED", Role::Error};
  if (queue.depth >= queue.capacity) return {"full", Role::BarFull};
  if (queue.depth == 0) return {queue.closed ? "empty, closed" : "empty", Role::Dim};
  if (!taken) return {"-", Role::Dim};
  const double change = stage.in_rate_per_s - *taken;
  if (std::abs(change) < std::max(0.1, 0.02 * std::max(*taken, stage.in_rate_per_s))) return {"steady", Role::Text};
  const double left = change > 0 ? static_cast<double>(queue.capacity - queue.depth) : static_cast<double>(queue.depth);
  const bool is_paused = stage.state == StageState::Paused;
  return {
      fmt::format("{}{}{}", change > 0 ? "full" : "empty", is_paused ? " " : " in ", eta_text(left / std::abs(change))),
      change > 0 ? Role::Warning : Role::Text};
}

void draw_queue_row(const Frame& frame, Window& window, int line, const StageStatus& stage, const QueuePlaces& p) {
  const QueueStatus& queue = *stage.queue;
  const bool cursor = stage.name == frame.state.stage;
  window.line_stands_for(line, StageTarget{stage.name});
  RowPainter row(window, line, cursor && frame.state.pane == Pane::Stages);
  if (cursor) row.left(0, ">", Role::KeyName);
  row.name(1, p.name_cells, printable(stage.name));
  const bool full = queue.depth >= queue.capacity;
  const Role role = full ? Role::BarFull : Role::BarPart;
  if (p.bar_cells > 0) {
    int col = row.left(p.bar, "[");
    col = row.left(col, bar_text(queue.depth, queue.capacity, p.bar_cells, window.glyphs()), role);
    row.left(col, "]");
  } else {
    row.left(p.bar, level_text(queue.depth, queue.capacity, window.glyphs()), role);
  }
  row.right(p.depth_end, short_count_text(queue.depth) + "/" + short_count_text(queue.capacity),
            full ? Role::BarFull : Role::Text);
  if (p.high_end > 0)
    row.right(p.high_end, short_count_text(queue.high_water),
              queue.high_water >= queue.capacity ? Role::Warning : Role::Text);
  row.right(p.oldest_end, queue.depth == 0 ? "-" : format_short(queue.oldest_age_s));
  if (p.work_end > 0) row.right(p.work_end, short_count_text(queue.in_flight));
  if (p.bytes_end > 0) row.right(p.bytes_end, format_bytes(queue.bytes));
  const auto index = stage_index(frame.snapshot, stage.name);
  const auto taken = index ? frame.state.history.taken_rate(*index, 10) : std::nullopt;
  if (p.in_end > 0) {
    row.right(p.in_end, rate_text(stage.in_rate_per_s));
    row.right(p.out_end, taken ? rate_text(*taken) : "-");
  }
  const Trend trend = trend_of(stage, taken);
  int col = p.trend;
  if (stage.state == StageState::Paused) col = row.left(col, "PAUSED", Role::Paused) + 1;
  row.left(col, trend.text, trend.role);
}

std::string nothing_to_show(const Frame& frame) {
  const QueueState& queue = frame.state.queue;
  if (frame.state.replay) return "a recording has no items";
  if (!is_alive(frame.snapshot.state)) return "the run has ended: nothing waits";
  if (!queue.refused.empty()) return "no look into it: " + printable(queue.refused);
  return queue.now ? "no item waits here" : "looking ..";
}

}  // namespace

void draw_queues(const Frame& frame, Window& window) {
  const auto rows = shown_stages(frame.state, frame.snapshot);
  const QueuePlaces places = queue_places(window.cols(), frame.snapshot, window.charset());
  int line = 0;
  if (frame.layout.titles)
    draw_title(window, line++,
               fmt::format("[{}] Queues ({})", frame.state.bindings.key_of(Action::ScreenQueues), rows.size()),
               "IN/s, OUT/s and TREND: of the last 10 s", frame.state.pane == Pane::Stages);
  if (frame.layout.heads) draw_queue_heads(window, line++, places);
  for (std::size_t i = frame.state.stage_top; i < rows.size() && line < window.rows(); ++i)
    draw_queue_row(frame, window, line++, *rows[i], places);
}

void draw_peek(const Frame& frame, Window& window) {
  const QueueState& queue = frame.state.queue;
  const bool focus = frame.state.pane == Pane::Items;
  const std::size_t count = queue.now ? queue.now->items.size() : 0;
  const std::string of =
      count == 0 ? "" : fmt::format(" ({} of {})", count, std::max<std::uint64_t>(queue.now->depth, count));
  draw_title(window, 0, fmt::format("First items before {}{}", printable(frame.state.stage), of),
             count > 0 && !focus ? "Enter goes to them" : "", focus);
  int line = 1;
  if (frame.layout.heads) {
    window.clear(line, 0, window.cols(), Role::Columns);
    window.put(line++, 0, fmt::format("{:>10} {:>6} {:>6}  {}", "ID", "AGE", "BYTES", "ITEM"), Role::Columns);
  }
  if (count == 0) {
    if (line < window.rows()) window.put(line, 1, nothing_to_show(frame), Role::Dim);
    return;
  }
  bool cursor_seen = false;
  for (std::size_t i = queue.top; i < count && line < window.rows(); ++i, ++line) {
    const PeekedItem& item = queue.now->items[i];
    const bool cursor = focus && queue.item && queue.item->id == item.id;
    cursor_seen = cursor_seen || cursor;
    window.line_stands_for(line, ItemTarget{{queue.stage, item.id}});
    RowPainter row(window, line, cursor);
    if (cursor) row.left(0, ">", Role::KeyName);
    row.right(10, cut_middle("#" + printable(item.id), 9, window.charset()));
    row.right(17, format_short(item.age_s));
    row.right(24, format_bytes(item.bytes));
    const std::string text = item.item.empty() ? "\"\"" : printable(item.item);
    row.name(26, window.cols() - 26, skip_cells(text, frame.state.item_left, window.charset()));
  }
  const int place = 1 + (frame.layout.heads ? 1 : 0) + static_cast<int>(std::min(queue.place, count - 1) - queue.top);
  if (focus && !cursor_seen && place < window.rows()) window.put(place, 0, "?", Role::KeyName);
}

}  // namespace pooltop
