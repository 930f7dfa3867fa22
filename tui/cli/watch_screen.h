// SPDX-License-Identifier: MIT
#pragma once

#include <optional>

#include "tui/cli/launch.h"
#include "tui/cli/options.h"
#include "tui/cli/watch_plain.h"
#include "tui/theme/theme.h"

namespace pooltop {

/// Watches a run in the monitor until the user left it. nullopt: the user detached, or the terminal was closed; the run
/// goes on. A monitor that crashes costs nothing but the screen: the run goes on and is watched plainly.
[[nodiscard]] std::optional<RunEnd> watch_screen(LaunchedRun& run, const FrontSignals& signals,
                                                 const RunOptions& options);

[[nodiscard]] ColorMode color_mode(const ScreenOptions& options);

}  // namespace pooltop
