// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "tui/views/window.h"

namespace pooltop {

/// A window in memory: what a terminal would show, cell by cell.
class GridWindow final : public Window {
 public:
  GridWindow(int rows, int cols, Charset charset = Charset::Ascii);
  [[nodiscard]] int rows() const override { return rows_; }
  [[nodiscard]] int cols() const override { return cols_; }

  /// One line without its trailing spaces.
  [[nodiscard]] std::string line(int row) const;
  /// All lines, each with a newline.
  [[nodiscard]] std::string text() const;
  [[nodiscard]] Role role(int row, int col) const;
  /// The first row that holds `text`, -1 if none does.
  [[nodiscard]] int find(std::string_view text) const;

 private:
  struct Cell {
    std::string text = " ";  // empty: the right half of a wide character
    Role role = Role::Text;
  };
  void write(int row, int col, std::string_view text, int cells, Role role) override;
  [[nodiscard]] Cell& cell(int row, int col);
  [[nodiscard]] const Cell& cell(int row, int col) const;

  int rows_;
  int cols_;
  std::vector<Cell> cells_;
};

}  // namespace pooltop
