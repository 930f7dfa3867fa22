// SPDX-License-Identifier: MIT
#pragma once

#include "engine/model/snapshot.h"
#include "tui/state/ui_state.h"
#include "tui/views/window.h"

namespace pooltop {

/// Draws the whole screen at the window's size, which is also what `state.rows` and `state.cols` say. Any size from 1x1
/// is drawn; what does not fit is left out, never refused. Pure: reads its arguments, keeps nothing.
void draw_screen(const Snapshot& snapshot, const UiState& state, Window& window);

}  // namespace pooltop
