// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/journal/intervals.h"
#include "engine/journal/item_ids.h"

namespace pooltop {

/// How far the items of one source have come.
struct SourceProgress {
  std::string name;                    ///< the stage's
  Intervals complete;                  ///< ordinals of which all that came of them has reached its end
  std::uint64_t admitted = 0;          ///< items that the source has handed over
  std::uint64_t digest = 0;            ///< of the first `admitted` items' bytes where the source keeps one, else 0
  bool has_ended = false;              ///< it has no items but these
  std::optional<std::uint64_t> total;  ///< how many it will have, where it knows
  /// Nothing of it is left to be done.
  [[nodiscard]] bool is_finished() const { return has_ended && complete.count() == admitted; }
  bool operator==(const SourceProgress&) const = default;
};

/// How far one sink has come.
struct SinkProgress {
  std::string name;           ///< the stage's
  std::uint64_t written = 0;  ///< bytes of its file that are acknowledged
  /// Of what lies in those bytes though its source's item is not complete: an entry for each of the run's sources, in
  /// their order in JournalState (those at the end may be left out), as ordinals are a source's own.
  std::vector<ItemIds> ids;
  bool operator==(const SinkProgress&) const = default;
};

/// All that a run needs to go on after everything of it was killed. Names are those of the config's stages: 1 to 255
/// bytes, no control characters, no name twice among the sources or among the sinks.
struct JournalState {
  std::vector<SourceProgress> sources;
  std::vector<SinkProgress> sinks;
  /// Every item is done or failed.
  [[nodiscard]] bool is_finished() const {
    return std::all_of(sources.begin(), sources.end(), [](const SourceProgress& s) { return s.is_finished(); });
  }
  bool operator==(const JournalState&) const = default;
};

}  // namespace pooltop
