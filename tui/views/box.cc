// SPDX-License-Identifier: MIT
#include "tui/views/box.h"

#include <fmt/format.h>

#include <string>

#include "tui/views/text_fit.h"

namespace pooltop {
namespace {

std::string repeat(std::string_view text, int times) {
  std::string out;
  for (int i = 0; i < times; ++i) out += text;
  return out;
}

void draw_edge(Window& window, int row, bool top) {
  const Glyphs& glyphs = window.glyphs();
  window.put(row, 0,
             std::string(glyphs.corners[top ? 0 : 2]) + repeat(glyphs.rule, window.cols() - 2) +
                 std::string(glyphs.corners[top ? 1 : 3]),
             Role::Title);
}

}  // namespace

void draw_box(Window& window, std::string_view title, std::string_view note) {
  const int rows = window.rows();
  const int cols = window.cols();
  for (int row = 0; row < rows; ++row) window.clear(row, 0, cols, Role::Dialog);
  for (int row = 1; row + 1 < rows; ++row)
    for (const int col : {0, cols - 1}) window.put(row, col, window.glyphs().vertical, Role::Title);
  draw_edge(window, 0, true);
  if (!title.empty()) window.put(0, 2, cut_end(fmt::format(" {} ", title), cols - 4, window.charset()), Role::Header);
  if (rows < 2) return;
  draw_edge(window, rows - 1, false);
  if (note.empty()) return;
  const std::string text = fmt::format(" {}", note);
  const int width = cells_of(text, window.charset());
  if (width <= cols - 4) window.put(rows - 1, cols - 1 - width, text, Role::Dim);
}

}  // namespace pooltop
