// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <vector>

#include "tui/state/ui_state.h"

namespace pooltop {

inline constexpr std::size_t kMostLookedAt = 300;

/// The workers whose rows are on the screen.
[[nodiscard]] std::vector<WorkerKey> rows_in_sight(const UiState& state, const Snapshot& snapshot);
/// Whether the user sees which worker this is: by its row, or because the screen is about it.
[[nodiscard]] bool is_in_sight(const UiState& state, const Snapshot& snapshot, const WorkerKey& worker);

/// The workers that are looked at: those on the screen, under the cursor, in a dialog, marked. What these do is wanted
/// at once, of the others now and then. At most kMostLookedAt, those on the screen first.
[[nodiscard]] std::vector<WorkerKey> looked_at(const UiState& state, const Snapshot& snapshot);

}  // namespace pooltop
