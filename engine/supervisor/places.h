// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <map>
#include <string_view>
#include <vector>

#include "engine/supervisor/run.h"

namespace pooltop {

/// Where an item stands in its stage now, as the books have it: nothing is kept beside them.
struct Place {
  enum class Kind : std::uint8_t {
    Nowhere,   ///< it is not in this stage now
    Queued,    ///< waits in the queue
    InWork,    ///< its worker works on it
    Handed,    ///< a worker has it, behind the item in work
    Retrying,  ///< waits out the pause before its next try
    Held,      ///< an ordered sink's: waits for what comes before it
  };
  Kind kind = Kind::Nowhere;
  std::uint32_t source = 0;
  const ItemRef* ref = nullptr;  ///< null where nothing is to be said of it but its ordinal
  std::string_view bytes;
  Nanos since = 0;      ///< queued: when it, or the oldest of its packet, came
  Nanos due = 0;        ///< of its next try
  Slot* slot = nullptr;  ///< who has it
  Link::Current at;      ///< where in its worker's hands
};

/// An item by its id, "17.2" or "urls:17.2", as this run names them.
struct NamedItem {
  std::uint32_t source = 0;
  ItemRef item;
};
/// nullopt where no item of this run can have that id.
[[nodiscard]] std::optional<NamedItem> item_named(const Pipeline& pipeline, std::string_view id);

/// Looks through the stage; costs by the packets that it holds, and by the items that have a history. Valid until
/// anything moves.
[[nodiscard]] Place find_item(Stage& stage, const NamedItem& named);

/// The items of a stage that failed a try and have another one to come, or under way: first those that wait out their
/// pause, the next due first; then those in the queue; then those with workers.
[[nodiscard]] std::vector<Place> retrying_items(Stage& stage);

}  // namespace pooltop
