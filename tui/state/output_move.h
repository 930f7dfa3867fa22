// SPDX-License-Identifier: MIT
#pragma once

#include "tui/state/output_page.h"

namespace pooltop {

/// The end is shown, and stays shown.
void follow_output(OutputState& output);
/// What is shown now stays where it is.
void stop_following(OutputState& output, const OutputPage& page);
/// The cursor goes to that line, which must be one that is shown; it is scrolled to if it is not on the screen.
void go_to_line(OutputState& output, const OutputPage& page, std::uint64_t line);

}  // namespace pooltop
