// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <unordered_map>

namespace pooltop {

/// The books of one source: which of its items are complete. A source item is complete when everything that came of
/// it has reached its end: written, dropped or failed. Most items are one thing in one place at a time and cost
/// nothing here until their end; the others (fan-out, one to many, a failed part) have an entry while they are open.
class Ledger {
 public:
  /// The source handed over `count` more items.
  void admit(std::uint64_t count) { admitted_ += count; }
  /// One part of `ordinal` became `parts` (0: it was dropped: say finish instead).
  void split(std::uint64_t ordinal, std::uint64_t parts);
  /// Parts of [first, first + count), one each, reached their end.
  void finish(std::uint64_t first, std::uint64_t count);
  /// A part of `ordinal` failed for good.
  void fail(std::uint64_t ordinal);
  /// A failed part is given back to be tried again: it is open again. False when no part of it has failed.
  [[nodiscard]] bool reopen(std::uint64_t ordinal);
  [[nodiscard]] bool can_reopen(std::uint64_t ordinal) const;

  [[nodiscard]] std::uint64_t admitted() const noexcept { return admitted_; }
  [[nodiscard]] std::uint64_t done() const noexcept { return done_; }
  [[nodiscard]] std::uint64_t failed() const noexcept { return failed_; }
  [[nodiscard]] std::uint64_t open() const noexcept { return admitted_ - done_ - failed_; }

 private:
  struct Entry {
    std::int64_t parts = 1;  // open ones
    std::uint32_t failed_parts = 0;
  };
  void close_part(std::uint64_t ordinal, bool failed);

  std::uint64_t admitted_ = 0;
  std::uint64_t done_ = 0;
  std::uint64_t failed_ = 0;
  std::unordered_map<std::uint64_t, Entry> entries_;  // open ones that are not one part; and failed ones
};

}  // namespace pooltop
