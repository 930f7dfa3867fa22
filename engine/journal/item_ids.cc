// SPDX-License-Identifier: MIT
#include "engine/journal/item_ids.h"

#include <algorithm>
#include <utility>

#include "engine/base/error.h"

namespace pooltop {

bool ItemIds::Before::less(const View& a, const View& b) {
  if (a.ordinal != b.ordinal) return a.ordinal < b.ordinal;
  return std::lexicographical_compare(a.path.begin(), a.path.end(), b.path.begin(), b.path.end());
}

void ItemIds::add(std::uint64_t ordinal, std::span<const std::uint32_t> path) {
  if (path.empty()) return whole_.add(ordinal, 1);
  const auto parent = path.first(path.size() - 1);
  auto at = outputs_.find(Before::View{ordinal, parent});
  if (at == outputs_.end()) at = outputs_.try_emplace(Parent{ordinal, {parent.begin(), parent.end()}}).first;
  at->second.add(path.back(), 1);
}

void ItemIds::add(Parent parent, const Intervals& indexes) {
  POOLTOP_ASSERT(!indexes.empty());
  Intervals& known = outputs_[std::move(parent)];
  for (const auto& [first, end] : indexes) known.add(first, end - first);
}

bool ItemIds::contains(std::uint64_t ordinal, std::span<const std::uint32_t> path) const {
  if (path.empty()) return whole_.contains(ordinal);
  const auto at = outputs_.find(Before::View{ordinal, path.first(path.size() - 1)});
  return at != outputs_.end() && at->second.contains(path.back());
}

bool ItemIds::contains_below(std::uint64_t ordinal, std::span<const std::uint32_t> path) const {
  const auto at = outputs_.lower_bound(Before::View{ordinal, path});
  return at != outputs_.end() && at->first.ordinal == ordinal && at->first.path.size() >= path.size() &&
         std::equal(path.begin(), path.end(), at->first.path.begin());
}

void ItemIds::erase(std::uint64_t ordinal) {
  whole_.remove(ordinal);
  const auto first = outputs_.lower_bound(Before::View{ordinal, {}});
  auto end = first;
  while (end != outputs_.end() && end->first.ordinal == ordinal) ++end;
  outputs_.erase(first, end);
}

}  // namespace pooltop
