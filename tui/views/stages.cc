// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <string_view>

#include "engine/base/text.h"
#include "tui/state/stage_table.h"
#include "tui/views/figures.h"
#include "tui/views/panes.h"
#include "tui/views/row_painter.h"

namespace pooltop {
namespace {

constexpr int kLeastBar = 4;

// Where each column is; ends are exclusive, 0: the column is left out.
struct Columns {
  int name_cells = 8;
  int queue = 12;
  int bar_cells = 0;
  int depth_end = 0;
  int busy = 0;
  int in_end = 0;
  int out_end = 0;
  int fail_end = 0, retry_end = 0;
  int p50_end = 0, p99_end = 0;
  int share = 0;
  int spark = 0, spark_cells = 0;
  int state = 0;
};

int longest_name(const Snapshot& snapshot, Charset charset) {
  int longest = 0;
  for (const StageStatus& stage : snapshot.stages)
    longest = std::max(longest, cells_of(printable(stage.name), charset));
  return longest;
}

// Digits of the stage with the most workers.
int busy_digits(const Snapshot& snapshot) {
  std::uint32_t most = 0;
  for (const StageStatus& stage : snapshot.stages) most = std::max(most, stage.workers);
  return static_cast<int>(fmt::formatted_size("{}", most));
}

// Room to spare goes to names that need it, then to bars, curves and states. Many workers take theirs from the bar.
Columns columns_for(int cols, int longest, int digits) {
  Columns c;
  const bool narrow = cols < 80;
  const bool wide = cols >= 120;
  int spare = cols - (narrow ? 40 : wide ? 120 : 80);
  const int busy_more = 2 * (digits - 1);
  c.name_cells = narrow ? 6 : 8;
  const int names = std::clamp(longest - c.name_cells, 0, std::clamp(spare, 0, 24));
  c.name_cells += names;
  spare -= names;
  if (!narrow) c.bar_cells = (wide ? 12 : 8) + std::clamp(spare / 3, 0, 16) - busy_more;
  // A name says more than the bar's length does.
  const int from_bar = std::clamp(longest - c.name_cells, 0, std::max(0, c.bar_cells - kLeastBar));
  c.name_cells += from_bar;
  c.bar_cells -= from_bar;
  c.queue = 3 + c.name_cells + 1;
  if (narrow) {
    c.depth_end = c.queue + 7;
    c.busy = c.depth_end + 2;
    c.out_end = c.busy + 9 + busy_more;
    spare -= busy_more;
    c.state = c.out_end + 1;
    if (spare < 6) return c;
    c.fail_end = c.out_end + 6;
    c.state = c.fail_end + 1;
    if (spare < 18) return c;
    c.share = c.fail_end + 1;
    c.state = c.share + 12;
    return c;
  }
  c.depth_end = c.queue + c.bar_cells + 12;
  c.busy = c.depth_end + (wide ? 2 : 1);
  if (!wide) {
    c.out_end = c.busy + 15 + busy_more;
    c.fail_end = c.out_end + 5;
    c.share = c.fail_end + 2;
    c.state = c.share + 12;
    return c;
  }
  c.in_end = c.busy + 16 + busy_more;
  c.out_end = c.in_end + 8;
  c.fail_end = c.out_end + 6;
  c.retry_end = c.fail_end + 6;
  c.p50_end = c.retry_end + 7;
  c.p99_end = c.p50_end + 7;
  c.share = c.p99_end + 2;
  c.spark = c.share + 11;
  c.spark_cells = 10 + std::clamp(spare / 3, 0, 50);
  c.state = c.spark + c.spark_cells + 1;
  return c;
}

void draw_heads(Window& window, int row, const Columns& c) {
  window.clear(row, 0, window.cols(), Role::Columns);
  const auto left = [&](int col, std::string_view text) { window.put(row, col, text, Role::Columns); };
  const auto right = [&](int end, std::string_view text) {
    if (end > 0) left(end - static_cast<int>(text.size()), text);
  };
  left(1, "STAGE");
  if (c.bar_cells > 0) {
    left(c.queue, "QUEUE");
    right(c.depth_end, "DEPTH/CAP");
  } else {
    right(c.depth_end, "QUEUE");
  }
  left(c.busy, c.bar_cells > 0 ? "BUSY/N" : "BUSY");
  right(c.in_end, "IN/s");
  right(c.out_end, c.bar_cells > 0 ? "OUT/s" : "OUT");
  right(c.fail_end, "FAIL");
  right(c.retry_end, "RETRY");
  right(c.p50_end, "P50");
  right(c.p99_end, "P99");
  if (c.share > 0) left(c.share, "TIME 30s");
  if (c.spark > 0) left(c.spark, fmt::format("OUT/s {}s", c.spark_cells < 60 ? 60 : c.spark_cells));
  left(c.state, "STATE");
}

enum class Branch : std::uint8_t { None, Last, Middle };

// Whether the stage is one of several that take from the same one.
Branch branch_of(const Snapshot& snapshot, const StageStatus& stage) {
  std::size_t consumers = 0;
  const StageStatus* last = nullptr;
  for (const StageStatus& other : snapshot.stages) {
    if (std::find(other.from.begin(), other.from.end(), stage.from[0]) == other.from.end()) continue;
    ++consumers;
    last = &other;
  }
  return consumers < 2 ? Branch::None : last == &stage ? Branch::Last : Branch::Middle;
}

// How the stage hangs on the ones above it: a source, one of several consumers, or just the next one; of those after
// the next ones of a branch that is not the last.
std::string tree_mark(const Snapshot& snapshot, const StageStatus& stage, const Glyphs& glyphs) {
  if (stage.from.empty()) return "o ";
  if (stage.from.size() > 1) return "v ";
  if (const Branch branch = branch_of(snapshot, stage); branch != Branch::None)
    return std::string(branch == Branch::Last ? glyphs.last_branch : glyphs.branch) + ">";
  const StageStatus* above = find_stage(snapshot, stage.from[0]);
  for (std::size_t steps = 0; above != nullptr && above->from.size() == 1 && steps < snapshot.stages.size(); ++steps) {
    const Branch branch = branch_of(snapshot, *above);
    if (branch != Branch::None) return branch == Branch::Middle ? std::string(glyphs.vertical) + "v" : "v ";
    above = find_stage(snapshot, above->from[0]);
  }
  return "v ";
}

struct Marked {
  std::string text;
  Role role = Role::Text;
};

Marked state_of(const Frame& frame, const StageStatus& stage, int cells) {
  const bool roomy = cells >= 12;
  if (const auto pending = pending_word(frame.state, stage); !pending.empty())
    return {std::string(pending), Role::Message};
  if (stage.state == StageState::Failed) return {"FAILED x", Role::Error};
  if (is_paused(stage)) {
    const auto seconds = paused_seconds(stage, frame.snapshot);
    return {roomy && seconds ? fmt::format("PAUSED {} =", brief_text(*seconds)) : "PAUSED =", Role::Paused};
  }
  if (is_held(stage)) return {"held =", Role::Paused};
  if (is_stalled(stage)) return {"STALLED", Role::Error};
  if (is_alive(frame.snapshot.state) && frame.snapshot.limit && frame.snapshot.limit->stage == stage.name)
    return {roomy ? "BOTTLENECK" : "LIMIT", Role::Warning};
  if (stage.state == StageState::Running && stage.time_share.blocked >= 0.5)
    return {roomy ? "blocked %" : "blocked%", Role::Blocked};
  if (stage.state == StageState::Done) return {"done", Role::Good};
  return {std::string(name_of(stage.state)), Role::Text};
}

// "5/8 =1!1": busy of all, then how many are paused, slow, dead.
Marked busy_of(const Snapshot& snapshot, const StageStatus& stage, bool with_marks) {
  Marked out{fmt::format("{}/{}", stage.busy, stage.workers), Role::Text};
  if (!with_marks) return out;
  int slow = 0;
  int dead = 0;
  for (const WorkerStatus& worker : snapshot.workers) {
    if (worker.stage != stage.name) continue;
    slow += is_slow(worker, snapshot) ? 1 : 0;
    dead += !is_alive(worker.state) && worker.state != WorkerState::Backoff && !ended_well(worker) ? 1 : 0;
  }
  std::string marks;
  if (stage.paused > 0) marks += fmt::format("={}", stage.paused);
  if (slow > 0) marks += fmt::format("!{}", slow);
  if (dead > 0) marks += fmt::format("x{}", dead);
  if (marks.empty()) return out;
  return {out.text + " " + marks, slow + dead > 0 ? Role::Warning : Role::Paused};
}

void draw_queue(RowPainter& row, const Columns& c, const StageStatus& stage, const Glyphs& glyphs) {
  if (!stage.queue) {
    row.left(c.queue, stage.kind.empty() ? "source" : printable(stage.kind), Role::Dim);
    if (c.bar_cells > 0) row.right(c.depth_end, "-", Role::Dim);
    return;
  }
  const bool full = stage.queue->depth >= stage.queue->capacity;
  const Role role = full ? Role::BarFull : Role::BarPart;
  if (c.bar_cells > 0) {
    int col = row.left(c.queue, "[");
    col = row.left(col, bar_text(stage.queue->depth, stage.queue->capacity, c.bar_cells, glyphs), role);
    row.left(col, "]");
  } else {
    row.left(c.depth_end, level_text(stage.queue->depth, stage.queue->capacity, glyphs), role);
  }
  row.right(c.depth_end, short_count_text(stage.queue->depth) + "/" + short_count_text(stage.queue->capacity),
            full ? Role::BarFull : Role::Text);
}

// Seconds of the last minute, put together so that they fill the cells.
std::vector<double> minute(const History& history, std::size_t stage, int cells) {
  const auto width = static_cast<std::size_t>(cells);
  const std::size_t span = std::max<std::size_t>(60, width);
  const std::vector<double> rates = history.stage_rates(stage, span);
  const std::size_t per_cell = span / width;
  std::vector<double> out;
  for (std::size_t end = rates.size(); end > 0 && out.size() < width; end -= std::min(per_cell, end)) {
    const std::size_t begin = end - std::min(per_cell, end);
    double sum = 0;
    for (std::size_t i = begin; i < end; ++i) sum += rates[i];
    out.push_back(sum / static_cast<double>(end - begin));
  }
  std::reverse(out.begin(), out.end());
  return out;
}

void draw_stage(const Frame& frame, Window& window, int line, const StageStatus& stage, const Columns& c) {
  const bool cursor = stage.name == frame.state.stage;
  window.line_stands_for(line, StageTarget{stage.name});
  RowPainter row(window, line, cursor && frame.state.pane == Pane::Stages);
  if (cursor) row.left(0, ">", Role::KeyName);
  row.left(1, tree_mark(frame.snapshot, stage, window.glyphs()), Role::Dim);
  row.name(3, c.name_cells, printable(stage.name));
  draw_queue(row, c, stage, window.glyphs());
  const Marked busy = busy_of(frame.snapshot, stage, c.bar_cells > 0);
  const int rate_end = c.in_end > 0 ? c.in_end : c.out_end;
  row.left(c.busy, cut_end(busy.text, rate_end - c.busy - 6, window.charset()), busy.role);
  const bool source = stage.from.empty();
  const auto count = [&](int end, std::uint64_t value, Role role) {
    if (end > 0) row.right(end, source ? "-" : count_text(value), !source && value > 0 ? role : Role::Text);
  };
  if (c.in_end > 0) row.right(c.in_end, source ? "-" : rate_text(stage.in_rate_per_s));
  if (c.bar_cells > 0)
    row.right(c.out_end, rate_text(stage.rate_per_s));
  else
    row.right(c.out_end, short_count_text(static_cast<std::uint64_t>(std::max(stage.rate_per_s, 0.0) + 0.5)) + "/s");
  count(c.fail_end, stage.failed, Role::Error);
  count(c.retry_end, stage.retried, Role::Warning);
  if (c.p50_end > 0) row.right(c.p50_end, source ? "-" : latency_text(stage.latency.p50_s));
  if (c.p99_end > 0) row.right(c.p99_end, source ? "-" : latency_text(stage.latency.p99_s));
  if (c.share > 0) row.left(c.share, share_text(stage.time_share));
  if (c.spark > 0) {
    const auto rates = minute(frame.state.history, *stage_index(frame.snapshot, stage.name), c.spark_cells);
    row.left(c.spark, spark_text(rates, c.spark_cells, graph_top(rates), window.glyphs()), Role::Graph);
  }
  const Marked state = state_of(frame, stage, window.cols() - c.state);
  const int end = row.left(c.state, state.text, state.role);
  if (c.fail_end == 0 && stage.failed > 0) row.left(end + 1, "x" + short_count_text(stage.failed), Role::Error);
}

}  // namespace

void draw_stages(const Frame& frame, Window& window) {
  const Snapshot& snapshot = frame.snapshot;
  const Columns columns = columns_for(window.cols(), longest_name(snapshot, window.charset()), busy_digits(snapshot));
  const auto rows = stages_in_flow(snapshot);
  int line = 0;
  if (frame.layout.titles) {
    const bool wide = window.cols() >= 120;
    const auto shown = static_cast<std::size_t>(frame.layout.stage_rows());
    const std::size_t first = frame.state.stage_top;
    const std::size_t count = rows.size();
    const std::string part =
        shown < count ? fmt::format(" {}-{}/{}", first + 1, std::min(count, first + shown), count) : "";
    draw_title(window, line++,
               fmt::format("[{}] Pipeline{}", frame.state.bindings.key_of(Action::ScreenPipeline), part),
               wide ? "TIME 30s: # busy . waiting for input % blocked on output = paused ~ backoff"
                    : "TIME: # busy . wait % blocked = paused ~ backoff",
               frame.state.pane == Pane::Stages);
  }
  if (frame.layout.heads) draw_heads(window, line++, columns);
  for (std::size_t i = frame.state.stage_top; i < rows.size() && line < window.rows(); ++i)
    draw_stage(frame, window, line++, *rows[i], columns);
}

}  // namespace pooltop
