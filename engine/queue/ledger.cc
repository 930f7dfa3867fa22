// SPDX-License-Identifier: MIT
#include "engine/queue/ledger.h"

#include "engine/base/error.h"

namespace pooltop {

void Ledger::split(std::uint64_t ordinal, std::uint64_t parts) {
  if (parts == 1) return;
  entries_[ordinal].parts += static_cast<std::int64_t>(parts) - 1;
}

void Ledger::finish(std::uint64_t first, std::uint64_t count) {
  if (entries_.empty()) {
    done_ += count;
    return;
  }
  for (std::uint64_t i = 0; i < count; ++i) close_part(first + i, false);
}

void Ledger::fail(std::uint64_t ordinal) { close_part(ordinal, true); }

void Ledger::close_part(std::uint64_t ordinal, bool failed) {
  const auto found = entries_.find(ordinal);
  if (found == entries_.end() && !failed) {
    ++done_;
    return;
  }
  Entry& entry = found == entries_.end() ? entries_[ordinal] : found->second;
  --entry.parts;
  if (failed) ++entry.failed_parts;
  POOLTOP_ASSERT(entry.parts >= 0);
  if (entry.parts > 0) return;
  if (entry.failed_parts > 0) {
    ++failed_;  // its entry stays: a part may be given back
  } else {
    ++done_;
    entries_.erase(ordinal);
  }
}

bool Ledger::can_reopen(std::uint64_t ordinal) const {
  const auto found = entries_.find(ordinal);
  return found != entries_.end() && found->second.failed_parts > 0;
}

bool Ledger::reopen(std::uint64_t ordinal) {
  if (!can_reopen(ordinal)) return false;
  Entry& entry = entries_[ordinal];
  if (entry.parts == 0) --failed_;
  ++entry.parts;
  --entry.failed_parts;
  return true;
}

}  // namespace pooltop
