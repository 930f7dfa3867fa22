// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

#include "engine/base/text.h"
#include "tui/views/box.h"
#include "tui/views/panes.h"
#include "tui/views/text_fit.h"

namespace pooltop {
namespace {

struct Piece {
  std::string text;
  Role role = Role::Dialog;
  const Choice* choice = nullptr;  // that it is the label of
};
using PieceLine = std::vector<Piece>;

std::string choice_text(const Choice& choice, bool focused) {
  const std::string text =
      choice.key == kKeyEsc ? choice.label : fmt::format("{} {}", key_name(choice.key), choice.label);
  return focused ? fmt::format("[{}]", text) : fmt::format(" {} ", text);
}

// The choices side by side, in as many lines as they need.
std::vector<PieceLine> choice_lines(const Dialog& dialog, int cells, Charset charset) {
  std::vector<PieceLine> lines(1);
  int used = 0;
  for (std::size_t i = 0; i < dialog.choices.size(); ++i) {
    const bool focused = i == dialog.focus;
    const std::string text = choice_text(dialog.choices[i], focused);
    const int width = cells_of(text, charset) + 1;
    if (used > 0 && used + width > cells) {
      lines.emplace_back();
      used = 0;
    }
    lines.back().push_back({text, focused ? Role::DialogFocus : Role::Dialog, &dialog.choices[i]});
    lines.back().push_back({" "});
    used += width;
  }
  return lines;
}

std::vector<PieceLine> body_of(const Dialog& dialog, int cells, Charset charset) {
  std::vector<PieceLine> body;
  if (dialog.target_gone) {
    body.push_back({{"It has ended meanwhile; nothing was done.", Role::Warning}});
    body.push_back({{"[Esc]", Role::DialogFocus, &dialog.choices[0]}});
    return body;
  }
  for (const std::string& text : dialog.lines)
    for (std::string& part : wrap(text, cells, 2, charset)) body.push_back({{std::move(part)}});
  for (PieceLine& line : choice_lines(dialog, cells, charset)) body.push_back(std::move(line));
  return body;
}

std::string cli_of(const Dialog& dialog) {
  const std::size_t at = dialog.focus == 0 && dialog.choices.size() > 1 ? 1 : dialog.focus;
  const Choice& choice = dialog.choices[at];
  if (choice.config && !dialog.target_gone) return "$ " + printable(choice.config->cli);
  if (choice.deeds.empty() || dialog.target_gone) return {};
  const std::string more = choice.deeds.size() > 1 ? fmt::format(" and {} more", choice.deeds.size() - 1) : "";
  return fmt::format("$ {}{}", printable(choice.deeds[0].cli), more);
}

// At the bottom, else at the top: never over the row that it asks about.
int top_of(const Frame& frame, int height, int rows) {
  const int bottom = std::max(0, rows - height - (rows >= 16 ? 2 : 1));
  const int target = frame.state.dialog->targets.empty() ? -1 : selected_line(frame);
  if (target < bottom || target >= bottom + height) return bottom;
  return height < target ? target - height : 0;
}

}  // namespace

void draw_dialog(const Frame& frame, Window& window) {
  const Dialog& dialog = *frame.state.dialog;
  const int cols = std::min(window.cols(), 90);
  const bool boxed = window.rows() >= 7 && cols >= 20;
  const int inside = boxed ? cols - 4 : cols;
  const std::vector<PieceLine> body = body_of(dialog, inside, window.charset());
  const int height = std::min(static_cast<int>(body.size()) + (boxed ? 2 : 1), window.rows());
  SubWindow box(window, boxed ? top_of(frame, height, window.rows()) : 0, 0, height, cols);
  if (boxed) {
    draw_box(box, printable(dialog.title), cli_of(dialog));
  } else {
    for (int row = 0; row < height; ++row) box.clear(row, 0, cols, Role::Dialog);
    if (height > 1) box.put(0, 0, printable(dialog.title), Role::Header);
  }
  window.stand_for(0, 0, window.rows(), window.cols(), {});  // nothing else until it is closed
  const int first = height > 1 ? 1 : 0;
  const int lines = height - first - (boxed ? 1 : 0);
  // The choices are the last lines: they are what must be seen where little can.
  const int skipped = std::max(0, static_cast<int>(body.size()) - lines);
  for (int row = 0; row < lines && row + skipped < static_cast<int>(body.size()); ++row) {
    int col = boxed ? 2 : 0;
    for (const Piece& piece : body[static_cast<std::size_t>(row + skipped)]) {
      const int begin = col;
      col = box.put(first + row, col, piece.text, piece.role);
      if (piece.choice != nullptr) box.stand_for(first + row, begin, 1, col - begin, ChoiceTarget{*piece.choice});
    }
    if (boxed) {
      box.put(first + row, 0, box.glyphs().vertical, Role::Title);
      box.clear(first + row, cols - 2, 1, Role::Dialog);
      box.put(first + row, cols - 1, box.glyphs().vertical, Role::Title);
    }
  }
}

}  // namespace pooltop
