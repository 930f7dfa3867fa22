// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "engine/supervisor/run.h"

namespace pooltop {

/// {"number", "time", "kind", "stage", "pid", "item_id", "text"}; what an event is not about is null.
[[nodiscard]] nlohmann::ordered_json to_json(const Event& event);

/// A list of those with a number above `after`, oldest first.
[[nodiscard]] nlohmann::ordered_json events_after(const std::vector<Event>& events, std::uint64_t after);

/// Writes them to `file`, one object per line, so that who watched can tell the last ones when the socket is gone;
/// without events there is no file. Throws std::system_error.
void write_events(const std::string& file, const std::vector<Event>& events);

}  // namespace pooltop
