// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <optional>

#include "tui/app/monitor.h"
#include "tui/cli/watch_plain.h"

namespace pooltop {

/// Shows the monitor in a child process, so that whatever happens to it, the terminal is given back as it was: its
/// modes are saved here, and restored with the screen when the child dies. INT, TERM and HUP are passed on to it.
///   other_fd   waited for beside the child, -1: none; on_other is called when it is readable
/// nullopt: it died or could not go on; what happened has been said on stderr.
[[nodiscard]] std::optional<MonitorEnd> show_monitor(const MonitorOptions& options, const FrontSignals& signals,
                                                     int other_fd, const std::function<void()>& on_other);

}  // namespace pooltop
