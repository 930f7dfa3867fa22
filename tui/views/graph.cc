// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string>

#include "engine/base/text.h"
#include "engine/base/units.h"
#include "tui/views/figures.h"
#include "tui/views/panes.h"
#include "tui/views/text_fit.h"

namespace pooltop {
namespace {

constexpr int kLabel = 6;  // of the scale, with its line

// Columns of the graph, oldest first, NaN where nothing was seen yet. Each column is the mean of its share of the span.
std::vector<double> columns_of(const std::vector<double>& seconds, std::size_t span, std::size_t columns) {
  std::vector<double> out(columns, std::nan(""));
  for (std::size_t c = 0; c < columns; ++c) {
    const std::size_t begin = c * span / columns;
    const std::size_t end = std::max(begin + 1, (c + 1) * span / columns);
    double sum = 0;
    std::size_t count = 0;
    for (std::size_t i = begin; i < end; ++i) {
      if (i + seconds.size() < span) continue;  // before the monitor looked
      sum += seconds[i + seconds.size() - span];
      ++count;
    }
    if (count > 0) out[c] = sum / static_cast<double>(count);
  }
  return out;
}

// One cell of a column of height `value`: how many eighths of it lie in the line `below` .. `below + 1`.
std::string_view cell(double value, double below, const Glyphs& glyphs, bool bottom) {
  if (std::isnan(value)) return " ";
  const int eighths = static_cast<int>(std::lround((value - below) * 8));
  const int least = bottom && value > 0 ? 1 : 0;
  return glyphs.spark[static_cast<std::size_t>(std::clamp(eighths, least, 8))];
}

std::string scale_text(double value) {
  return value < 10 && value != std::floor(value) ? fmt::format("{:.1f}", value) : rate_text(value);
}

std::string label_of(double value) {
  std::string text = scale_text(value);
  if (text.ends_with(".0")) text.resize(text.size() - 2);
  return text;
}

}  // namespace

void draw_graph(const Frame& frame, Window& window) {
  const int lines = window.rows() - 2;  // title, axis
  const int columns = window.cols() - kLabel - 1;
  if (lines < 1 || columns < 10) return;
  const auto width = static_cast<std::size_t>(columns);
  const std::size_t span = std::min<std::size_t>(std::max<std::size_t>(60, width), History::kSeconds);
  const std::vector<double> seconds = frame.state.history.out_rates(span);
  const double top = graph_top(seconds);
  draw_title(window, 0, fmt::format("Items out per second, last {} s, scale {}", span, label_of(top)), "", false);
  const std::vector<double> values = columns_of(seconds, span, width);
  for (int line = 0; line < lines; ++line) {
    const double below = lines - 1 - line;  // in lines from the bottom
    std::string label;
    if (line == 0)
      label = label_of(top);
    else if (line == lines / 2)
      label = label_of(top * (lines - line) / lines);
    else if (line == lines - 1)
      label = "0";
    window.put(line + 1, 0, fmt::format("{:>5}", label), Role::Dim);
    window.put(line + 1, kLabel - 1, window.glyphs().vertical, Role::Dim);
    std::string text;
    for (const double value : values)
      text += cell(std::isnan(value) ? value : value / top * lines, below, window.glyphs(), line == lines - 1);
    window.put(line + 1, kLabel, text, Role::Graph);
  }
  const int axis = lines + 1;
  window.put(axis, kLabel, fmt::format("-{}s", span), Role::Dim);
  window.put(axis, kLabel + columns / 2 - 2, fmt::format("-{}s", span / 2), Role::Dim);
  window.put(axis, kLabel + columns - 3, "now", Role::Dim);
}

void draw_problems(const Frame& frame, Window& window) {
  const auto& problems = frame.snapshot.problems;
  draw_title(window, 0, fmt::format("Problems ({})", problems.size()), "", false);
  if (problems.empty()) window.put(1, 1, "none", Role::Dim);
  int line = 1;
  const std::size_t most = window.rows() > 7 ? 3 : 2;
  for (std::size_t i = 0; i < problems.size() && line < window.rows(); ++i) {
    const Problem& problem = problems[i];
    const bool error = problem.severity == "error";
    const std::string who = printable(problem.stage) + (problem.pid ? fmt::format(" {}", *problem.pid) : "");
    const std::string text = fmt::format("{}: {} ({})", who, printable(problem.text), format_short(problem.since_s));
    window.put(line, 0, frame.state.problem == i ? ">" : " ", Role::KeyName);
    window.put(line, 1, error ? "x" : "!", error ? Role::Error : Role::Warning);
    for (const std::string& part : wrap(text, window.cols() - 4, most, window.charset())) {
      if (line >= window.rows()) return;
      window.line_stands_for(line, ProblemTarget{problem});
      window.put(line++, 3, part, error ? Role::Error : Role::Text);
    }
  }
}

}  // namespace pooltop
