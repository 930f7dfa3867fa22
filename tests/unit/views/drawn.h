// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "tests/support/texts.h"
#include "tests/unit/state/crawl.h"
#include "tui/views/grid_window.h"
#include "tui/views/screen.h"

namespace pooltop {

using testing::has;

/// The whole screen at this size, as text.
[[nodiscard]] inline std::string drawn(Driven& ui, int rows, int cols, Charset charset = Charset::Ascii) {
  ui.event(Resized{rows, cols});
  GridWindow window(rows, cols, charset);
  draw_screen(ui.run, ui.state, window);
  return window.text();
}

}  // namespace pooltop
