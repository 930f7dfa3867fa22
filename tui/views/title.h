// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "engine/model/snapshot.h"
#include "tui/theme/glyphs.h"

namespace pooltop {

/// What the terminal's title says: "pooltop crawl 34%", or the run's state where it is paused, has ended, or nobody
/// knows how many items there are: "pooltop crawl done". Printable; empty before anything is known of the run.
[[nodiscard]] std::string terminal_title(const Snapshot& snapshot, Charset charset);

}  // namespace pooltop
