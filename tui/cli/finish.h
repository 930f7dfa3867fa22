// SPDX-License-Identifier: MIT
#pragma once

#include "tui/cli/launch.h"
#include "tui/cli/options.h"

namespace pooltop {

/// After the run's end: the summary (or the last JSON line) on stderr, the report file. `on_screen`: the monitor was
/// open, so no failure was told line by line. Returns the exit status.
int finish(const RunFiles& run, const RunEnd& end, const RunOptions& options, bool on_screen);

/// Settings that were changed while it ran and are not in its config: one line on stderr, where there are any.
void say_unsaved(const std::string& run, const std::string& run_dir);

/// Whether a run left a recording, or leaves one now.
[[nodiscard]] bool has_recording(const std::string& run);

/// The summary of a run that ended, on stderr; with the first item that failed, and how, if `names_failed`.
void say_summary(const Snapshot& last, const std::string& failed_file, const std::string& results_file,
                 bool names_failed);

}  // namespace pooltop
