// SPDX-License-Identifier: MIT
#pragma once

#include "tui/state/steps.h"

namespace pooltop {

/// Asks for what to search, and for what to keep; both take effect as one types.
void open_search(Step& step);
void open_keep(Step& step);
/// To the next line found, or the one before; over the end to the other end, which is said.
void next_found(Step& step, bool forward);

}  // namespace pooltop
