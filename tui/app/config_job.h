// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "tui/state/next.h"

namespace pooltop {

/// Compares the config of a run with its settings, or writes them into it. Never throws: what failed is told.
[[nodiscard]] ConfigDone do_config_job(const std::string& run, const ConfigJob& job);

}  // namespace pooltop
