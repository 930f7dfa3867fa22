// SPDX-License-Identifier: MIT
#include "tui/state/output_page.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/base/text.h"
#include "tui/theme/cells.h"

namespace pooltop {
namespace {

constexpr int kNarrow = 60;  // below it there is no room for milliseconds and PIDs
constexpr int kWide = 100;   // from it there is room for PIDs beside names
constexpr int kMostWho = 20;
constexpr int kStream = 3;
constexpr std::int64_t kSecondUs = 1'000'000;

// The widest "stage.slot" that this run has: columns that stay where they are.
int widest_who(const Snapshot& snapshot) {
  int widest = 0;
  for (const StageStatus& stage : snapshot.stages)
    widest = std::max(widest, cells_of(printable(stage.name), Charset::Ascii) +
                                  static_cast<int>(fmt::format(".{}", std::max(stage.workers, 1U) - 1).size()));
  return std::min(widest, kMostWho);
}

std::string clock_text(std::string_view time, int cells) {
  const auto t = time.find('T');
  if (t == std::string_view::npos) return std::string(time);
  time.remove_prefix(t + 1);
  if (time.ends_with('Z')) time.remove_suffix(1);
  return std::string(time.substr(0, static_cast<std::size_t>(cells)));
}

}  // namespace

OutputColumns output_columns(const UiState& state, const Snapshot& snapshot) {
  const OutputState& output = state.output;
  const bool narrow = state.cols < kNarrow;
  OutputColumns out;
  if (output.times != OutputTimes::None) out.time = narrow ? 8 : 12;
  if (output.pid == 0) out.who = widest_who(snapshot);
  if (!narrow && (output.pid != 0 || state.cols >= kWide)) out.pid = 7;
  out.text = 1;
  for (const int cells : {out.time, out.pid, out.who})
    if (cells > 0) out.text += cells + 1;
  out.text += kStream + 2;
  return out;
}

std::string time_text(const OutputLine& line, OutputTimes times, const Snapshot& snapshot, int cells) {
  const std::int64_t at = parse_utc(line.time);
  const std::int64_t start = parse_utc(snapshot.started_at);
  if (times == OutputTimes::TimeOfDay || at < 0 || start < 0) return clock_text(line.time, cells);
  const std::int64_t us = std::max<std::int64_t>(at - start, 0);
  const std::int64_t seconds = us / kSecondUs;
  std::string text = fmt::format("{}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
  if (cells >= 12) text += fmt::format(".{:03}", us % kSecondUs / 1000);
  return fmt::format("{:>{}}", text, cells);
}

std::string who_text(const OutputLine& line) { return fmt::format("{}.{}", line.stage, line.slot); }

std::string_view stream_text(const OutputLine& line) {
  return line.stream == "out" || line.stream == "err" ? std::string_view(line.stream) : "---";
}

std::vector<std::string> output_text(const UiState& state, const Snapshot& snapshot) {
  const OutputState& output = state.output;
  const int who = widest_who(snapshot);
  std::vector<std::string> lines;
  lines.reserve(output.shown.size());
  for (const std::uint64_t number : output.shown) {
    const OutputLine& line = output.line(number);
    std::string text;
    if (output.times != OutputTimes::None) text = time_text(line, output.times, snapshot, 12) + " ";
    text += fmt::format("{:>7} ", line.pid);
    if (output.pid == 0) text += fmt::format("{:<{}} ", who_text(line), who);
    text += fmt::format("{}  {}\n", stream_text(line), line.text);
    lines.push_back(std::move(text));
  }
  return lines;
}

OutputPage::OutputPage(const UiState& state, const Snapshot& snapshot)
    : output_(state.output),
      charset_(state.charset),
      rows_(static_cast<std::size_t>(std::max(1, layout_of(state, snapshot).output_rows()))),
      width_(std::max(1, state.cols - output_columns(state, snapshot).text)) {}

std::vector<std::string_view> OutputPage::parts(std::uint64_t line) const {
  const std::string& text = output_.line(line).text;
  if (!output_.wrap) return {text};
  return broken(text, width_, charset_);
}

std::size_t OutputPage::height(std::uint64_t line) const {
  // A text has no more cells than bytes: most lines need not be measured.
  if (!output_.wrap || output_.line(line).text.size() <= static_cast<std::size_t>(width_)) return 1;
  return parts(line).size();
}

OutputPlace OutputPage::settled(OutputPlace place) const {
  if (output_.shown.empty()) return {};
  const std::uint64_t line = output_.shown[output_.shown_index(place.line)];
  if (line != place.line) return {line, 0};
  return {line, std::min(place.part, height(line) - 1)};
}

OutputPlace OutputPage::top() const {
  return output_.view.follow ? last_top() : std::min(settled(output_.view.top), last_top());
}

OutputPlace OutputPage::last_top() const {
  if (output_.shown.empty()) return {};
  const std::uint64_t line = output_.shown.back();
  return moved({line, height(line) - 1}, 1 - static_cast<long long>(rows_));
}

OutputPlace OutputPage::moved(OutputPlace from, long long by) const {
  if (output_.shown.empty()) return {};
  OutputPlace at = settled(from);
  std::size_t i = output_.shown_index(at.line);
  for (; by > 0; --by) {
    if (at.part + 1 < height(at.line))
      ++at.part;
    else if (i + 1 < output_.shown.size())
      at = {output_.shown[++i], 0};
    else
      break;
  }
  for (; by < 0; ++by) {
    if (at.part > 0)
      --at.part;
    else if (i > 0)
      at = {output_.shown[--i], height(output_.shown[i]) - 1};
    else
      break;
  }
  return at;
}

std::size_t OutputPage::distance(OutputPlace from, OutputPlace to, std::size_t most) const {
  std::size_t rows = 0;
  for (OutputPlace at = settled(from); at < to && rows < most; ++rows) {
    const OutputPlace next = moved(at, 1);
    if (next == at) break;
    at = next;
  }
  return rows;
}

bool OutputPage::shows(std::uint64_t line) const {
  const OutputPlace first = top();
  const std::size_t tall = std::min(height(line), rows_);
  return OutputPlace{line, 0} >= first && distance(first, {line, tall - 1}, rows_) < rows_;
}

}  // namespace pooltop
