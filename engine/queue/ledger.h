// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <map>
#include <unordered_map>

#include "engine/journal/intervals.h"

namespace pooltop {

/// The books of one source: which of its items are complete. A source item is complete when everything that came of
/// it has reached its end: written, dropped or failed. Most items are one thing in one place at a time and cost
/// nothing here until their end; the others (fan-out, one to many, a failed part) have an entry while they are open.
/// Which ones are complete is kept as intervals: as many as there are gaps, not as there are items.
class Ledger {
 public:
  /// Before anything is admitted, for a run that goes on: `complete` were at a time before, those in `failed` with so
  /// many failed parts. The source is to hand over everything from admitted() on.
  void restore(Intervals complete, const std::map<std::uint64_t, std::uint32_t>& failed);
  /// How many of the next items, at most `most`, the source hands over for nothing (true), or for the first time
  /// (false), since they were complete before; 0 only where `most` is.
  [[nodiscard]] std::pair<bool, std::uint64_t> next_admitted(std::uint64_t most) const;
  /// The source handed over `count` more items.
  void admit(std::uint64_t count) { admitted_ += count; }
  /// `count` more that were complete before this run went on.
  void admit_complete(std::uint64_t count);
  /// One part of `ordinal` became `parts` (0: it was dropped: say finish instead).
  void split(std::uint64_t ordinal, std::uint64_t parts);
  /// Parts of [first, first + count), one each, reached their end.
  void finish(std::uint64_t first, std::uint64_t count);
  /// A part of `ordinal` failed for good.
  void fail(std::uint64_t ordinal);
  /// A failed part is given back to be tried again: it is open again. False when no part of it has failed.
  [[nodiscard]] bool reopen(std::uint64_t ordinal);
  [[nodiscard]] bool can_reopen(std::uint64_t ordinal) const;
  /// No item below it will be asked for again: each is done. (Failed ones may be given back.)
  [[nodiscard]] std::uint64_t needed_from() const;
  /// True while it is more than one open part: it has parts still to come to their end, or failed ones.
  [[nodiscard]] bool has_entry(std::uint64_t ordinal) const { return entries_.contains(ordinal); }
  [[nodiscard]] bool has_entries() const noexcept { return !entries_.empty(); }

  [[nodiscard]] std::uint64_t admitted() const noexcept { return admitted_; }
  [[nodiscard]] std::uint64_t done() const noexcept { return done_; }
  [[nodiscard]] std::uint64_t failed() const noexcept { return failed_; }
  [[nodiscard]] std::uint64_t open() const noexcept { return admitted_ - done_ - failed_; }
  /// Done or failed; after restore() also those that the source has not handed over again yet.
  [[nodiscard]] const Intervals& complete() const noexcept { return complete_; }

 private:
  struct Entry {
    std::int64_t parts = 1;  // open ones
    std::uint32_t failed_parts = 0;
  };
  void close_part(std::uint64_t ordinal, bool failed);

  std::uint64_t admitted_ = 0;
  std::uint64_t done_ = 0;
  std::uint64_t failed_ = 0;
  std::uint64_t restored_end_ = 0;  // behind the last item that was complete before this run went on
  Intervals complete_;
  std::unordered_map<std::uint64_t, Entry> entries_;  // open ones that are not one part; and failed ones
};

}  // namespace pooltop
