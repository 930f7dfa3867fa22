// SPDX-License-Identifier: MIT
#include "tui/views/summary.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/base/text.h"
#include "engine/base/units.h"
#include "tui/views/figures.h"
#include "tui/views/panes.h"
#include "tui/views/text_fit.h"

namespace pooltop {
namespace {

constexpr std::size_t kMostStages = 8;
constexpr std::size_t kMostReasons = 2;

std::string verdict(const Snapshot& last) {
  const ItemCounts& items = last.items;
  const std::string of = items.total ? fmt::format(" of {}", *items.total) : "";
  std::string text = fmt::format("pooltop {}: {}, ", printable(last.run), name_of(last.state));
  if (items.failed > 0)
    text += fmt::format("{}{} failed", items.failed, of);
  else
    text += fmt::format("{}{} item{} done", items.done, of, items.done == 1 && !items.total ? "" : "s");
  const bool incomplete = items.total && items.done + items.failed < *items.total;
  if (incomplete && items.failed > 0) text += fmt::format(", {} done", items.done);
  return text;
}

std::string waited_on(const TimeShare& share) {
  const double most = std::max({share.wait, share.blocked, share.paused, share.backoff});
  if (most < 0.1) return "-";
  const char* what = most == share.wait      ? "input"
                     : most == share.blocked ? "output"
                     : most == share.paused  ? "paused"
                                             : "backoff";
  return fmt::format("{} {:.0f}%", what, most * 100);
}

// SummaryWidths of the columns that hold counts: no count is shortened here.
struct SummaryWidths {
  int name = 5;
  std::size_t in = 5, out = 5, failed = 6, retried = 5, restarts = 7;
};

SummaryWidths widths_of(const Snapshot& last) {
  SummaryWidths w;
  const auto widen = [](std::size_t& width, std::uint64_t value) {
    width = std::max(width, fmt::formatted_size("{}", value));
  };
  for (const StageStatus& stage : last.stages) {
    w.name = std::max(w.name, std::min(20, cells_of(printable(stage.name), Charset::Utf8)));
    widen(w.in, stage.in);
    widen(w.out, stage.out);
    widen(w.failed, stage.failed);
    widen(w.retried, stage.retried);
    widen(w.restarts, stage.restarts);
  }
  return w;
}

std::string stage_line(const StageStatus& stage, const SummaryWidths& w, bool limit) {
  const std::string name = cut_middle(printable(stage.name), w.name, Charset::Utf8);
  const int pad = std::max(w.name - cells_of(name, Charset::Utf8), 0);
  const bool source = stage.from.empty();  // nothing comes in, so nothing takes time there
  const auto if_work = [source](std::string text) { return source ? "-" : text; };
  return fmt::format("  {}{:{}} {:>{}} {:>{}} {:>{}} {:>{}} {:>{}} {:>5} {:>5} {:>4}  {}{}", name, "", pad,
                     if_work(fmt::format("{}", stage.in)), w.in, stage.out, w.out, stage.failed, w.failed,
                     stage.retried, w.retried, stage.restarts, w.restarts, if_work(latency_text(stage.latency.p50_s)),
                     if_work(latency_text(stage.latency.p99_s)), fmt::format("{:.0f}%", stage.time_share.busy * 100),
                     waited_on(stage.time_share), limit ? " <-limit" : "");
}

// Why a run failed, in the engine's words.
void add_reasons(const Snapshot& last, std::vector<std::string>& lines) {
  if (last.state != RunState::Failed) return;
  for (const Problem& problem : last.problems)
    if (problem.severity == "error" && lines.size() <= kMostReasons)
      lines.push_back(fmt::format("  {}: {}", printable(problem.stage), printable(problem.text)));
}

void add_stages(const Snapshot& last, std::size_t most, std::vector<std::string>& lines) {
  if (last.stages.empty()) return;
  const SummaryWidths w = widths_of(last);
  lines.push_back(fmt::format("  {:<{}} {:>{}} {:>{}} {:>{}} {:>{}} {:>{}} {:>5} {:>5} {:>4}  {}", "stage", w.name,
                              "in", w.in, "out", w.out, "failed", w.failed, "retry", w.retried, "restart", w.restarts,
                              "p50", "p99", "busy", "waited on"));
  const std::string limit = last.limit ? last.limit->stage : "";
  const std::size_t shown = last.stages.size() <= most ? last.stages.size() : most - 1;
  for (std::size_t i = 0; i < shown; ++i) lines.push_back(stage_line(last.stages[i], w, last.stages[i].name == limit));
  if (shown < last.stages.size()) lines.push_back(fmt::format("  and {} stages more", last.stages.size() - shown));
}

// Of a run that was resumed, `items` counts what was done before too; the time does not.
std::uint64_t items_of_this_life(const Snapshot& last) {
  std::uint64_t handed_over = 0;
  for (const StageStatus& stage : last.stages)
    if (stage.kind == "source") handed_over += stage.out;
  return std::min(last.items.done + last.items.failed, handed_over);
}

}  // namespace

std::vector<std::string> summary_lines(const Snapshot& last, const SummaryFiles& files, int width) {
  std::vector<std::string> lines;
  std::size_t whole = 1;  // the first lines, and those with paths, are not cut: the terminal goes on in the next line
  std::string first = verdict(last);
  if (is_alive(last.state)) {
    lines.push_back(first + fmt::format(", {} so far", format_elapsed(last.elapsed_s)));
    lines.push_back(fmt::format("  the run goes on; watch it: pooltop attach {}", printable(last.run)));
  } else {
    const double rate = last.elapsed_s > 0 ? static_cast<double>(items_of_this_life(last)) / last.elapsed_s : 0;
    std::string right = fmt::format("{}   {}/s", format_elapsed(last.elapsed_s), rate_text(rate));
    if (last.exit_status) right += fmt::format("   exit {}", *last.exit_status);
    lines.push_back(fmt::format("{:<48}{}", first + "  ", right));
    add_reasons(last, lines);
    whole = lines.size();
    const bool names_one = last.items.failed > 0 && !files.first_failed.empty();
    add_stages(last, kMostStages - (whole - 1) - (files.recording ? 1 : 0) - (names_one ? 1 : 0), lines);
    if (names_one) {
      const std::string more = last.items.failed > 1 ? fmt::format("   + {} more", last.items.failed - 1) : "";
      const int room = width - static_cast<int>(more.size()) - 10;
      lines.push_back(fmt::format("  failed: {}{}", cut_end(printable(files.first_failed), room, Charset::Utf8), more));
    }
    if (last.items.failed > 0 && !files.failed.empty())
      lines.push_back(fmt::format("  failed items (pooltop failed --retry): {}", printable(files.failed)));
    if (files.recording) lines.push_back(fmt::format("  how it went: pooltop replay {}", printable(last.run)));
    if (!files.results.empty()) lines.push_back(fmt::format("  results: {}", printable(files.results)));
  }
  for (std::size_t i = 0; i < lines.size(); ++i) {
    std::string& line = lines[i];
    if (i >= whole && !line.starts_with("  failed items") && !line.starts_with("  results"))
      line = std::string(cut_end(line, width, Charset::Utf8));
    line.erase(line.find_last_not_of(' ') + 1);
  }
  return lines;
}

std::string summary(const Snapshot& last, const SummaryFiles& files) {
  std::string text;
  for (const std::string& line : summary_lines(last, files)) text += line + '\n';
  return text;
}

void draw_verdict(const Frame& frame, Window& window) {
  const Snapshot& last = frame.snapshot;
  draw_title(window, 0, "Verdict", "", frame.state.pane == Pane::Workers);
  const bool bad = last.exit_status.value_or(0) != 0 || last.state == RunState::Failed;
  int row = 1;
  for (const std::string& line : summary_lines(last, {frame.state.failed_file, ""}, std::max(window.cols(), 20))) {
    const Role role = row > 1 ? Role::Text : bad ? Role::Error : Role::Good;
    for (const std::string& part : wrap(line, window.cols(), 3, window.charset())) {
      if (row >= window.rows()) return;
      window.put(row++, 0, part, role);
    }
  }
}

}  // namespace pooltop
