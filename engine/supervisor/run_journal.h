// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/base/clock.h"
#include "engine/journal/journal.h"
#include "engine/supervisor/run.h"

namespace pooltop {

/// Whether the journal keeps a digest of what the source hands over: it could be others the next time, and nothing
/// else tells (a glob; of a file its size and its time of change do).
[[nodiscard]] bool keeps_digest(const StageConfig& source);

/// What the run's journal says now: what is complete, what is written. A consistent state at every point of the loop.
[[nodiscard]] JournalState journal_state(const Run& run);

/// Puts the pipeline where the run of before was: `from` is its journal's last record, `failed` its failed items that
/// stay so, by source and ordinal, with their number. Before anything has moved.
void restore(Run& run, const ResumedRun& from);

/// Writes the run's journal about five times a second while something changes. Where there is no room for it nothing new
/// is begun until there is: what is in work is finished. Where it cannot be written for another reason the run goes on:
/// what is done since would run again after a crash, and file sinks would be cut back accordingly. Both are among its
/// problems. A disk that does not keep what it took (durability "fsync") ends the run.
class RunJournal {
 public:
  explicit RunJournal(Run& run) : run_(run) {}

  /// Makes the journal, or opens that of before; durability "none": does nothing, as everything here. Throws
  /// std::system_error, JournalError.
  void start();
  /// Called ten times a second.
  void tick();
  /// The run has ended; nothing moves any more. What its sources kept goes if every item is done.
  void end();
  /// Before these failed items (source stage, ordinal) leave the list of failed items: they are not complete from here
  /// on, whatever happens next. Throws std::system_error where it cannot be written.
  void reopen(const std::vector<std::pair<std::uint32_t, std::uint64_t>>& items);

 private:
  void append(const JournalState& state);
  void try_append();
  void is_written();

  Run& run_;
  std::optional<JournalWriter> writer_;
  std::optional<JournalState> last_;  // what it holds
  Nanos next_ = 0;
  bool is_lost_ = false;
};

}  // namespace pooltop
