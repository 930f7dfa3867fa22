// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/clock.h"

namespace pooltop {

/// Which item a row stands for: ids are unique in a stage. Cursor and requests hold one of these, never a row's number.
struct ItemKey {
  std::string stage;
  std::string id;
  bool operator==(const ItemKey&) const = default;
};

struct PeekedItem {
  std::string id;
  std::string item;  ///< printable, its first 256 bytes
  std::uint64_t bytes = 0;
  double age_s = 0;
};

/// The engine's answer to "peek".
struct Peek {
  std::string stage;
  std::uint64_t depth = 0;
  std::vector<PeekedItem> items;  ///< the first ones
};

/// The first items of the queue under the cursor, as long as they are shown.
struct QueueState {
  std::string stage;  ///< whose they are
  std::optional<Peek> now;
  std::string refused;
  std::uint64_t asked = 0;  ///< id of the request on its way, 0: none
  Nanos asked_at = 0;
  std::optional<ItemKey> item;  ///< under the cursor, in the queue or gone from it
  std::size_t place = 0;        ///< row where it was last seen
  std::size_t top = 0;          ///< first line shown
};

}  // namespace pooltop
