// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <string>
#include <utility>
#include <vector>

#include "engine/base/text.h"
#include "engine/base/units.h"
#include "tui/views/figures.h"
#include "tui/views/panes.h"
#include "tui/views/text_fit.h"

namespace pooltop {
namespace {

constexpr int kValue = 8;  // where values begin

using Line = std::pair<std::string_view, std::string>;  // what, and its value

std::string state_line(const WorkerStatus& worker, const StageStatus* stage) {
  std::string text = fmt::format("{} {}", name_of(worker.state), format_short(worker.state_since_s));
  if (is_slow(worker, stage))
    text += fmt::format("  SLOW (p99 of {} is {})", printable(worker.stage),
                        latency_text(stage ? stage->latency.p99_s : 0));
  text += fmt::format("    cpu {:.1f}%  rss {}", worker.cpu_percent, format_bytes(worker.rss_bytes));
  if (worker.child_pid) text += fmt::format("  child {}", *worker.child_pid);
  return text;
}

std::vector<Line> lines_of(const WorkerStatus& worker, const StageStatus* stage) {
  std::vector<Line> lines;
  lines.emplace_back("state", state_line(worker, stage));
  if (worker.item_id) {
    lines.emplace_back("item", fmt::format("#{}  for {}  try {}/{}", printable(*worker.item_id),
                                           format_short(worker.item_elapsed_s), worker.attempt, worker.max_attempts));
    const std::string item = printable(worker.item.value_or(""));
    lines.emplace_back("", item.empty() ? "\"\"" : item);
  } else {
    lines.emplace_back("item", "none in work");
  }
  lines.emplace_back("items",
                     fmt::format("{} done  {}/s over 10s  {} failed {}", worker.done, rate_text(worker.rate_per_s),
                                 worker.failed, worker.failed == 1 ? "try" : "tries"));
  if (stage)
    lines.emplace_back("stage", fmt::format("p50 {}  p99 {}  of its last 1000 items",
                                            latency_text(stage->latency.p50_s), latency_text(stage->latency.p99_s)));
  lines.emplace_back("start", fmt::format("{}  {} restart{} of this slot", printable(worker.started_at),
                                          worker.restarts, worker.restarts == 1 ? "" : "s"));
  if (worker.last_exit)
    lines.emplace_back("before", fmt::format("the slot's last process: {}", exit_text(*worker.last_exit)));
  return lines;
}

}  // namespace

void draw_detail(const Frame& frame, Window& window) {
  const WorkerStatus* worker = frame.state.worker ? find_worker(frame.snapshot, *frame.state.worker) : nullptr;
  if (!worker) {
    draw_title(window, 0, "Worker", "Esc back", true);
    window.put(1, 1, "This process is gone: Up and Down go to its neighbours, Esc goes back.", Role::Warning);
    return;
  }
  draw_title(window, 0, fmt::format("Worker {}  {} slot {}", worker->pid, printable(worker->stage), worker->slot),
             "Esc back", true);
  const StageStatus* stage = find_stage(frame.snapshot, worker->stage);
  const std::vector<Line> lines = lines_of(*worker, stage);
  // A long item takes the lines that the others leave.
  const auto room = static_cast<std::size_t>(std::max(2, window.rows() - static_cast<int>(lines.size())));
  int row = 1;
  for (const auto& [what, value] : lines) {
    const Role role = row == 1 && is_slow(*worker, stage) ? Role::Warning : Role::Text;
    std::string_view text = value;
    if (what.empty()) text = skip_cells(text, frame.state.item_left, window.charset());
    window.put(row, 1, what, Role::Dim);
    for (const std::string& part : wrap(text, window.cols() - kValue, what.empty() ? room : 2, window.charset())) {
      if (row >= window.rows()) return;
      window.put(row++, kValue, part, role);
    }
  }
}

}  // namespace pooltop
