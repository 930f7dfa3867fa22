// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/base/text.h"
#include "tui/keys/key_table.h"
#include "tui/state/problems.h"
#include "tui/state/rows.h"
#include "tui/views/panes.h"
#include "tui/views/text_fit.h"

namespace pooltop {
namespace {

constexpr std::size_t kMostOverlayParts = 4;  // lines that one entry takes at most

struct OverlayLine {
  std::string left;
  std::string right;
  Role role = Role::Text;
};

// What is too long for the line goes on below it.
std::vector<OverlayLine> wrapped(const std::vector<OverlayLine>& lines, int indent, const Window& window) {
  std::vector<OverlayLine> out;
  for (const OverlayLine& line : lines) {
    const int begin = std::max(cells_of(line.left, window.charset()) + 2, indent);
    const auto parts = wrap(line.right, window.cols() - begin, kMostOverlayParts, window.charset());
    out.push_back({line.left, parts.empty() ? "" : parts[0], line.role});
    for (std::size_t i = 1; i < parts.size(); ++i)
      out.push_back({std::string(static_cast<std::size_t>(begin - 2), ' '), parts[i], line.role});
  }
  return out;
}

void draw_lines(const Frame& frame, Window& window, std::string_view title, const std::vector<OverlayLine>& all,
                int indent) {
  const std::vector<OverlayLine> lines = wrapped(all, indent, window);
  const auto rows = static_cast<std::size_t>(std::max(0, window.rows() - 1));
  for (int row = 0; row < window.rows(); ++row) window.clear(row, 0, window.cols());
  const std::size_t last = lines.size() > rows ? lines.size() - rows : 0;
  const std::size_t top = std::min(frame.state.overlay_top, last);
  window.stand_for(0, 0, window.rows(), window.cols(), TextTarget{last});
  const std::string more = last > 0 ? fmt::format("{}-{} of {}, Down more, Esc closes", top + 1,
                                                  std::min(lines.size(), top + rows), lines.size())
                                    : std::string("Esc closes");
  draw_title(window, 0, title, more, true);
  for (std::size_t i = 0; i < rows && top + i < lines.size(); ++i) {
    const OverlayLine& line = lines[top + i];
    const int row = static_cast<int>(i) + 1;
    const int end = window.put(row, 1, line.left, line.role);
    window.put(row, std::max(end + 1, indent), line.right, Role::Text);
  }
}

std::string shares_text(const StageStatus& stage) {
  const TimeShare& share = stage.time_share;
  std::string text;
  for (const auto& [value, word] : {std::pair{share.busy, "busy"},
                                    {share.wait, "waiting for input"},
                                    {share.blocked, "blocked on output"},
                                    {share.paused, "paused"},
                                    {share.backoff, "backoff"}})
    if (value >= 0.005) text += fmt::format("{}{} {:.0f} %", text.empty() ? "" : ", ", word, value * 100);
  if (stage.queue) text += fmt::format("; queue {}/{}", stage.queue->depth, stage.queue->capacity);
  return text.empty() ? "-" : text;
}

OverlayLine help_line(const Frame& frame, const KeyRow& row) {
  std::string help(row.help);
  if (row.action == Action::Freeze && frame.state.replay) help = "play, or pause";
  if (row.changes_run && frame.state.replay)
    help += "  [not in a replay]";
  else if (row.changes_run && frame.state.read_only)
    help += "  [not with --read-only]";
  else if (row.confirm != Confirm::Never)
    help += fmt::format(" ({})", confirm_text(row.confirm));
  return {" " + frame.state.bindings.keys_of(row.action), std::move(help), Role::KeyName};
}

}  // namespace

// What does something on this screen first, then the others, by what they are about.
void draw_help(const Frame& frame, Window& window) {
  std::vector<OverlayLine> lines;
  const auto head = [&](std::string_view title) {
    if (!lines.empty()) lines.push_back({"", ""});
    lines.push_back({std::string(title), "", Role::Header});
  };
  const auto is_shown = [&](const KeyRow& row) { return row.section != Section::Replay || frame.state.replay; };
  for (const KeyRow& row : key_table()) {
    if (!is_shown(row) || !is_key_of_this_screen(frame, row)) continue;
    if (lines.empty()) head("On this screen");
    lines.push_back(help_line(frame, row));
  }
  std::optional<Section> section;
  for (const KeyRow& row : key_table()) {
    if (!is_shown(row) || is_key_of_this_screen(frame, row)) continue;
    if (section != row.section) {
      section = row.section;
      head(title_of(row.section));
    }
    lines.push_back(help_line(frame, row));
  }
  draw_lines(frame, window, "Keys", lines, 16);
}

void draw_why(const Frame& frame, Window& window) {
  const Snapshot& snapshot = frame.snapshot;
  std::vector<OverlayLine> lines;
  if (const auto& limit = snapshot.limit) {
    lines.push_back({"", printable(addressed(frame.state, limit->text)), Role::Warning});
    if (!limit->advice.empty()) lines.push_back({"  do", advice_of(*limit, frame.state.bindings), Role::KeyName});
    if (!limit->command.empty())
      lines.push_back({"", "$ " + printable(shell_command(snapshot, limit->command)), Role::Dim});
    if (!limit->chain.empty()) lines.push_back({"", ""});
    for (const std::string& link : limit->chain) lines.push_back({"", printable(link), Role::Text});
  } else {
    lines.push_back({"", "nothing limits the run now: no stage has been busy with a full queue for ten seconds"});
  }
  lines.push_back({"", ""});
  lines.push_back({"where the workers' time went, last 30 s", "", Role::Columns});
  for (const StageStatus& stage : snapshot.stages)
    lines.push_back({"  " + cut_middle(printable(stage.name), 16, window.charset()), shares_text(stage), Role::Text});
  const bool goes = snapshot.limit && find_stage(snapshot, snapshot.limit->stage) != nullptr;
  draw_lines(frame, window, goes ? "What limits the run: Enter goes there" : "What limits the run", lines, 20);
}

void draw_action_log(const Frame& frame, Window& window) {
  const bool replay = frame.state.replay.has_value();
  std::vector<OverlayLine> lines;
  for (auto done = frame.state.log.rbegin(); done != frame.state.log.rend(); ++done) {
    lines.push_back({done->time, printable(done->text), Role::Dim});
    if (!done->cli.empty()) lines.push_back({"", "$ " + printable(done->cli), Role::Dim});
  }
  if (lines.empty())
    lines.push_back({replay ? "nothing happened up to here" : "nothing was done from this monitor so far", ""});
  draw_lines(frame, window, replay ? "What happened up to here, newest first" : "Actions done here", lines, 10);
}

}  // namespace pooltop
