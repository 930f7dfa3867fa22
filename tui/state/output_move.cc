// SPDX-License-Identifier: MIT
// Moving in the output. Scrolling goes by rows, the cursor by lines; a line that is taller than the screen is scrolled
// through before the cursor leaves it.
#include "tui/state/output_move.h"

#include <algorithm>
#include <cstdint>

#include "tui/state/steps.h"
#include "tui/theme/cells.h"

namespace pooltop {
namespace {

constexpr int kSideStep = 8;

// The line's rows that are below the screen come onto it, as far as its first row stays there.
void reveal_below(OutputView& view, const OutputPage& page) {
  const OutputPlace begin{view.at, 0};
  const OutputPlace end{view.at, page.height(view.at) - 1};
  const std::size_t most = page.rows() + page.height(view.at);
  const std::size_t down = page.distance(view.top, end, most);
  if (down < page.rows()) return;
  view.top = std::min(page.moved(view.top, static_cast<long long>(down - page.rows() + 1)), begin);
}

void line_up(OutputState& output, const OutputPage& page) {
  OutputView& view = output.view;
  if (view.top > OutputPlace{view.at, 0}) {  // it begins above the screen
    view.top = page.moved(view.top, -1);
    return;
  }
  const std::size_t i = output.shown_index(view.at);
  if (i == 0) return;
  view.at = output.shown[i - 1];
  const OutputPlace begin{view.at, 0};
  if (begin < view.top) view.top = page.height(view.at) <= page.rows() ? begin : page.moved(view.top, -1);
}

void line_down(OutputState& output, const OutputPage& page) {
  OutputView& view = output.view;
  const OutputPlace end{view.at, page.height(view.at) - 1};
  if (page.distance(view.top, end, page.rows()) >= page.rows()) {  // it goes on below the screen
    view.top = page.moved(view.top, 1);
    return;
  }
  const std::size_t i = output.shown_index(view.at);
  if (i + 1 >= output.shown.size()) return;
  view.at = output.shown[i + 1];
  reveal_below(view, page);
}

void page_by(OutputState& output, const OutputPage& page, long long rows) {
  OutputView& view = output.view;
  view.at = page.moved({view.at, 0}, rows).line;
  view.top = std::min(page.moved(view.top, rows), page.last_top());
  if (OutputPlace{view.at, 0} < view.top && page.height(view.at) <= page.rows()) view.top = {view.at, 0};
  reveal_below(view, page);
}

// As far as the longest line on the screen goes.
void scroll_columns(OutputState& output, const OutputPage& page, Charset charset, bool left) {
  if (output.wrap) return;
  int longest = 0;
  OutputPlace at = page.top();
  for (std::size_t row = 0; row < page.rows() && !output.shown.empty(); ++row, at = page.moved(at, 1))
    longest = std::max(longest, cells_of(output.line(at.line).text, charset));
  int& from = output.view.left;
  if (left)
    from = std::max(0, from - kSideStep);
  else if (from + page.width() < longest)
    from += kSideStep;
}

}  // namespace

void follow_output(OutputState& output) {
  output.view.follow = true;
  output.fresh = 0;
}

void stop_following(OutputState& output, const OutputPage& page) {
  OutputView& view = output.view;
  if (view.follow) {
    view.top = page.last_top();
    view.at = output.shown.empty() ? 0 : output.shown.back();
    view.follow = false;
    output.fresh = 0;
    return;
  }
  // What it stood on may have been dropped, or filtered away; the window may have another size.
  view.top = page.top();
  if (!output.shown.empty()) view.at = output.shown[output.shown_index(view.at)];
}

void go_to_line(OutputState& output, const OutputPage& page, std::uint64_t line) {
  stop_following(output, page);
  output.view.at = line;
  if (page.shows(line)) return;
  const auto above = static_cast<long long>(page.rows() / 3);
  output.view.top = std::min(page.moved({line, 0}, -above), page.last_top());
  reveal_below(output.view, page);
}

void scroll_output(Step& step, int rows) {
  OutputState& output = step.state().output;
  const OutputPage page(step.state(), step.snapshot);
  const bool fits = page.moved(page.last_top(), -1) == page.last_top();
  if (output.shown.empty() || fits || (rows > 0 && output.view.follow)) return;
  stop_following(output, page);
  OutputView& view = output.view;
  view.top = std::min(page.moved(view.top, rows), page.last_top());
  if (rows > 0 && view.top == page.last_top()) return follow_output(output);
  // The cursor stays on the screen.
  const std::uint64_t last = page.moved(view.top, static_cast<long long>(page.rows()) - 1).line;
  view.at = std::clamp(view.at, view.top.line, last);
}

void move_output(Step& step, Action action) {
  OutputState& output = step.state().output;
  const OutputPage page(step.state(), step.snapshot);
  if (action == Action::Left || action == Action::Right)
    return scroll_columns(output, page, step.state().charset, action == Action::Left);
  if (action == Action::Last) return follow_output(output);
  if (output.shown.empty()) return;
  const bool forward = action == Action::Down || action == Action::PageDown;
  if (output.view.follow && forward) return;
  stop_following(output, page);
  const auto rows = static_cast<long long>(std::max<std::size_t>(page.rows(), 2) - 1);
  if (action == Action::Up) line_up(output, page);
  if (action == Action::Down) line_down(output, page);
  if (action == Action::PageUp) page_by(output, page, -rows);
  if (action == Action::PageDown) page_by(output, page, rows);
  if (action == Action::First) {
    output.view.at = output.shown.front();
    output.view.top = {output.view.at, 0};
  }
}

}  // namespace pooltop
