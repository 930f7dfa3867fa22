// SPDX-License-Identifier: MIT
#include "tui/views/window.h"

#include <algorithm>
#include <utility>

#include "tui/views/text_fit.h"

namespace pooltop {

int Window::put(int row, int col, std::string_view text, Role role) {
  std::string visible;
  int first = -1;  // column of the first visible cell
  int at = col;
  while (!text.empty()) {
    const Character character = take_character(text, charset_);
    const int end = at + character.cells;
    const bool inside = at >= 0 && end <= cols();
    const bool partly = !inside && end > 0 && at < cols();
    const bool follows = character.cells > 0 || first >= 0;  // a combining mark needs its letter
    if (inside && follows) {
      if (first < 0) first = at;
      visible += character.bytes;
    } else if (partly) {
      if (first < 0) first = std::max(at, 0);
      visible += ' ';
    }
    at = end;
  }
  if (first >= 0 && row >= 0 && row < rows()) write(row, first, visible, std::min(at, cols()) - first, role);
  return at;
}

void Window::clear(int row, int col, int cells, Role role) {
  const int begin = std::max(col, 0);
  const int end = std::min(col + cells, cols());
  if (begin < end) put(row, begin, std::string(static_cast<std::size_t>(end - begin), ' '), role);
}

void Window::stand_for(int row, int col, int rows, int cols, MouseTarget target) {
  const int top = std::max(row, 0);
  const int left = std::max(col, 0);
  const int bottom = std::min(row + rows, this->rows());
  const int right = std::min(col + cols, this->cols());
  if (top < bottom && left < right)
    note({.row = top, .col = left, .rows = bottom - top, .cols = right - left, .target = std::move(target)});
}

MouseTarget Window::target_at(int row, int col) const {
  for (auto spot = spots_.rbegin(); spot != spots_.rend(); ++spot) {
    const bool is_inside =
        row >= spot->row && row < spot->row + spot->rows && col >= spot->col && col < spot->col + spot->cols;
    if (is_inside) return spot->target;
  }
  return {};
}

SubWindow::SubWindow(Window& parent, int row, int col, int rows, int cols)
    : Window(parent.charset()),
      parent_(parent),
      row_(std::max(row, 0)),
      col_(std::max(col, 0)),
      rows_(std::clamp(rows, 0, std::max(parent.rows() - row_, 0))),
      cols_(std::clamp(cols, 0, std::max(parent.cols() - col_, 0))) {}

void SubWindow::write(int row, int col, std::string_view text, int cells, Role role) {
  parent_.write(row + row_, col + col_, text, cells, role);
}

void SubWindow::note(Spot spot) {
  spot.row += row_;
  spot.col += col_;
  parent_.note(std::move(spot));
}

}  // namespace pooltop
