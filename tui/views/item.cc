// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <algorithm>

#include "engine/base/text.h"
#include "tui/state/item_lines.h"
#include "tui/views/panes.h"

namespace pooltop {

void draw_item(const Frame& frame, Window& window) {
  const ItemState& item = frame.state.item;
  const std::vector<ItemLine> lines = item_lines(frame.state);
  const auto rows = static_cast<std::size_t>(std::max(0, window.rows() - 1));
  const std::size_t end = std::min(lines.size(), item.top + rows);
  const std::string title =
      item.key ? fmt::format("Item #{} of {}", printable(item.key->id), printable(item.key->stage)) : "Item";
  window.stand_for(0, 0, window.rows(), window.cols(), TextTarget{lines.size() > rows ? lines.size() - rows : 0});
  draw_title(window, 0, title,
             lines.size() > rows ? fmt::format("{}-{} of {}, Esc back", item.top + 1, end, lines.size()) : "Esc back",
             true);
  int row = 1;
  for (std::size_t i = item.top; i < end; ++i, ++row) {
    window.put(row, 1, lines[i].what, Role::Dim);
    window.put(row, kItemLineText, lines[i].text, lines[i].role);
  }
}

}  // namespace pooltop
