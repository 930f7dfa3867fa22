// SPDX-License-Identifier: MIT
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "tui/state/next.h"

namespace pooltop {

/// Of the control socket's {"event": "command", …}: the request as a command line. What is not known of it is left out.
/// Throws nlohmann::json::exception where it is none.
[[nodiscard]] OthersActed others_act(const nlohmann::json& message);

}  // namespace pooltop
