// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <string>

#include "engine/config/pipeline_config.h"

namespace pooltop {

/// Whether the path of a sink is (or will become) a regular file.
using IsRegularFile = std::function<bool(const std::string& path)>;

/// What a checked config would do, for `pooltop check`: each stage, every argv as a JSON list, where results go and how
/// often an item can arrive there. Lines of printable text.
[[nodiscard]] std::string plan_text(const PipelineConfig& config, const IsRegularFile& is_regular);

}  // namespace pooltop
