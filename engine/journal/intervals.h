// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>

namespace pooltop {

/// A set of numbers from 0 to 2^64 - 2 (ordinals, output indexes), kept as half-open intervals [first, end) that are
/// sorted, disjoint and never adjacent: its size follows the number of gaps, not of members. One tree node an
/// interval; every call costs the logarithm of how many there are, unless it says otherwise.
class Intervals {
 public:
  using const_iterator = std::map<std::uint64_t, std::uint64_t>::const_iterator;

  /// Adds first, first + 1 … first + count - 1, whether or not some are members already; touching intervals become one.
  /// Behind or at the end of the last interval it costs nothing. The last number may not exceed 2^64 - 2.
  void add(std::uint64_t first, std::uint64_t count);
  /// Takes one out again, if it is a member.
  void remove(std::uint64_t ordinal);
  [[nodiscard]] bool contains(std::uint64_t ordinal) const;
  /// The lowest number that is no member. O(1).
  [[nodiscard]] std::uint64_t first_missing() const noexcept;
  /// How many members. O(1).
  [[nodiscard]] std::uint64_t count() const noexcept { return count_; }
  [[nodiscard]] bool empty() const noexcept { return ends_.empty(); }

  /// for (const auto& [first, end] : intervals), in order.
  [[nodiscard]] const_iterator begin() const noexcept { return ends_.begin(); }
  [[nodiscard]] const_iterator end() const noexcept { return ends_.end(); }
  /// How many intervals. O(1).
  [[nodiscard]] std::size_t size() const noexcept { return ends_.size(); }

  bool operator==(const Intervals&) const = default;

 private:
  std::map<std::uint64_t, std::uint64_t> ends_;  // first -> end
  std::uint64_t count_ = 0;
};

}  // namespace pooltop
