// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <unordered_set>
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
  std::unordered_set<std::string> fresh = {};  ///< keys of the rows that are looked at
  std::uint32_t rest_ms = 0;                   ///< how often the other ones are wanted; 0: as often as these
};

/// What rows can be sorted by: members of a worker's object. Numbers that grow sort the largest first.
[[nodiscard]] const std::vector<std::string_view>& window_sorts();

/// The window of a checked request's "workers"; all rows where it has none.
[[nodiscard]] WorkerWindow window_from(const nlohmann::json& request);

/// The window's rows, nothing copied: they live as long as the snapshot.
struct WindowedRows {
  std::vector<const WorkerStatus*> rows;
  std::uint64_t workers = 0;  ///< rows of the window's stage, in the window or not
};
[[nodiscard]] WindowedRows rows_through(const Snapshot& snapshot, const WorkerWindow& window);

struct WindowedStatus {
  Snapshot status;            ///< with the window's rows only
  std::uint64_t workers = 0;  ///< as above
};
[[nodiscard]] WindowedStatus through_window(const Snapshot& snapshot, const WorkerWindow& window);

/// "STAGE.SLOT.PID": one process in one slot. A stage's name holds no '.', so the text is unambiguous.
[[nodiscard]] std::string row_key(const WorkerStatus& row);

/// Without stages, rows and problems; without rows.
[[nodiscard]] Snapshot without_lists(const Snapshot& snapshot);
[[nodiscard]] Snapshot without_rows(const Snapshot& snapshot);

/// Lets the ages grow, as both ends of a subscription do. Rounded each time: to and from text changes nothing then.
void advance(WorkerStatus& row, double seconds);
void advance(Snapshot& known, double seconds);

/// The client's half: `known` plus a "delta". Throws nlohmann::json::exception for one of the wrong shape.
void apply_changes(Snapshot& known, const nlohmann::json& delta);

}  // namespace pooltop
