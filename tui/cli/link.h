// SPDX-License-Identifier: MIT
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "engine/control/client.h"
#include "engine/model/snapshot.h"

namespace pooltop {

/// A connection to a run that is going on. Throws CliError(4) if it is not (any more), ControlError otherwise.
[[nodiscard]] Client connect_to(const std::string& run);

/// One request, one answer, within 10 s. Throws CliError(4), ControlError.
nlohmann::json ask(const std::string& run, std::string_view command, const nlohmann::ordered_json& params);

/// The status with all workers. Throws as ask().
[[nodiscard]] Snapshot fetch_status(const std::string& run);

/// The status of a run: of one going on from its engine, of an ended one its last. Throws as ask(), and CliError(4) for
/// a run that was interrupted and left none.
[[nodiscard]] Snapshot last_status(const std::string& run);

/// The words of a command as the protocol's "targets": a word of digits is a PID, any other a stage's name.
[[nodiscard]] nlohmann::ordered_json targets_json(const std::vector<std::string>& words);

/// The word as a PID, 0 if it is none.
[[nodiscard]] pid_t pid_of(const std::string& word);

}  // namespace pooltop
