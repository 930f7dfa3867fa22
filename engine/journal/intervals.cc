// SPDX-License-Identifier: MIT
#include "engine/journal/intervals.h"

#include <algorithm>
#include <iterator>
#include <limits>

#include "engine/base/error.h"

namespace pooltop {

void Intervals::add(std::uint64_t first, std::uint64_t count) {
  if (count == 0) return;
  POOLTOP_ASSERT(count <= std::numeric_limits<std::uint64_t>::max() - first);
  const std::uint64_t end = first + count;
  // Items mostly end in the order in which they came: then there is nothing to look for.
  if (ends_.empty() || std::prev(ends_.end())->second < first) {
    ends_.emplace_hint(ends_.end(), first, end);
    count_ += count;
    return;
  }
  auto at = std::prev(ends_.end());
  if (at->first > first) {
    at = ends_.upper_bound(first);  // the first one that begins behind it
    if (at == ends_.begin() || std::prev(at)->second < first) {
      at = ends_.emplace_hint(at, first, first);
    } else {
      --at;
    }
  }
  if (at->second >= end) return;
  count_ += end - at->second;
  at->second = end;
  for (auto next = std::next(at); next != ends_.end() && next->first <= end; next = ends_.erase(next)) {
    // What both have was counted twice; what `next` has behind `end` is new to `at` but was counted before.
    count_ -= std::min(end, next->second) - next->first;
    at->second = std::max(at->second, next->second);
  }
}

void Intervals::remove(std::uint64_t ordinal) {
  const auto next = ends_.upper_bound(ordinal);
  if (next == ends_.begin()) return;
  const auto at = std::prev(next);
  const std::uint64_t end = at->second;
  if (end <= ordinal) return;
  --count_;
  if (ordinal + 1 < end) ends_.emplace_hint(next, ordinal + 1, end);
  if (at->first == ordinal) {
    ends_.erase(at);
  } else {
    at->second = ordinal;
  }
}

bool Intervals::contains(std::uint64_t ordinal) const {
  const auto next = ends_.upper_bound(ordinal);
  return next != ends_.begin() && ordinal < std::prev(next)->second;
}

std::uint64_t Intervals::first_missing() const noexcept {
  return ends_.empty() || ends_.begin()->first != 0 ? 0 : ends_.begin()->second;
}

}  // namespace pooltop
