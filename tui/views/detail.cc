// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/base/text.h"
#include "engine/base/units.h"
#include "tui/views/figures.h"
#include "tui/views/panes.h"
#include "tui/views/text_fit.h"

namespace pooltop {
namespace {

constexpr int kDetailValue = 8;    // where values begin
constexpr std::size_t kTries = 2;  // the last ones of those before

struct DetailLine {
  std::string what;
  std::string text;
  Role role = Role::Text;
  bool scrolls = false;       ///< by the columns that ITEM is scrolled by
  std::size_t most_rows = 2;  ///< where it is too long for one, and the others leave room
};

/// What the engine's last look at this worker found; nullptr before there was one.
const Inspection* look_at(const Frame& frame, const WorkerStatus& worker) {
  const InspectState& inspect = frame.state.inspect;
  const bool is_its = inspect.now && inspect.worker && *inspect.worker == key_of(worker);
  return is_its ? &*inspect.now : nullptr;
}

std::string ordinal(std::uint64_t number) {
  const std::uint64_t tens = number % 100;
  const std::uint64_t ones = number % 10;
  const bool is_teen = tens >= 11 && tens <= 13;
  return fmt::format("{}{}", number, is_teen ? "th" : ones == 1 ? "st" : ones == 2 ? "nd" : ones == 3 ? "rd" : "th");
}

DetailLine state_line(const Frame& frame, const WorkerStatus& worker) {
  const StageStatus* const stage = find_stage(frame.snapshot, worker.stage);
  const bool slow = stage != nullptr && is_slow(worker, frame.snapshot);
  const bool on_item = worker.item_id && worker.state != WorkerState::Paused;
  std::string text =
      fmt::format("{} {}", name_of(worker.state), format_short(on_item ? worker.item_elapsed_s : worker.state_since_s));
  if (worker.state == WorkerState::Paused) text += paused_by_text(frame.state, worker.paused_by);
  if (slow) text += fmt::format("  SLOW (p99 of {} {})", printable(worker.stage), latency_text(stage->latency.p99_s));
  text += fmt::format("    cpu {:.1f}%  rss {}", worker.cpu_percent, format_bytes(worker.rss_bytes));
  if (worker.child_pid) text += fmt::format("  child {}", *worker.child_pid);
  return {"state", std::move(text), slow ? Role::Warning : Role::Text};
}

void add_item(const WorkerStatus& worker, const Inspection* look, std::vector<DetailLine>& out) {
  if (!worker.item_id) return out.push_back({"item", "none in work"});
  std::string text = fmt::format("#{}  try {}/{}", printable(*worker.item_id), worker.attempt, worker.max_attempts);
  const bool is_same = look && look->item && look->item->id == *worker.item_id;
  if (is_same)
    text += fmt::format("  {} byte{}  from {} {} ago", look->item->bytes, look->item->bytes == 1 ? "" : "s",
                        printable(look->item->source), format_short(look->item->queued_s));
  out.push_back({"item", std::move(text)});
  out.push_back({"", fmt::format("\"{}\"", printable(worker.item.value_or(""))), Role::Text, true});
  if (!is_same) return;
  const auto& tries = look->item->attempts;
  for (std::size_t i = tries.size() > kTries ? tries.size() - kTries : 0; i < tries.size(); ++i) {
    const InspectedAttempt& attempt = tries[i];
    ExitStatus end{attempt.exit, attempt.signal, ""};
    const std::string how = attempt.exit || attempt.signal ? exit_text(end) : printable(attempt.error, 100);
    // Its last line says most.
    std::string said = attempt.standard_error;
    while (said.ends_with("\\n")) said.resize(said.size() - 2);
    if (const auto last = said.rfind("\\n"); last != std::string::npos) said.erase(0, last + 2);
    out.push_back({fmt::format("try {}", i + 1),
                   fmt::format("{} after {}{}", how, latency_text(attempt.elapsed_s),
                               said.empty() ? "" : "   stderr: " + printable(said)),
                   Role::Error});
  }
}

std::string percent(double share) { return fmt::format("{:.0f}%", 100 * share); }

void add_figures(const WorkerStatus& worker, const Inspection* look, const StageStatus* stage,
                 std::vector<DetailLine>& out) {
  std::string items = fmt::format("{} done  {}/s over 10s   {} failed {}", worker.done, rate_text(worker.rate_per_s),
                                  worker.failed, worker.failed == 1 ? "try" : "tries");
  if (look) {
    out.push_back({"time", fmt::format("busy {}  waiting {}  blocked {}  paused {}       alive {}",
                                       percent(look->time_share.busy), percent(look->time_share.wait),
                                       percent(look->time_share.blocked), percent(look->time_share.paused),
                                       format_elapsed(look->alive_s))});
    if (look->largest_s > 0)
      items += fmt::format("   p50 {}  p99 {}  max {}", latency_text(look->latency.p50_s),
                           latency_text(look->latency.p99_s), latency_text(look->largest_s));
  }
  out.push_back({"items", std::move(items)});
  if (look || !stage) return;
  out.push_back({"stage", fmt::format("p50 {}  p99 {}  of its last 1000 items", latency_text(stage->latency.p50_s),
                                      latency_text(stage->latency.p99_s))});
}

/// The program that works for it, else the worker itself.
void add_program(const Inspection& look, std::vector<DetailLine>& out) {
  if (look.processes.empty()) return;
  const pid_t wanted = look.worker.child_pid.value_or(0);
  const auto found = std::ranges::find(look.processes, wanted, &InspectedProcess::pid);
  const InspectedProcess& process = found != look.processes.end() ? *found : look.processes.front();
  std::string argv;
  for (const std::string& word : process.argv) argv += (argv.empty() ? "" : " ") + word;
  if (found == look.processes.end()) argv = "the worker itself does it";
  out.push_back({"argv", printable(argv)});
  out.push_back({"", fmt::format("cwd {}  nice {}", printable(process.cwd), process.nice), Role::Dim});
}

std::vector<DetailLine> lines_of(const Frame& frame, const WorkerStatus& worker) {
  const StageStatus* const stage = find_stage(frame.snapshot, worker.stage);
  const Inspection* const look = look_at(frame, worker);
  std::vector<DetailLine> lines{state_line(frame, worker)};
  if (look) lines.push_back({"is at", printable(look->text), Role::Header});
  add_item(worker, look, lines);
  add_figures(worker, look, stage, lines);
  if (look)
    add_program(*look, lines);
  else
    lines.push_back({"start", fmt::format("{}  {} restart{} of this slot", printable(worker.started_at),
                                          worker.restarts, worker.restarts == 1 ? "" : "s")});
  if (worker.last_exit)
    lines.push_back({"before", fmt::format("the slot's last process: {}", exit_text(*worker.last_exit))});
  return lines;
}

/// How many rows each line gets: one, and more for the long ones as far as the others leave any.
std::vector<std::vector<std::string>> laid_out(const Frame& frame, const std::vector<DetailLine>& lines,
                                               const Window& window) {
  std::size_t spare = static_cast<std::size_t>(std::max(0, window.rows() - 1 - static_cast<int>(lines.size())));
  std::vector<std::vector<std::string>> out;
  for (const DetailLine& line : lines) {
    std::string_view text = line.text;
    if (line.scrolls) text = skip_cells(text, frame.state.item_left, window.charset());
    const std::size_t most = 1 + std::min(spare, line.scrolls ? spare : line.most_rows - 1);
    out.push_back(wrap(text, window.cols() - kDetailValue, most, window.charset()));
    if (out.back().empty()) out.back().emplace_back();
    spare -= std::min(spare, out.back().size() - 1);
  }
  return out;
}

}  // namespace

void draw_detail(const Frame& frame, Window& window) {
  window.stand_for(0, 0, window.rows(), window.cols(), {});
  const WorkerStatus* worker = frame.state.worker ? find_worker(frame.snapshot, *frame.state.worker) : nullptr;
  if (!worker) {
    draw_title(window, 0, "Worker", "Esc back", true);
    window.put(1, 1, "This process is gone: Up and Down go to its neighbours, Esc goes back.", Role::Warning);
    return;
  }
  const Inspection* const look = look_at(frame, *worker);
  const std::string number = look ? fmt::format("  {} process of this slot", ordinal(look->process_number)) : "";
  draw_title(window, 0,
             fmt::format("Worker {}  {} slot {}{}", worker->pid, printable(worker->stage), worker->slot, number),
             "Esc back", true);
  const std::vector<DetailLine> lines = lines_of(frame, *worker);
  const auto parts = laid_out(frame, lines, window);
  int row = 1;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (row < window.rows()) window.put(row, 1, lines[i].what, Role::Dim);
    for (const std::string& part : parts[i]) {
      if (row >= window.rows()) return;
      window.put(row++, kDetailValue, part, lines[i].role);
    }
  }
}

}  // namespace pooltop
