// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <algorithm>
#include <string>

#include "engine/base/text.h"
#include "tui/views/panes.h"
#include "tui/views/text_fit.h"

namespace pooltop {
namespace {

// "12:00:43.120" of a full time; what is no such time is shown as it is.
std::string_view clock_of(std::string_view time, bool narrow) {
  const auto t = time.find('T');
  if (t == std::string_view::npos) return time;
  time.remove_prefix(t + 1);
  if (time.ends_with('Z')) time.remove_suffix(1);
  return narrow ? time.substr(0, 8) : time.substr(0, 12);
}

// "---" is what pooltop itself notes in a worker's log.
void draw_line(const Frame& frame, Window& window, int row, const OutputLine& line) {
  const bool narrow = window.cols() < 60;
  int col = window.put(row, 1, printable(clock_of(line.time, narrow)), Role::Dim);
  if (!narrow) col = window.put(row, col + 1, fmt::format("{:>7}", line.pid), Role::Dim);
  const bool error = line.stream == "err";
  const bool note = line.stream != "out" && !error;
  col = window.put(row, col + 1, note ? "---" : line.stream, error ? Role::Warning : Role::Dim);
  const std::string text = printable(line.text);
  window.put(row, col + 2, skip_cells(text, frame.state.output.left, window.charset()),
             error  ? Role::Warning
             : note ? Role::Dim
                    : Role::Text);
}

std::string whose(const OutputState& output) {
  if (output.pid != 0) return fmt::format(" of {} ({})", output.pid, printable(output.stage));
  return output.stage.empty() ? "" : " of " + printable(output.stage);
}

std::string follow_text(const OutputState& output) {
  if (output.follow) return "following";
  return output.fresh > 0 ? fmt::format("+{} new (G)", output.fresh) : "not following (f)";
}

}  // namespace

void draw_output(const Frame& frame, Window& window) {
  const OutputState& output = frame.state.output;
  draw_title(window, 0, "[5] Output" + whose(output), follow_text(output), frame.state.pane == Pane::Output);
  const auto rows = static_cast<std::size_t>(std::max(0, window.rows() - 1));
  const std::size_t count = output.lines.size();
  const std::size_t last = count > rows ? count - rows : 0;
  const std::size_t top = output.follow ? last : std::min(output.top, last);
  for (std::size_t i = 0; i < rows && top + i < count; ++i)
    draw_line(frame, window, static_cast<int>(i) + 1, output.lines[top + i]);
  if (count > 0 || rows == 0) return;
  if (!output.refused.empty())
    window.put(1, 1, printable(output.refused), Role::Warning);
  else
    window.put(1, 1, output.cursor.empty() ? "" : "no output so far", Role::Dim);
}

}  // namespace pooltop
