// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "tui/state/rows.h"

namespace pooltop {

[[nodiscard]] ProblemKey key_of(const Problem& problem);
/// The place of the problem under the cursor among the snapshot's; nullopt if there is none, or it is over.
[[nodiscard]] std::optional<std::size_t> selected_problem(const UiState& state, const Snapshot& snapshot);
/// The worker that a problem is about, if that process still has its row.
[[nodiscard]] const WorkerStatus* worker_of(const Problem& problem, const Snapshot& snapshot);

/// What can be done about it, in a sentence with the keys that do it; empty where there is nothing to say.
[[nodiscard]] std::string next_step(const Problem& problem, const Snapshot& snapshot, const Bindings& bindings);

/// What the engine advises about the stage that limits the run, with the key that does it here: "+ adds a worker".
[[nodiscard]] std::string advice_of(const Limit& limit, const Bindings& bindings);

}  // namespace pooltop
