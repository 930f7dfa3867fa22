// SPDX-License-Identifier: MIT
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "engine/base/error.h"
#include "engine/base/io.h"
#include "engine/base/kill_point.h"
#include "engine/journal/crc32c.h"
#include "engine/journal/spool_files.h"

namespace pooltop {
namespace {

constexpr int kNewSpoolFile = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;

}  // namespace

SpoolWriter::SpoolWriter(std::string run_dir, std::string source, Options options)
    : run_dir_(std::move(run_dir)), source_(std::move(source)), options_(options) {}

std::string SpoolWriter::path() const { return spool_dir(run_dir_) + "/" + piece_name(source_, pieces_.back().first); }

void SpoolWriter::open() {
  if (is_open_) return;
  if (!dir_) dir_ = open_spool_dir(run_dir_, /*create=*/true);
  const std::string name = piece_name(source_, pieces_.back().first);
  fd_ = Fd(check(::openat(dir_.get(), name.c_str(), kNewSpoolFile, 0600), "create", path()));
  is_open_ = true;
}

void SpoolWriter::append(std::string_view& bytes) {
  SpoolPiece& piece = pieces_.back();
  if (!bytes.empty()) open();
  while (!bytes.empty()) {
    std::string_view some = bytes;
#ifdef POOLTOP_KILL_POINTS
    // In two pieces, so that a test can end the process between them.
    if (some.size() > 1) some = some.substr(0, some.size() / 2);
#endif
    POOLTOP_KILL_POINT(spool_before_write);
    // At a place that we know: what a failed write left there is written over.
    const ssize_t n = ::pwrite(fd_.get(), some.data(), some.size(), static_cast<off_t>(piece.bytes));
    if (n < 0 && errno == EINTR) continue;
    check(n, "write", path());
    if (n == 0) throw_system_error(ENOSPC, "write", path());
    const auto written = static_cast<std::size_t>(n);
    piece.sum = crc32c(bytes.substr(0, written), piece.sum);
    piece.bytes += written;
    bytes.remove_prefix(written);
    POOLTOP_KILL_POINT(spool_wrote);
  }
}

void SpoolWriter::sync_piece() {
  if (!options_.syncs || !is_open_) return;
  if (::fdatasync(fd_.get()) != 0) throw_system_error(errno, "fdatasync", path());
}

void SpoolWriter::begin_piece(std::uint64_t first) {
  POOLTOP_ASSERT(first > pieces_.back().first);
  sync_piece();
  fd_.reset();
  is_open_ = false;
  pieces_.push_back({.first = first, .bytes = 0, .sum = 0});
  POOLTOP_KILL_POINT(spool_new_piece);
}

void SpoolWriter::drop_below(std::uint64_t ordinal) {
  while (pieces_.size() > 1 && pieces_[1].first <= ordinal) {
    const std::string name = piece_name(source_, pieces_.front().first);
    POOLTOP_KILL_POINT(spool_before_drop);
    if (::unlinkat(dir_.get(), name.c_str(), 0) != 0 && errno != ENOENT)
      throw_system_error(errno, "remove", spool_dir(run_dir_) + "/" + name);
    POOLTOP_KILL_POINT(spool_dropped);
    pieces_.pop_front();
  }
}

// Written whole under another name: what is there under its own is true.
void SpoolWriter::end(std::uint64_t items) {
  if (!dir_) dir_ = open_spool_dir(run_dir_, /*create=*/true);
  sync_piece();
  SpoolEnd end{.items = items, .pieces = {pieces_.begin(), pieces_.end()}};
  if (!is_open_) end.pieces.pop_back();  // nothing came for it
  const std::string name = end_name(source_);
  const std::string fresh = name + ".new";
  const std::string fresh_path = spool_dir(run_dir_) + "/" + fresh;
  if (::unlinkat(dir_.get(), fresh.c_str(), 0) != 0 && errno != ENOENT) throw_system_error(errno, "remove", fresh_path);
  const Fd fd(check(::openat(dir_.get(), fresh.c_str(), kNewSpoolFile, 0600), "create", fresh_path));
  write_all(fd.get(), encode(end), fresh_path);
  if (options_.syncs && ::fdatasync(fd.get()) != 0) throw_system_error(errno, "fdatasync", fresh_path);
  POOLTOP_KILL_POINT(spool_before_end);
  check(::renameat(dir_.get(), fresh.c_str(), dir_.get(), name.c_str()), "rename", fresh_path);
  POOLTOP_KILL_POINT(spool_ended);
  if (!options_.syncs) return;
  if (::fsync(dir_.get()) != 0) throw_system_error(errno, "fsync", spool_dir(run_dir_));
  const Fd run(check(::open(run_dir_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC), "open", run_dir_));
  if (::fsync(run.get()) != 0) throw_system_error(errno, "fsync", run_dir_);
}

}  // namespace pooltop
