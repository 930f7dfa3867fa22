// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/clock.h"
#include "engine/model/item_way.h"

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

/// A row of screen 4: an item that failed for good, or one that failed and has another try to come.
struct FailedRow {
  ItemKey key;
  std::string item;  ///< printable, its first 256 bytes
  std::uint64_t bytes = 0;
  std::size_t tries = 0;  ///< that it had; of one that is tried again see `now`
  ItemNow now;            ///< where it is, while it is tried again
  std::string how;        ///< "exit 3 after 1.1s": how its last try ended, where that is known
  std::string error;
  std::string standard_error;  ///< what its last try wrote last; as it was written
};

/// The engine's answer to "failed" and "retrying": a part of the list.
struct FailedPage {
  std::uint64_t total = 0;
  std::vector<FailedRow> rows;
  std::uint64_t searched = 0;  ///< where some are looked for: of how many records it is known whether they fit …
  std::uint64_t records = 0;   ///< … of so many
};

/// What came of giving items back.
struct GivenBack {
  std::uint64_t given_back = 0;
  std::uint64_t kept = 0;     ///< their stage has ended
  std::uint64_t hurried = 0;  ///< they need not wait for their next try any longer
};

/// The item whose way is shown.
struct ItemState {
  std::optional<ItemKey> key;
  std::string text;  ///< the item, as it was known where one came from
  std::optional<ItemWay> way;
  std::string refused;
  std::uint64_t asked = 0;  ///< id of the request on its way, 0: none
  Nanos asked_at = 0;
  std::size_t top = 0;  ///< first line shown
};

/// One of the two lists of screen 4, as far as it was asked for.
struct FailedPart {
  std::uint64_t total = 0;
  std::uint64_t first = 0;  ///< place of rows[0] in the list
  std::vector<FailedRow> rows;
  bool is_known = false;
  std::uint64_t searched = 0;
  std::uint64_t records = 0;
  std::string refused;
  std::uint64_t asked = 0;  ///< id of the request on its way, 0: none
  Nanos asked_at = 0;
  std::uint64_t asked_first = 0;
  std::uint64_t asked_count = 0;
  bool has_no_more = false;  ///< the same question brought no more rows than before, though there should be some

  [[nodiscard]] bool is_searching() const { return searched < records; }
};

/// Screen 4: those that failed for good in the order in which they did, then those that are tried again. Only the rows
/// around those shown are known.
struct FailedState {
  std::string match;  ///< only those that fit it are shown (ItemMatch); empty: all
  FailedPart failed;
  FailedPart retrying;
  std::optional<ItemKey> item;  ///< under the cursor, on the list or gone from it
  std::uint64_t place = 0;      ///< where it was last seen
  bool is_there = false;        ///< it is on the list
  std::uint64_t top = 0;        ///< first line shown
  std::vector<ItemKey> marks;
  bool all_marked = false;
  std::uint64_t seen = 0;  ///< the run's counters when the list of failed items was asked for
  bool is_old = false;     ///< something was done to it: ask again at once

  [[nodiscard]] std::uint64_t count() const { return failed.total + retrying.total; }
  /// The row at a place of the whole list; nullptr where it is not known.
  [[nodiscard]] const FailedRow* row_at(std::uint64_t at) const;
  [[nodiscard]] bool is_marked(const ItemKey& key) const;
  void unmark();
};

}  // namespace pooltop
