// SPDX-License-Identifier: MIT
#pragma once

#include "engine/config/pipeline_config.h"
#include "tui/cli/options.h"

namespace pooltop {

/// Reads and checks the config that the command line names, overrides included. What is wrong, and warnings, go to
/// stderr, one line each; throws CliError(2) if anything is wrong. Starts nothing, writes nothing.
[[nodiscard]] PipelineConfig load_pipeline(const ConfigOptions& options);

}  // namespace pooltop
