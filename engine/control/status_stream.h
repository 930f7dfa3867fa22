// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/model/snapshot.h"

namespace pooltop {

/// Which rows of "workers" a client shows, and in which order.
struct WorkerWindow {
  std::string stage;          ///< empty: all stages
  std::string sort = "slot";  ///< one of window_sorts(); "slot" is stage, then slot
  bool reverse = false;
  std::size_t offset = 0;
  std::size_t limit = static_cast<std::size_t>(-1);
};

/// What rows can be sorted by: members of a worker's object. Numbers that grow sort the largest first.
[[nodiscard]] const std::vector<std::string_view>& window_sorts();

/// The window of a checked request's "workers"; all rows where it has none.
[[nodiscard]] WorkerWindow window_from(const nlohmann::json& request);

struct WindowedStatus {
  Snapshot status;            ///< with the window's rows only
  std::uint64_t workers = 0;  ///< rows of the window's stage, in the window or not
};
[[nodiscard]] WindowedStatus through_window(const Snapshot& snapshot, const WorkerWindow& window);

/// The snapshot with its numbers as a client reads them from the JSON text: what a subscriber knows after a whole one.
[[nodiscard]] Snapshot as_sent(Snapshot snapshot);

/// Brings `known`, what a client knows, to `now` and returns what it must be told: the "delta" of
/// docs/control-protocol.md. nullopt (and `known` as before) if the stages are other ones: then the whole status must
/// be sent.
[[nodiscard]] std::optional<nlohmann::ordered_json> take_changes(Snapshot& known, Snapshot now);

/// The client's half: `known` plus a "delta". Throws nlohmann::json::exception for one of the wrong shape.
void apply_changes(Snapshot& known, const nlohmann::json& delta);

}  // namespace pooltop
