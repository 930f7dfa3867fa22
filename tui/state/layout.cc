// SPDX-License-Identifier: MIT
#include "tui/state/layout.h"

#include <algorithm>

namespace pooltop {
namespace {

constexpr int kGraphRows = 7;    // title, five lines, the axis
constexpr int kGraphMore = 7;    // lines that it takes at most of those that nobody needs
constexpr int kDetailRows = 12;  // title and what is known of a worker
constexpr int kAboutRows = 14;   // the same of a failed item, at most

Density density_of(int rows, int cols) {
  if (rows < 3 || cols < 20) return Density::Line;
  if (rows < 10 || cols < 40) return Density::Header;
  if (rows < 20 || cols < 80) return Density::Small;
  if (rows < 30 || cols < 120) return Density::Medium;
  return Density::Large;
}

int clamp_rows(std::size_t wanted, int most) {
  return static_cast<int>(std::min(wanted, static_cast<std::size_t>(std::max(most, 0))));
}

// Hands out lines from the top.
class Stack {
 public:
  explicit Stack(int row, int end) : row_(row), end_(end) {}
  [[nodiscard]] int left() const { return end_ - row_; }
  Band take(int rows) {
    const Band band{row_, std::clamp(rows, 0, left())};
    row_ += band.rows;
    return band;
  }

 private:
  int row_;
  int end_;
};

// Half of the screen at most is for stages; the workers are what one acts on.
void place_pipeline(const LayoutInput& in, Layout& out, Stack& stack) {
  const int frame = (out.titles ? 1 : 0) + (out.heads ? 1 : 0);
  const int worker_frame = 1 + (out.heads ? 1 : 0);
  const int stage_rows = clamp_rows(in.stages, std::max(1, stack.left() / 2 - frame));
  out.stages = stack.take(frame + stage_rows);

  const bool has_output = out.density >= Density::Medium;
  int output = !has_output ? 0 : out.density == Density::Large ? 3 : 2;
  const int all = worker_frame + clamp_rows(in.workers, 1000);
  const bool graph = out.density == Density::Large || (out.density == Density::Medium && stack.left() >= 24);
  const int graph_rows = graph ? kGraphRows : 0;
  out.all_workers = out.density == Density::Large && all + output <= stack.left() - graph_rows;
  // What no worker needs shows more of the graph and more output; the largest stage decides, so that nothing jumps from
  // stage to stage.
  const int needed = out.all_workers ? all : worker_frame + clamp_rows(in.largest_stage, 1000);
  const int spare = std::max(0, stack.left() - graph_rows - needed - output);
  int more = graph ? std::min(spare / 2, kGraphMore) : 0;
  if (more > 0 && more % 2 == 0) --more;  // the graph's lines can be halved then, and its scale has a middle
  if (graph) out.graph = stack.take(graph_rows + more);
  if (has_output) output += spare - more;
  out.workers = stack.take(stack.left() - output);
  out.output = stack.take(output);
}

}  // namespace

int Layout::stage_rows() const { return std::max(0, stages.rows - (titles ? 1 : 0) - (heads ? 1 : 0)); }
int Layout::worker_rows() const { return std::max(0, workers.rows - 1 - (heads ? 1 : 0)); }
int Layout::item_rows() const { return std::max(0, items.rows - 1 - (heads ? 1 : 0)); }
int Layout::output_rows() const { return std::max(0, output.rows - 1); }

Layout layout_of(const LayoutInput& in) {
  Layout out;
  out.density = density_of(in.rows, in.cols);
  if (out.density <= Density::Header) {
    out.header = {0, std::max(in.rows, 0)};
    return out;
  }
  const bool roomy = in.rows >= 16;  // below it every line is a row of a table
  out.heads = roomy;
  out.titles = out.density >= Density::Medium;
  out.header = {0, roomy ? 3 : 1};
  out.keybar = {in.rows - 1, 1};
  out.message = roomy ? Band{in.rows - 2, 1} : out.keybar;
  Stack stack(out.header.rows, out.message.row);
  switch (in.screen) {
    case Screen::Pipeline:
      place_pipeline(in, out, stack);
      break;
    case Screen::Workers:
      out.all_workers = true;
      out.workers = stack.take(stack.left());
      break;
    case Screen::Queues: {
      const int frame = (out.titles ? 1 : 0) + (out.heads ? 1 : 0);
      out.stages = stack.take(frame + clamp_rows(in.stages, std::max(1, stack.left() / 2 - frame)));
      out.items = stack.take(stack.left());
      break;
    }
    case Screen::Item:
      out.items = stack.take(stack.left());
      break;
    case Screen::Failed:
      out.items = stack.take(stack.left() - (roomy ? std::clamp(stack.left() / 3, 0, kAboutRows) : 0));
      out.about = stack.take(stack.left());
      break;
    case Screen::Output:
      out.output = stack.take(stack.left());
      break;
    case Screen::Detail:
      out.workers = stack.take(std::min(kDetailRows, stack.left()));
      out.output = stack.take(stack.left());
      break;
  }
  return out;
}

}  // namespace pooltop
