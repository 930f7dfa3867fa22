// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "engine/config/pipeline_config.h"

namespace pooltop {

struct Description {
  std::string text;                   ///< printable lines, each with its newline
  std::vector<std::string> warnings;  ///< printable lines: a glob that matches nothing
};

/// What a pipeline would do: per stage its kind, what it reads from, its workers and queue, every argv it would run,
/// whether what a source reads is kept, and whether a sink gets an item at most once or at least once. Looks at files
/// (glob, stat), starts nothing.
///   start_dir  what relative paths are relative to; empty: the working directory
[[nodiscard]] Description describe(const PipelineConfig& config, const std::string& start_dir);

/// What a stage does, in one line: "runs ["sha256sum", "{}"] per item, its stdout is an item".
[[nodiscard]] std::string work_in_words(const StageConfig& stage);

}  // namespace pooltop
