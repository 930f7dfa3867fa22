// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>

#include "engine/model/snapshot.h"
#include "tui/state/rows.h"
#include "tui/views/window.h"

namespace pooltop {

/// What a pane is drawn from. Views keep nothing: the same frame gives the same cells.
struct Frame {
  const Snapshot& snapshot;
  const UiState& state;
  Layout layout;
};

/// A pane's rule: `left` with its name, `right` towards the end; doubled where the pane takes the keys.
void draw_title(Window& window, int row, std::string_view left, std::string_view right, bool focus);

void draw_header(const Frame& frame, Window& window);
void draw_tiny(const Frame& frame, Window& window);  ///< below 40x10: header and problems, or one line
void draw_stages(const Frame& frame, Window& window);
void draw_graph(const Frame& frame, Window& window);
void draw_problems(const Frame& frame, Window& window);
void draw_workers(const Frame& frame, Window& window);
void draw_queues(const Frame& frame, Window& window);
void draw_peek(const Frame& frame, Window& window);  ///< the first items of the queue under the cursor
void draw_failed(const Frame& frame, Window& window);
void draw_failed_about(const Frame& frame, Window& window);  ///< what is known of the one under the cursor
void draw_item(const Frame& frame, Window& window);
void draw_detail(const Frame& frame, Window& window);
void draw_output(const Frame& frame, Window& window);
void draw_verdict(const Frame& frame, Window& window);
void draw_message(const Frame& frame, Window& window);
void draw_keybar(const Frame& frame, Window& window);
void draw_prompt(const Frame& frame, Window& window);  ///< the line that is being typed, in the message's place
/// Over the whole window.
void draw_dialog(const Frame& frame, Window& window);
void draw_menu(const Frame& frame, Window& window);
/// Whether the key does something on this screen that it does not do everywhere.
[[nodiscard]] bool is_key_of_this_screen(const Frame& frame, const KeyRow& row);
void draw_help(const Frame& frame, Window& window);
void draw_why(const Frame& frame, Window& window);
void draw_action_log(const Frame& frame, Window& window);
void draw_inspect(const Frame& frame, Window& window);
void draw_problem_list(const Frame& frame, Window& window);
void draw_settings(const Frame& frame, Window& window);

/// The line of the screen where the selected worker is drawn, -1 if it is not.
[[nodiscard]] int selected_line(const Frame& frame);

}  // namespace pooltop
