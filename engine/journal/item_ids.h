// SPDX-License-Identifier: MIT
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <vector>

#include "engine/journal/intervals.h"

namespace pooltop {

/// A set of ids of items of one source: an ordinal, and a path of output indexes (empty for an item that is still the
/// source's own). Kept compactly: an item that became a million outputs, one after the other, is one interval of their
/// last indexes. Each call costs the logarithm of what is kept.
class ItemIds {
 public:
  /// What ids have in common that differ in their last index only.
  struct Parent {
    std::uint64_t ordinal = 0;
    std::vector<std::uint32_t> path;  ///< of the id, without its last index
    auto operator<=>(const Parent&) const = default;
    bool operator==(const Parent&) const = default;
  };
  /// By ordinal, then path index by index, a shorter one first. Finds a Parent by its parts without making one.
  struct Before {
    using is_transparent = void;
    struct View {
      std::uint64_t ordinal;
      std::span<const std::uint32_t> path;
    };
    static View view(const Parent& parent) { return {parent.ordinal, parent.path}; }
    static View view(const View& parts) { return parts; }
    static bool less(const View& a, const View& b);
    bool operator()(const auto& a, const auto& b) const { return less(view(a), view(b)); }
  };
  using Outputs = std::map<Parent, Intervals, Before>;

  void add(std::uint64_t ordinal, std::span<const std::uint32_t> path);
  /// All of `indexes` (not empty, each below 2^32) below `parent` at once.
  void add(Parent parent, const Intervals& indexes);
  /// Ids with an empty path, of `count` ordinals from `first`.
  void add_whole(std::uint64_t first, std::uint64_t count) { whole_.add(first, count); }
  [[nodiscard]] bool contains(std::uint64_t ordinal, std::span<const std::uint32_t> path) const;
  /// True if an id of what came of that item, or of what came of that, is in the set.
  [[nodiscard]] bool contains_below(std::uint64_t ordinal, std::span<const std::uint32_t> path) const;
  /// Forgets every id of that ordinal, whatever its path.
  void erase(std::uint64_t ordinal);
  [[nodiscard]] bool empty() const noexcept { return whole_.empty() && outputs_.empty(); }

  /// The ordinals of ids with an empty path.
  [[nodiscard]] const Intervals& whole() const noexcept { return whole_; }
  /// All others: the last indexes by what stands in front of them; none of the intervals is empty.
  [[nodiscard]] const Outputs& outputs() const noexcept { return outputs_; }

  bool operator==(const ItemIds&) const = default;

 private:
  Intervals whole_;
  Outputs outputs_;
};

}  // namespace pooltop
