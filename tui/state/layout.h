// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>

namespace pooltop {

enum class Screen : std::uint8_t { Pipeline, Workers, Queues, Failed, Output, Detail, Item };

/// How much fits: one line; header and problems; few columns and no output pane; the panes of 80x24; all panes.
enum class Density : std::uint8_t { Line, Header, Small, Medium, Large };

/// Lines of the screen that belong to one pane, its title and column names included; rows 0: not shown.
struct Band {
  int row = 0;
  int rows = 0;
  bool operator==(const Band&) const = default;
};

/// Which pane has which lines. Panes stack from the top in this order; message and key bar are at the bottom (the
/// message takes the key bar's line where there is only one).
struct Layout {
  Density density = Density::Line;
  Band header, stages, graph, workers, items, about, output, message, keybar;
  bool titles = false;       ///< panes have a title line
  bool heads = false;        ///< tables have column names
  bool all_workers = false;  ///< the worker pane holds every worker, not the selected stage's only
  bool operator==(const Layout&) const = default;

  /// Lines for rows of the stage and worker tables.
  [[nodiscard]] int stage_rows() const;
  [[nodiscard]] int worker_rows() const;
  [[nodiscard]] int item_rows() const;
  [[nodiscard]] int output_rows() const;
};

struct LayoutInput {
  int rows = 0;
  int cols = 0;
  Screen screen = Screen::Pipeline;
  std::size_t stages = 0;  ///< of Screen::Queues: those that have a queue
  std::size_t workers = 0;
  std::size_t largest_stage = 0;  ///< workers of the stage that has most of them
};

[[nodiscard]] Layout layout_of(const LayoutInput& input);

}  // namespace pooltop
