// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>

#include "tui/views/text_fit.h"
#include "tui/views/window.h"

namespace pooltop {

/// Writes the cells of one table row; under the cursor the whole row has one role.
class RowPainter {
 public:
  RowPainter(Window& window, int row, bool selected) : window_(window), row_(row), selected_(selected) {
    if (selected_) window_.clear(row_, 0, window_.cols(), Role::Selected);
  }
  int left(int col, std::string_view text, Role role = Role::Text) {
    return window_.put(row_, col, text, selected_ ? Role::Selected : role);
  }
  /// Ends before column `end`.
  int right(int end, std::string_view text, Role role = Role::Text) {
    return left(end - cells_of(text, window_.charset()), text, role);
  }
  /// At most `cells` wide, names cut in the middle.
  int name(int col, int cells, std::string_view text, Role role = Role::Text) {
    return left(col, cut_middle(text, cells, window_.charset()), role);
  }

 private:
  Window& window_;
  int row_;
  bool selected_;
};

}  // namespace pooltop
