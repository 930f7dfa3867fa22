// SPDX-License-Identifier: MIT
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "engine/model/snapshot.h"

namespace pooltop {

/// The status object, keys in the order of the contract; nullopt members are null, ages and rates rounded to 3
/// decimals.
[[nodiscard]] nlohmann::ordered_json to_json(const Snapshot& snapshot);
[[nodiscard]] nlohmann::ordered_json to_json(const StageStatus& stage);
[[nodiscard]] nlohmann::ordered_json to_json(const WorkerStatus& worker);
[[nodiscard]] nlohmann::ordered_json to_json(const Problem& problem);

/// The members of `now` whose values differ from those of `known`, as to_json() writes them; of a snapshot without its
/// lists (stages, workers, problems).
[[nodiscard]] nlohmann::ordered_json changes_to_json(const Snapshot& known, const Snapshot& now);
[[nodiscard]] nlohmann::ordered_json changes_to_json(const StageStatus& known, const StageStatus& now);

/// Reads what to_json wrote. Unknown keys are passed over (a newer engine may send more), missing ones keep their
/// default; a wrong type throws nlohmann::json::exception.
[[nodiscard]] Snapshot snapshot_from_json(const nlohmann::json& object);
[[nodiscard]] WorkerStatus worker_from_json(const nlohmann::json& object);

/// The same for one stage or one worker: what `object` has replaces what is there, null takes away what may be unknown.
void update_from_json(StageStatus& stage, const nlohmann::json& object);
void update_from_json(WorkerStatus& worker, const nlohmann::json& object);

}  // namespace pooltop
