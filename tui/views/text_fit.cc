// SPDX-License-Identifier: MIT
#include "tui/views/text_fit.h"

namespace pooltop {

std::string cut_middle(std::string_view text, int cells, Charset charset) {
  if (cells <= 0) return {};
  const int width = cells_of(text, charset);
  if (width <= cells) return std::string(text);
  if (cells < 8) return std::string(cut_end(text, cells, charset));
  const int front = (cells - 3) / 2;
  const int back = cells - 3 - front;
  return std::string(cut_end(text, front, charset)) + "..." + std::string(skip_cells(text, width - back, charset));
}

std::vector<std::string> wrap(std::string_view text, int cells, std::size_t lines, Charset charset) {
  std::vector<std::string> out;
  while (!text.empty() && out.size() < lines && cells > 0) {
    std::string_view line = cut_end(text, cells, charset);
    if (line.empty()) break;  // one character is wider than the line
    if (line.size() < text.size() && out.size() + 1 < lines && text[line.size()] != ' ')
      if (const auto space = line.rfind(' '); space != std::string_view::npos && space > 0)
        line = line.substr(0, space);
    text.remove_prefix(line.size());
    while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
    out.emplace_back(line);
  }
  return out;
}

}  // namespace pooltop
