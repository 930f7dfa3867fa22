// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <algorithm>
#include <string>

#include "engine/base/text.h"
#include "tui/views/box.h"
#include "tui/views/panes.h"
#include "tui/views/text_fit.h"

namespace pooltop {
namespace {

// The text with the place where the next character goes; what does not fit is cut on the left, so that the place shows.
int draw_line_edit(Window& window, int row, int col, int end, const LineEdit& line) {
  const std::string before = printable(std::string_view(line.text).substr(0, line.cursor));
  std::string_view under = std::string_view(line.text).substr(line.cursor);
  const std::size_t length = std::max<std::size_t>(utf8_length(under), under.empty() ? 0 : 1);
  const std::string at = under.empty() ? "_" : printable(under.substr(0, length));
  const std::string after = printable(under.substr(length));
  const int room = std::max(0, end - col - cells_of(at, window.charset()));
  const int hidden = std::max(0, cells_of(before, window.charset()) - room);
  col = window.put(row, col, skip_cells(before, hidden, window.charset()), Role::Text);
  col = window.put(row, col, at, Role::Selected);
  return window.put(row, col, cut_end(after, std::max(0, end - col), window.charset()), Role::Text);
}

void draw_entry(Window& window, int row, const MenuEntry& entry, bool selected, int cols) {
  const Role role = selected ? Role::Selected : entry.enabled ? Role::Text : Role::Dim;
  window.clear(row, 1, cols - 2, role);
  window.put(row, 1, selected ? ">" : " ", role);
  const std::string right = printable(entry.right);
  const int end = cols - 3 - cells_of(right, window.charset());
  window.put(row, 3, cut_end(printable(entry.label), std::max(0, end - 4), window.charset()), role);
  window.put(row, std::max(3, end), right, selected ? role : Role::KeyName);
}

// The first entry shown: the chosen one stays in the list.
std::size_t top_of(const Menu& menu, std::size_t lines) {
  if (menu.shown.size() <= lines || menu.at < lines / 2) return 0;
  return std::min(menu.at - lines / 2, menu.shown.size() - lines);
}

}  // namespace

void draw_prompt(const Frame& frame, Window& window) {
  const Prompt& prompt = *frame.state.prompt;
  window.clear(0, 0, window.cols());
  int col = window.put(0, 1, printable(prompt.label) + ": ", Role::KeyName);
  const int hint = cells_of(prompt.hint, window.charset());
  const bool has_room = window.cols() - col - hint > 24;
  const int end = has_room ? window.cols() - hint - 3 : window.cols() - 1;
  col = draw_line_edit(window, 0, col, end, prompt.line);
  if (has_room && col + 2 <= window.cols() - hint) window.put(0, window.cols() - hint - 1, prompt.hint, Role::Dim);
}

void draw_menu(const Frame& frame, Window& window) {
  const Menu& menu = *frame.state.menu;
  const int cols = std::min(window.cols(), 90);
  const int typed = menu.narrows ? 1 : 0;
  const bool has_note =
      std::any_of(menu.entries.begin(), menu.entries.end(), [](const auto& e) { return !e.note.empty(); });
  const int frame_rows = 2 + typed + (has_note ? 1 : 0);
  const int wanted = static_cast<int>(std::min<std::size_t>(std::max<std::size_t>(menu.entries.size(), 1), 100));
  const int most = std::max(1, window.rows() - frame_rows - (window.rows() >= 16 ? 5 : 0));
  const int lines = std::min(wanted, most);
  const int height = std::min(lines + frame_rows, window.rows());
  SubWindow box(window, std::max(0, window.rows() - height - (window.rows() >= 16 ? 2 : 0)), 0, height, cols);
  draw_box(box, printable(menu.title), menu.hint);
  box.stand_for(0, 0, height, cols, TextTarget{});
  int row = 1;
  if (menu.narrows) {
    const int col = box.put(row, 1, ": ", Role::KeyName);
    draw_line_edit(box, row++, col, cols - 2, menu.typed);
  }
  const auto count = static_cast<std::size_t>(lines);
  const std::size_t top = top_of(menu, count);
  for (std::size_t i = top; i < menu.shown.size() && i < top + count; ++i, ++row) {
    const MenuEntry& entry = menu.entries[menu.shown[i]];
    box.line_stands_for(row, EntryTarget{menu.title, entry.id, entry.label});
    draw_entry(box, row, entry, i == menu.at, cols);
  }
  if (menu.shown.empty()) box.put(row, 3, "nothing is called so", Role::Dim);
  if (!has_note || menu.shown.empty()) return;
  const std::string note = printable(menu.entries[menu.shown[menu.at]].note);
  box.put(height - 2, 3, cut_end(note, cols - 5, box.charset()), Role::Dim);
}

}  // namespace pooltop
