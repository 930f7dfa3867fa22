// SPDX-License-Identifier: MIT
#include "tui/views/screen.h"

#include <algorithm>
#include <string>

#include "tui/views/panes.h"
#include "tui/views/text_fit.h"

namespace pooltop {
namespace {

template <typename Draw>
void draw_band(const Frame& frame, Window& window, const Band& band, Draw draw) {
  if (band.rows <= 0) return;
  SubWindow part(window, band.row, 0, band.rows, window.cols());
  draw(frame, part);
}

// The same of a pane: what is no row in it stands for the pane.
template <typename Draw>
void draw_pane(const Frame& frame, Window& window, const Band& band, Pane pane, Draw draw) {
  window.stand_for(band.row, 0, band.rows, window.cols(), PaneTarget{pane});
  draw_band(frame, window, band, draw);
}

// Throughput beside problems where both have room, else throughput alone: `e` lists the problems anyway.
void draw_graph_band(const Frame& frame, Window& window) {
  const int left = window.cols() >= 120 ? window.cols() / 2 : window.cols();
  SubWindow graph(window, 0, 0, window.rows(), left);
  draw_graph(frame, graph);
  if (left == window.cols()) return;
  for (int row = 0; row < window.rows(); ++row)
    window.put(row, left, row == 0 ? window.glyphs().rule : window.glyphs().vertical, Role::Title);
  SubWindow problems(window, 0, left + 1, window.rows(), window.cols() - left - 1);
  draw_problems(frame, problems);
}

void draw_workers_band(const Frame& frame, Window& window) {
  if (frame.state.screen == Screen::Detail) return draw_detail(frame, window);
  if (frame.state.ended_seen && frame.snapshot.workers.empty()) return draw_verdict(frame, window);
  draw_workers(frame, window);
}

void draw_items_band(const Frame& frame, Window& window) {
  if (frame.state.screen == Screen::Item) return draw_item(frame, window);
  if (frame.state.screen == Screen::Failed) return draw_failed(frame, window);
  draw_peek(frame, window);
}

// Where there is one line for both, a message hides the keys.
void draw_bottom(const Frame& frame, Window& window) {
  if (frame.state.prompt) {
    draw_band(frame, window, frame.layout.message, draw_prompt);
    if (frame.layout.message == frame.layout.keybar) return;
    return draw_band(frame, window, frame.layout.keybar, draw_keybar);
  }
  const bool shared = frame.layout.message == frame.layout.keybar;
  if (!shared) {
    draw_band(frame, window, frame.layout.message, draw_message);
    draw_band(frame, window, frame.layout.keybar, draw_keybar);
    return;
  }
  draw_band(frame, window, frame.layout.keybar, frame.state.message ? draw_message : draw_keybar);
}

}  // namespace

void draw_title(Window& window, int row, std::string_view left, std::string_view right, bool focus) {
  const std::string_view rule = focus ? window.glyphs().rule_focus : window.glyphs().rule;
  const Role role = focus ? Role::TitleFocus : Role::Title;
  std::string line;
  for (int col = 0; col < window.cols(); ++col) line += rule;
  window.put(row, 0, line, role);
  const int end = window.put(row, 1, cut_end(left, window.cols() - 2, window.charset()), role);
  const int begin = window.cols() - 4 - cells_of(right, window.charset()) - 2;
  if (right.empty() || begin <= end) return;
  window.put(row, begin, " " + std::string(right) + " ", role);
  for (const std::string_view label : {"Esc closes", "Esc back"}) {  // of a key, as in the key bar
    if (!right.ends_with(label)) continue;
    const int cells = static_cast<int>(label.size());
    window.stand_for(row, begin + 1 + cells_of(right, window.charset()) - cells, 1, cells,
                     KeyTarget{.action = Action::Back, .stage = {}, .worker = {}});
  }
}

void draw_screen(const Snapshot& snapshot, const UiState& state, Window& window) {
  const Frame frame{snapshot, state, layout_of(state, snapshot)};
  if (frame.layout.density <= Density::Header) {
    if (window.rows() > 0) draw_tiny(frame, window);
  } else {
    draw_band(frame, window, frame.layout.header, draw_header);
    draw_pane(frame, window, frame.layout.stages, Pane::Stages,
              state.screen == Screen::Queues ? draw_queues : draw_stages);
    draw_band(frame, window, frame.layout.graph, draw_graph_band);
    draw_pane(frame, window, frame.layout.workers, Pane::Workers, draw_workers_band);
    draw_pane(frame, window, frame.layout.items, Pane::Items, draw_items_band);
    draw_band(frame, window, frame.layout.about, draw_failed_about);
    draw_pane(frame, window, frame.layout.output, Pane::Output, draw_output);
    draw_bottom(frame, window);
  }
  if (state.overlay == Overlay::Help) draw_help(frame, window);
  if (state.overlay == Overlay::Why) draw_why(frame, window);
  if (state.overlay == Overlay::ActionLog) draw_action_log(frame, window);
  const bool about_workers = state.overlay == Overlay::Inspect || state.overlay == Overlay::Problems;
  if (about_workers || state.overlay == Overlay::Settings) {
    // The message and the keys stay: what can be done about it is done from here.
    const bool has_bottom = frame.layout.density > Density::Header;
    const Band band{0, has_bottom ? frame.layout.message.row : window.rows()};
    draw_band(frame, window, band,
              state.overlay == Overlay::Inspect    ? draw_inspect
              : state.overlay == Overlay::Problems ? draw_problem_list
                                                   : draw_settings);
  }
  if (state.menu) draw_menu(frame, window);
  if (state.dialog) draw_dialog(frame, window);
}

}  // namespace pooltop
