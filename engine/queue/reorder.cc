// SPDX-License-Identifier: MIT
#include "engine/queue/reorder.h"

#include "engine/base/error.h"

namespace pooltop {

namespace {
std::pair<std::uint64_t, std::vector<std::uint32_t>> key_of(const ItemRef& item) {
  return {item.ordinal, item.extra ? item.extra->path : std::vector<std::uint32_t>{}};
}
}  // namespace

void Reorder::admit(std::uint64_t count, std::uint32_t parts) {
  for (std::uint64_t i = 0; i < count; ++i) open_.push_back(parts);
  advance();
}

void Reorder::become(std::uint64_t ordinal, std::uint64_t parts) {
  POOLTOP_ASSERT(ordinal >= base_ && ordinal - base_ < open_.size());
  open_[ordinal - base_] += static_cast<std::int64_t>(parts) - 1;
  advance();
}

bool Reorder::reopen(std::uint64_t ordinal) {
  if (!can_reopen(ordinal)) return false;
  ++open_[ordinal - base_];
  return true;
}

void Reorder::arrive(ItemRef item, std::string_view bytes) {
  auto key = key_of(item);
  held_bytes_ += bytes.size();
  const bool is_new = held_.try_emplace(std::move(key), Held{std::move(item), std::string(bytes)}).second;
  POOLTOP_ASSERT(is_new);
}

bool Reorder::pop(Held& out) {
  if (held_.empty() || held_.begin()->first.first >= base_) return false;
  out = std::move(held_.begin()->second);
  held_.erase(held_.begin());
  held_bytes_ -= out.bytes.size();
  return true;
}

const Reorder::Held* Reorder::find(const ItemRef& item) const {
  const auto found = held_.find(key_of(item));
  return found == held_.end() ? nullptr : &found->second;
}

bool Reorder::take(const ItemRef& item, Held& out) {
  const auto found = held_.find(key_of(item));
  if (found == held_.end()) return false;
  out = std::move(found->second);
  held_.erase(found);
  held_bytes_ -= out.bytes.size();
  return true;
}

void Reorder::advance() {
  while (!open_.empty() && open_.front() == 0) open_.pop_front(), ++base_;
}

}  // namespace pooltop
