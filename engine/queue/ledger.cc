// SPDX-License-Identifier: MIT
#include "engine/queue/ledger.h"

#include "engine/base/error.h"

#include <algorithm>
#include <utility>

namespace pooltop {

void Ledger::restore(Intervals complete, const std::map<std::uint64_t, std::uint32_t>& failed) {
  complete_ = std::move(complete);
  for (const auto& [ordinal, parts] : failed)
    if (complete_.contains(ordinal)) entries_[ordinal] = {.parts = 0, .failed_parts = parts};
  restored_end_ = 0;
  for (const auto& [first, end] : complete_) restored_end_ = end;
  const std::uint64_t before = complete_.first_missing();
  admit_complete(before);
}

std::pair<bool, std::uint64_t> Ledger::next_admitted(std::uint64_t most) const {
  if (admitted_ >= restored_end_) return {false, most};
  const bool is_complete = complete_.contains(admitted_);
  std::uint64_t count = 0;
  while (count < most && complete_.contains(admitted_ + count) == is_complete) ++count;
  return {is_complete, count};
}

void Ledger::admit_complete(std::uint64_t count) {
  std::uint64_t failed = 0;
  const auto has_failed = [&](std::uint64_t ordinal) {
    const auto found = entries_.find(ordinal);
    return found != entries_.end() && found->second.failed_parts > 0;
  };
  if (count <= entries_.size()) {
    for (std::uint64_t i = 0; i < count; ++i) failed += has_failed(admitted_ + i) ? 1 : 0;
  } else {
    for (const auto& [ordinal, entry] : entries_)
      failed += ordinal >= admitted_ && ordinal - admitted_ < count && has_failed(ordinal) ? 1 : 0;
  }
  admitted_ += count;
  failed_ += failed;
  done_ += count - failed;
}

void Ledger::split(std::uint64_t ordinal, std::uint64_t parts) {
  if (parts == 1) return;
  entries_[ordinal].parts += static_cast<std::int64_t>(parts) - 1;
}

void Ledger::finish(std::uint64_t first, std::uint64_t count) {
  if (entries_.empty()) {
    done_ += count;
    complete_.add(first, count);
    return;
  }
  for (std::uint64_t i = 0; i < count; ++i) close_part(first + i, false);
}

void Ledger::fail(std::uint64_t ordinal) { close_part(ordinal, true); }

void Ledger::close_part(std::uint64_t ordinal, bool failed) {
  const auto found = entries_.find(ordinal);
  if (found == entries_.end() && !failed) {
    ++done_;
    complete_.add(ordinal, 1);
    return;
  }
  Entry& entry = found == entries_.end() ? entries_[ordinal] : found->second;
  --entry.parts;
  if (failed) ++entry.failed_parts;
  POOLTOP_ASSERT(entry.parts >= 0);
  if (entry.parts > 0) return;
  complete_.add(ordinal, 1);
  if (entry.failed_parts > 0) {
    ++failed_;  // its entry stays: a part may be given back
  } else {
    ++done_;
    entries_.erase(ordinal);
  }
}

std::uint64_t Ledger::needed_from() const {
  std::uint64_t from = complete_.first_missing();
  for (const auto& [ordinal, entry] : entries_)
    if (entry.failed_parts > 0) from = std::min(from, ordinal);
  return from;
}

bool Ledger::can_reopen(std::uint64_t ordinal) const {
  const auto found = entries_.find(ordinal);
  return ordinal < admitted_ && found != entries_.end() && found->second.failed_parts > 0;
}

bool Ledger::reopen(std::uint64_t ordinal) {
  if (!can_reopen(ordinal)) return false;
  Entry& entry = entries_[ordinal];
  if (entry.parts == 0) {
    --failed_;
    complete_.remove(ordinal);
  }
  ++entry.parts;
  --entry.failed_parts;
  return true;
}

}  // namespace pooltop
