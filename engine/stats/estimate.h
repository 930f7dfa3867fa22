// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "engine/base/clock.h"
#include "engine/model/snapshot.h"

namespace pooltop {

/// One stage as the estimate sees it, sources first: `from` names stages before it in the list.
struct EtaStage {
  std::vector<std::size_t> from;  ///< empty: a source
  std::uint32_t workers = 1;
  std::uint64_t handled = 0;   ///< items that left it for good: done, dropped or failed; of a source: items given
  std::uint64_t produced = 0;  ///< items that it gave on
  Nanos worked = 0;            ///< since its first item, without the time in which all of it was paused
  std::optional<std::uint64_t> total;  ///< of a source: how many it will give, if it knows
};

/// Seconds until the run ends: what is still to come at each stage by that stage's rate over the whole run; the slowest
/// decides. nullopt while nobody can say: a total is unknown, the run is younger than 5 s, or a stage that has work to
/// come has not handled 2 items for each of its workers yet.
[[nodiscard]] std::optional<double> estimate_eta(std::span<const EtaStage> stages, Nanos elapsed);

}  // namespace pooltop
