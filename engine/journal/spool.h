// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/fd.h"

namespace pooltop {

/// What a source read that cannot be read again, kept in the run's directory until it is done, so that the run can be
/// gone on with once the source has come to its end:
///
///     spool/SOURCE.N     the bytes from item N on, as they were read; each piece ends where an item does
///     spool/SOURCE.end   the source came to its end: how many items it had, each piece's length and CRC-32C
///
/// A piece is written before its items are handed over; those of which every item is complete are removed. Without
/// SOURCE.end the source was still being read: its pieces are what there was of it, the last one maybe cut off.

#ifdef POOLTOP_KILL_POINTS  // so that the short runs of tests come to every point of the spool
inline constexpr std::uint64_t kSpoolPieceBytes = 4096;
#else
inline constexpr std::uint64_t kSpoolPieceBytes = std::uint64_t{64} << 20;
#endif

/// What becomes of what a source reads that cannot be read again.
enum class SpoolUse : std::uint8_t {
  None,
  Keep,  ///< it is kept before it is handed over
  Read,  ///< the source had ended before: its items are read from what was kept
};

struct SpoolPiece {
  std::uint64_t first = 0;  ///< number of its first item
  std::uint64_t bytes = 0;
  std::uint32_t sum = 0;  ///< CRC-32C
  bool operator==(const SpoolPiece&) const = default;
};

/// Of a source that has come to its end.
struct SpoolEnd {
  std::uint64_t items = 0;
  std::vector<SpoolPiece> pieces;  ///< those that were still there, ascending; none has a gap behind it
  bool operator==(const SpoolEnd&) const = default;
};

/// A spool that is not what was written: "PATH: …".
class SpoolError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Keeps what one source reads. Nobody else writes below spool/SOURCE. One thread. Every function throws
/// std::system_error where the disk refuses (ENOSPC: full), and can be called again then: it goes on where it was.
class SpoolWriter {
 public:
  struct Options {
    bool syncs = false;  ///< when end() returns, all of it is on the disk
    std::uint64_t piece_bytes = kSpoolPieceBytes;
  };
  /// `run_dir`: exists and is ours. Touches nothing yet.
  SpoolWriter(std::string run_dir, std::string source, Options options);

  /// Keeps what stands at the front of `bytes` and takes it off, until nothing is left. Files are made with mode 0600
  /// in a directory of mode 0700; one that is there already, a link too, is refused (EEXIST).
  void append(std::string_view& bytes);
  /// The piece has its length: begin_piece() where the next item begins.
  [[nodiscard]] bool wants_piece() const noexcept { return is_open_ && pieces_.back().bytes >= options_.piece_bytes; }
  void begin_piece(std::uint64_t first);
  /// Nobody will ask for items below `ordinal` again: removes the pieces before the one that it lies in.
  void drop_below(std::uint64_t ordinal);
  /// The source has come to its end after so many items.
  void end(std::uint64_t items);

  [[nodiscard]] std::string path() const;  ///< of the piece that is being written

 private:
  void open();
  void sync_piece();

  std::string run_dir_;
  std::string source_;
  Options options_;
  Fd dir_;
  Fd fd_;
  std::deque<SpoolPiece> pieces_{{}};  // the last one is being written
  bool is_open_ = false;               // it has a file
};

/// nullopt where the source had not come to its end, or has no spool. Throws SpoolError (an end that was not written
/// so), std::system_error. Reads no piece.
[[nodiscard]] std::optional<SpoolEnd> read_spool_end(const std::string& run_dir, const std::string& source);

/// Looks whether everything from item `ordinal` on is there as it was written. Throws SpoolError (not there, another's,
/// no regular file, of another length or sum), std::system_error (ELOOP: a link). Reads those pieces, in large parts.
void check_spool(const std::string& run_dir, const std::string& source, const SpoolEnd& end, std::uint64_t ordinal);

/// The index of the piece in which item `ordinal` lies, or of the last one behind it all; nullopt where there is none,
/// or the first one begins behind it.
[[nodiscard]] std::optional<std::size_t> piece_of(const SpoolEnd& end, std::uint64_t ordinal);

/// For reading; checked as check_spool does, but for its sum.
[[nodiscard]] Fd open_spool_piece(const std::string& run_dir, const std::string& source, const SpoolPiece& piece);

/// The pieces of a source that are there, ended or not, as paths by ascending numbers; for messages.
[[nodiscard]] std::vector<std::string> spool_files(const std::string& run_dir, const std::string& source);

/// Removes what all sources of a run have kept. No spool is no error. Throws std::system_error.
void remove_spool(const std::string& run_dir);

}  // namespace pooltop
