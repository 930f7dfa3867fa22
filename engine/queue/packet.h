// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/clock.h"
#include "engine/region/failure.h"

namespace pooltop {

/// One failed try of an item, for the failed list.
struct Attempt {
  ItemFailure failure;
  std::int64_t started_us = 0;  ///< wall clock
  double elapsed_s = 0;
};

/// What only few items have to tell beside their ordinal.
struct ItemExtra {
  std::vector<std::uint32_t> path;  ///< output indexes, one for each stage that made many of one
  std::uint32_t failures = 0;       ///< tries that the work reported as failed
  std::uint32_t crashes = 0;        ///< tries that ended with their worker
  bool is_followed = false;         ///< its way through this stage is kept (Ways): its good end is told too
  std::vector<Attempt> attempts;
};

/// Which item: the ordinal in its source, and its path through stages that made many of one.
struct ItemRef {
  std::uint64_t ordinal = 0;
  std::unique_ptr<ItemExtra> extra;

  ItemRef() = default;
  explicit ItemRef(std::uint64_t o) : ordinal(o) {}
  [[nodiscard]] ItemRef clone() const;
  /// As it enters the next stage: its tries in this one are not that stage's.
  [[nodiscard]] ItemRef without_history() const;
  [[nodiscard]] ItemExtra& more() {
    if (!extra) extra = std::make_unique<ItemExtra>();
    return *extra;
  }
  [[nodiscard]] std::span<const std::uint32_t> path() const {
    return extra ? std::span<const std::uint32_t>(extra->path) : std::span<const std::uint32_t>();
  }
  /// The try that runs now or next: 1, 2 …
  [[nodiscard]] std::uint32_t attempt() const { return extra ? 1 + extra->failures + extra->crashes : 1; }
};

/// "17" or "17.2.0", behind "SOURCE:" where `source` is not empty.
[[nodiscard]] std::string id_text(std::string_view source, const ItemRef& item);
/// "17.2.0" back to which item it is, without "SOURCE:"; nullopt for what id_text() does not write.
[[nodiscard]] std::optional<ItemRef> item_of_text(std::string_view numbers);
/// The same ordinal and path, whatever their tries.
[[nodiscard]] bool is_same_item(const ItemRef& a, const ItemRef& b) noexcept;

/// What travels: items of one source, back to back. Either their ordinals are consecutive from `first` and nothing
/// else is to be said of them (`refs` is empty), or `refs` has an entry for each.
struct Packet {
  std::uint32_t source = 0;  ///< stage index of the source
  std::uint64_t first = 0;
  std::vector<ItemRef> refs;
  std::string data;
  std::vector<std::uint32_t> lengths;
  Nanos queued_at = 0;     ///< of its oldest item
  bool is_closed = false;  ///< takes in no more: a suspect of a crash travels alone

  [[nodiscard]] std::size_t count() const noexcept { return lengths.size(); }
  [[nodiscard]] std::uint64_t ordinal(std::size_t index) const {
    return refs.empty() ? first + index : refs[index].ordinal;
  }
  [[nodiscard]] ItemRef ref(std::size_t index) const {
    return refs.empty() ? ItemRef(first + index) : refs[index].clone();
  }
  [[nodiscard]] ItemRef take_ref(std::size_t index) {
    return refs.empty() ? ItemRef(first + index) : std::move(refs[index]);
  }
  /// Makes room for things to be said of single items.
  void itemize();
  [[nodiscard]] std::uint64_t offset(std::size_t index) const noexcept;
  [[nodiscard]] std::string_view bytes(std::size_t index) const noexcept {
    return std::string_view(data).substr(offset(index), lengths[index]);
  }
  /// Where the item stands in it; the caller has looked at `source`.
  [[nodiscard]] std::optional<std::size_t> find(const ItemRef& item) const noexcept;
  /// Items [from, to) as a packet of their own; their refs are moved out of this one.
  [[nodiscard]] std::unique_ptr<Packet> cut(std::size_t from, std::size_t to);
  void clear();
};

/// A run of items to be put into a queue, by reference: consecutive from `first`, or with `refs`.
struct ItemRun {
  std::uint32_t source = 0;
  std::uint64_t first = 0;
  std::span<const ItemRef> refs;
  std::string_view data;
  std::span<const std::uint32_t> lengths;
};

}  // namespace pooltop
