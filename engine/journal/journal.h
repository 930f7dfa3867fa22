// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>

#include "engine/base/fd.h"
#include "engine/journal/journal_state.h"

namespace pooltop {

/// The file `journal`: a first line with the format's number, then records, each with the whole state of the run. The
/// last whole record is what counts; bytes behind it are one that was being written when the engine died.

/// More than that in one record (tens of millions of gaps) is refused, in writing and in reading.
inline constexpr std::size_t kMaxRecordBytes = std::size_t{64} << 20;

/// A file that is no journal, or a damaged one, or of a newer format: "PATH: …", with the byte where it matters.
class JournalError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// The disk would not keep what was written (fdatasync failed): what is on it is not known, and asking again would
/// wrongly be told that all is well. Nothing may be appended any more.
class JournalLost : public std::system_error {
 public:
  using std::system_error::system_error;
};

struct JournalContent {
  std::optional<JournalState> state;  ///< the last whole record's; none if there is no record yet
  std::uint64_t valid_bytes = 0;      ///< up to the end of that record; 0 if even the first line is not whole
  std::uint64_t torn_bytes = 0;       ///< behind it
  std::uint64_t records = 0;
};

/// Reads a journal from its beginning, in large pieces. `path` is for messages. Throws JournalError for what is no
/// regular file or no journal, for a newer format, for a last record that says nothing sensible, and for damage in the
/// middle: bytes that are no record with a whole record behind them. Throws std::system_error for what cannot be read.
/// Memory: the largest record, its state, and 1 MiB; time is linear, whatever the file holds.
[[nodiscard]] JournalContent read_journal(int fd, const std::string& path);
/// The same for a file by its path, never through a link (std::system_error "open PATH": ELOOP; ENOENT if there is
/// none).
[[nodiscard]] JournalContent read_journal(const std::string& path);

/// Appends records to one journal, which nobody else writes. Not for several threads.
class JournalWriter {
 public:
  struct Options {
    bool syncs = false;  ///< each record is on the disk when append returns: a power cut does not lose it
    /// A file that is larger than this, and than 8 times its newest record, is replaced by one with that record alone.
    std::uint64_t compact_above = std::uint64_t{1} << 20;
  };
  static constexpr std::uint64_t kNeverCompact = std::numeric_limits<std::uint64_t>::max();

  /// A journal without records, mode 0600. Whatever has that name already, a link too, is refused. Throws
  /// std::system_error, and leaves no file then.
  [[nodiscard]] static JournalWriter create(const std::string& path, Options options);
  /// To go on with a journal: reads it (and throws) as read_journal does, and cuts off what is behind its last record.
  [[nodiscard]] static JournalWriter open_append(const std::string& path, Options options);

  struct Appended {
    std::uint64_t bytes = 0;        ///< of the record, its head included
    bool is_compacted = false;      ///< the file now holds this record alone
    std::error_code not_compacted;  ///< it should have been, but was not, by this; the record is appended all the same
  };
  /// One record with the whole of `state`: one write, with `syncs` one fdatasync. Throws
  ///   std::system_error  not written (disk full; RLIMIT_FSIZE, where SIGXFSZ is ignored); the next call may do
  ///   JournalError       larger than kMaxRecordBytes: nothing is written
  ///   JournalLost        not kept: every further call throws it again
  /// Of a record that was not written nothing stays. A failed compaction leaves the journal as it was and is tried
  /// again when the file has doubled.
  Appended append(const JournalState& state);

  /// Of the file, up to the end of its last record.
  [[nodiscard]] std::uint64_t size() const noexcept { return size_; }
  [[nodiscard]] const std::string& path() const noexcept { return path_; }

 private:
  JournalWriter(const std::string& path, Options options);
  void put(int fd, std::string_view bytes, std::uint64_t at, const std::string& path);
  void start();
  void cut();
  void cut_if_possible();
  void sync(int fd, const std::string& path);
  [[noreturn]] void throw_lost(const std::string& path) const;
  [[nodiscard]] bool wants_compaction() const noexcept;
  void compact();

  std::string path_;
  std::string name_;  // of the file, in dir_
  Options options_;
  Fd dir_;
  Fd fd_;
  std::uint64_t size_ = 0;
  std::uint64_t compact_above_;  // grows when compaction fails
  bool has_tail_ = false;        // something may be behind size_
  int lost_ = 0;                 // errno of the sync that failed
  std::string record_;           // reused
};

}  // namespace pooltop
