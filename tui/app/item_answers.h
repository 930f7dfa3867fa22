// SPDX-License-Identifier: MIT
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "engine/control/failed_list.h"
#include "tui/state/next.h"

namespace pooltop {

/// What an answer of the engine says of items ("peek", "failed", "retrying", "item"), where it does. Throws
/// nlohmann::json::exception for a wrong shape.
void read_items(const nlohmann::json& message, Answered& answer);
/// A record of the failed list as a row of screen 4.
[[nodiscard]] FailedRow failed_row(const FailedItem& item);

}  // namespace pooltop
