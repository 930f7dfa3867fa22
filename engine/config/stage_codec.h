// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

#include "engine/config/pipeline_config.h"

namespace pooltop {

/// A stage as bytes, for a process of the same build: lossless for any bytes in its strings. No text format, no file
/// format: it is not kept beyond the run and not read by another version.
[[nodiscard]] std::string encode(const StageConfig& stage);

/// Throws std::runtime_error on anything that encode() did not write (cut, longer, a value no stage has); never reads
/// beyond `bytes`.
[[nodiscard]] StageConfig decode_stage(std::string_view bytes);

}  // namespace pooltop
