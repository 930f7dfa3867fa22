// SPDX-License-Identifier: MIT
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "tui/state/next.h"

namespace pooltop {

/// What an answer of the engine says of settings ("settings", "set"), where it does. Throws nlohmann::json::exception
/// for a wrong shape.
void read_settings(const nlohmann::json& message, Answered& answer);

}  // namespace pooltop
