// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "engine/queue/packet.h"

namespace pooltop {

/// In front of an ordered sink: holds items until everything before them in the order of their source has come or can
/// come no more (failed, dropped). Counts, for each source item, its parts that are still on their way to this sink.
class Reorder {
 public:
  /// Before anything is admitted: every item below `ordinal` was passed before this run went on.
  void begin_at(std::uint64_t ordinal) noexcept { base_ = ordinal; }
  /// The source handed over `count` items, each with `parts` parts on their way here (0: they come here at once).
  void admit(std::uint64_t count, std::uint32_t parts);
  /// A part of `ordinal` on its way became `parts` that are still on their way.
  void become(std::uint64_t ordinal, std::uint64_t parts);
  /// True while a failed part may be tried again: its place in the order has not passed.
  [[nodiscard]] bool can_reopen(std::uint64_t ordinal) const noexcept { return ordinal >= base_; }
  /// A failed part is tried again: it is on its way again. False when its place in the order has passed.
  bool reopen(std::uint64_t ordinal);
  /// An item arrived; it stays until it is released. What came of one source item is in the order of its indexes.
  void arrive(ItemRef item, std::string_view bytes);

  /// The next item that may be written, in order; nullptr when none may.
  struct Held {
    ItemRef item;
    std::string bytes;
  };
  [[nodiscard]] bool pop(Held& out);
  /// One that is held; null where it is not.
  [[nodiscard]] const Held* find(const ItemRef& item) const;
  /// Takes it out, whatever its place in the order; false where it is not held.
  [[nodiscard]] bool take(const ItemRef& item, Held& out);

  [[nodiscard]] std::uint64_t admitted() const noexcept { return base_ + open_.size(); }
  /// Source items handed over and not passed: bounded by the caller.
  [[nodiscard]] std::uint64_t window() const noexcept { return open_.size(); }
  [[nodiscard]] std::uint64_t held() const noexcept { return held_.size(); }
  [[nodiscard]] std::uint64_t held_bytes() const noexcept { return held_bytes_; }

 private:
  void advance();

  std::uint64_t base_ = 0;         // every ordinal below has no part on its way
  std::deque<std::int64_t> open_;  // parts on their way, from base_ on
  std::map<std::pair<std::uint64_t, std::vector<std::uint32_t>>, Held> held_;
  std::uint64_t held_bytes_ = 0;
};

}  // namespace pooltop
