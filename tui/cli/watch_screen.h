// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>

#include "tui/cli/launch.h"
#include "tui/cli/options.h"
#include "tui/cli/watch_plain.h"

namespace pooltop {

/// Why the monitor cannot be shown (or was not asked for); empty if it can. One line, for the user.
[[nodiscard]] std::string why_no_screen(const RunOptions& options, bool source_reads_stdin, bool sink_writes_stdout);

/// Watches a run in the monitor, a child process of this one, until both have ended. nullopt: the user detached, or the
/// terminal was closed. A monitor that crashes costs nothing but the screen: the terminal is restored, the run goes on
/// and is watched plainly.
[[nodiscard]] std::optional<RunEnd> watch_screen(LaunchedRun& run, const FrontSignals& signals,
                                                 const RunOptions& options);

/// Shows any run until the user leaves; the exit status of `attach`.
int attach_screen(const std::string& name, const std::string& socket_path, const AttachOptions& options);

}  // namespace pooltop
