// SPDX-License-Identifier: MIT
#include "tui/views/grid_window.h"

#include <algorithm>

#include "tui/views/text_fit.h"

namespace pooltop {

GridWindow::GridWindow(int rows, int cols, Charset charset)
    : Window(charset),
      rows_(std::max(rows, 0)),
      cols_(std::max(cols, 0)),
      cells_(static_cast<std::size_t>(rows_) * static_cast<std::size_t>(cols_)) {}

GridWindow::Cell& GridWindow::cell(int row, int col) {
  return cells_.at(static_cast<std::size_t>(row) * static_cast<std::size_t>(cols_) + static_cast<std::size_t>(col));
}

const GridWindow::Cell& GridWindow::cell(int row, int col) const {
  return cells_.at(static_cast<std::size_t>(row) * static_cast<std::size_t>(cols_) + static_cast<std::size_t>(col));
}

void GridWindow::write(int row, int col, std::string_view text, int /*cells*/, Role role) {
  int at = col;
  while (!text.empty()) {
    const Character character = take_character(text, charset());
    if (character.cells == 0) {
      cell(row, at - 1).text += character.bytes;
      continue;
    }
    cell(row, at) = {std::string(character.bytes), role};
    for (int half = 1; half < character.cells; ++half) cell(row, at + half) = {"", role};
    at += character.cells;
  }
}

std::string GridWindow::line(int row) const {
  std::string out;
  for (int col = 0; col < cols_; ++col) out += cell(row, col).text;
  out.erase(out.find_last_not_of(' ') + 1);
  return out;
}

std::string GridWindow::text() const {
  std::string out;
  for (int row = 0; row < rows_; ++row) out += line(row) + '\n';
  return out;
}

Role GridWindow::role(int row, int col) const { return cell(row, col).role; }

int GridWindow::find(std::string_view text) const {
  for (int row = 0; row < rows_; ++row)
    if (line(row).find(text) != std::string::npos) return row;
  return -1;
}

}  // namespace pooltop
