// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>

#include "tui/views/window.h"

namespace pooltop {

/// Empties a window and draws a frame along its edges: `title` in the upper one, `note` at the end of the lower one, if
/// it fits.
void draw_box(Window& window, std::string_view title, std::string_view note);

}  // namespace pooltop
