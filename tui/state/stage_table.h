// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <vector>

#include "tui/state/ui_state.h"

namespace pooltop {

/// The stages as items flow: each below what feeds it, one branch whole before the next; what several feed stands below
/// the last of them. Otherwise in the config's order. Never leaves one out, whatever `from` says.
[[nodiscard]] std::vector<const StageStatus*> stages_in_flow(const Snapshot& snapshot);

/// Those of the table that is shown: all, on the screen of queues the ones that have a queue in front of them.
[[nodiscard]] std::vector<const StageStatus*> shown_stages(const UiState& state, const Snapshot& snapshot);

/// The selected stage's place among `rows`; nothing if it is not one of them.
[[nodiscard]] std::optional<std::size_t> place_of_stage(const UiState& state,
                                                        const std::vector<const StageStatus*>& rows);

}  // namespace pooltop
