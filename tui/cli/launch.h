// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>

#include "engine/config/pipeline_config.h"
#include "engine/control/run_directory.h"
#include "engine/guardian/guardian.h"
#include "engine/model/snapshot.h"
#include "engine/supervisor/engine.h"

namespace pooltop {

/// What a run leaves, by path.
struct RunFiles {
  std::string name;
  std::string socket_path;
  std::string failed_file;
  std::string logs_dir;
  std::string report_file;
  std::string events_file;
  std::string results_file;  ///< empty unless the results go to it
};
[[nodiscard]] RunFiles files_of(const RunDirectory& directory, bool has_results_file);

/// A run that this process started, and hears of.
struct LaunchedRun : RunFiles {
  Fd guardian;  ///< pidfd
  ReportReader reports;
};

/// A run of before that is gone on with: its directory, locked, and where it stood.
struct ResumedLaunch {
  RunDirectory directory;
  ResumedRun run;
  std::string start_dir;
};

/// What the engine may use of this process's standard streams (/dev/null stands for what it may not), and where it
/// leaves what this process will not be there to take.
struct LaunchStreams {
  bool results_to_file = false;  ///< the last stage's results, where it is no sink; else they go to stdout
  bool use_stdin = false;
  bool use_stdout = false;
  std::string report_file;  ///< of --report; empty: none
};

/// Makes the run's directory (or goes on in that of before) and starts guardian and engine in it. Call it before this
/// process has threads. Throws RunGoingOn, UnsafeDirectory, std::system_error.
[[nodiscard]] LaunchedRun launch(PipelineConfig config, const LaunchStreams& streams,
                                 std::optional<ResumedLaunch> resumed = std::nullopt);

/// How an engine ended.
struct RunEnd {
  int status = 0;                ///< exit status of the run
  std::optional<Snapshot> last;  ///< what it left as its report
};

/// Waits until the engine is ready. nullopt: it is. Else it ended before; its errors have been printed.
[[nodiscard]] std::optional<RunEnd> wait_ready(LaunchedRun& run);

/// Deals with a report of the engine: an error is printed; the last one gives the end, with the reason printed where
/// the engine did not end by itself.
[[nodiscard]] std::optional<RunEnd> take_report(const LaunchedRun& run, const Report& report);

/// Why a run that is not going on left no report, as far as its engine told; a sentence without the run's name.
[[nodiscard]] std::string why_no_report(const RunDirectory& directory);

/// The status object that a run left, if it did.
[[nodiscard]] std::optional<Snapshot> read_report(const std::string& report_file);

}  // namespace pooltop
