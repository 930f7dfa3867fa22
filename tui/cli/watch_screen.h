// SPDX-License-Identifier: MIT
#pragma once

#include <optional>

#include "tui/app/monitor.h"
#include "tui/cli/launch.h"
#include "tui/cli/options.h"
#include "tui/cli/watch_plain.h"

namespace pooltop {

/// Watches a run in the monitor until the user left it. nullopt: the user detached, or the terminal was closed; the run
/// goes on. A monitor that crashes costs nothing but the screen: the run goes on and is watched plainly.
[[nodiscard]] std::optional<RunEnd> watch_screen(LaunchedRun& run, const FrontSignals& signals,
                                                 const RunOptions& options);

/// How the monitor uses the terminal, from the command line.
void use_screen(MonitorOptions& monitor, const ScreenOptions& options);

}  // namespace pooltop
