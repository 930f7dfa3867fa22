// SPDX-License-Identifier: MIT
#pragma once

#include <optional>

#include "engine/config/pipeline_config.h"
#include "tui/cli/launch.h"
#include "tui/cli/options.h"

namespace pooltop {

/// Relative paths of a config are relative to where its run was first started: goes there, if that is known and
/// somewhere else, and makes the paths of the command line absolute. Throws CliError where that place is gone.
void enter_first_start_dir(RunOptions& options);

struct ResumeDecision {
  std::optional<ResumedLaunch> launch;  ///< go on with this; else the run begins anew
  std::optional<int> finished;          ///< or there is nothing left to do: the exit status of the run that did it all
  std::optional<Snapshot> last;         ///< that run's last status
};
/// What `run --resume` is to do. Says on stderr what changed in the config and may. Throws CliError(2) with every
/// reason why the run of before cannot be gone on with; RunGoingOn, UnsafeDirectory, std::system_error.
[[nodiscard]] ResumeDecision decide_resume(const PipelineConfig& config);

}  // namespace pooltop
