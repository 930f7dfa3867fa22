// SPDX-License-Identifier: MIT
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <utility>

#include "engine/base/error.h"
#include "engine/base/io.h"
#include "engine/base/kill_point.h"
#include "engine/journal/journal.h"
#include "engine/journal/record.h"
#include "engine/journal/state_codec.h"

namespace pooltop {
namespace {

constexpr std::uint64_t kCompactRecords = 8;
constexpr int kNewFile = O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;

std::string directory_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string::npos ? "." : path.substr(0, slash + 1);
}

void remove_if_there(int dir, const std::string& name, const std::string& path) {
  if (::unlinkat(dir, name.c_str(), 0) < 0 && errno != ENOENT) throw_system_error(errno, "remove", path);
}

}  // namespace

JournalWriter::JournalWriter(const std::string& path, Options options)
    : path_(path),
      name_(path.substr(path.rfind('/') + 1)),
      options_(options),
      dir_(check(::open(directory_of(path).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC), "open", directory_of(path))),
      compact_above_(options.compact_above) {}

JournalWriter JournalWriter::create(const std::string& path, Options options) {
  JournalWriter journal(path, options);
  journal.fd_ = Fd(check(::openat(journal.dir_.get(), journal.name_.c_str(), kNewFile, 0600), "create", path));
  try {
    POOLTOP_KILL_POINT(journal_created);
    journal.start();
  } catch (...) {
    ::unlinkat(journal.dir_.get(), journal.name_.c_str(), 0);  // the error that is thrown says why
    throw;
  }
  return journal;
}

JournalWriter JournalWriter::open_append(const std::string& path, Options options) {
  JournalWriter journal(path, options);
  constexpr int kFlags = O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
  journal.fd_ = Fd(check(::openat(journal.dir_.get(), journal.name_.c_str(), kFlags), "open", path));
  const JournalContent content = read_journal(journal.fd_.get(), path);
  journal.size_ = content.valid_bytes;
  if (content.torn_bytes > 0) journal.cut();
  if (journal.size_ == 0) journal.start();
  return journal;
}

void JournalWriter::start() {
  put(fd_.get(), kJournalLine, 0, path_);
  size_ = kJournalLine.size();
  if (!options_.syncs) return;
  sync(fd_.get(), path_);
  sync(dir_.get(), directory_of(path_));
}

JournalWriter::Appended JournalWriter::append(const JournalState& state) {
  if (lost_ != 0) throw_lost(path_);
  record_.assign(kHeadBytes, '\0');
  append_state(record_, state);
  if (record_.size() - kHeadBytes > kMaxRecordBytes)
    throw JournalError(
        fmt::format("{}: a record of {} bytes is larger than {}", path_, record_.size() - kHeadBytes, kMaxRecordBytes));
  seal_record(record_);

  Appended appended{.bytes = record_.size(), .is_compacted = false, .not_compacted = {}};
  if (wants_compaction()) {
    try {
      compact();
      appended.is_compacted = true;
      return appended;
    } catch (const JournalLost&) {
      throw;
    } catch (const std::system_error& error) {
      appended.not_compacted = error.code();
      compact_above_ = 2 * (size_ + record_.size());
    }
  }
  if (has_tail_) cut();
  POOLTOP_KILL_POINT(journal_before_append);
  try {
    put(fd_.get(), record_, size_, path_);
  } catch (...) {
    has_tail_ = true;
    cut_if_possible();
    throw;
  }
  POOLTOP_KILL_POINT(journal_appended);
  size_ += record_.size();
  if (options_.syncs) sync(fd_.get(), path_);
  return appended;
}

// At a place that we know, not at the end: what a failed write left there is written over.
void JournalWriter::put(int fd, std::string_view bytes, std::uint64_t at, const std::string& path) {
  while (!bytes.empty()) {
#ifdef POOLTOP_KILL_POINTS
    // In two pieces, so that a test can end the process between them: a torn record.
    if (bytes.size() > 1 && fd == fd_.get()) {
      (void)uninterrupted([&] { return ::pwrite(fd, bytes.data(), bytes.size() / 2, static_cast<off_t>(at)); });
      POOLTOP_KILL_POINT(journal_half_written);
    }
#endif
    const ssize_t n = uninterrupted([&] { return ::pwrite(fd, bytes.data(), bytes.size(), static_cast<off_t>(at)); });
    check(n, "write", path);  // after a short write: what hinders the rest of it
    if (n == 0) throw_system_error(ENOSPC, "write", path);
    bytes.remove_prefix(static_cast<std::size_t>(n));
    at += static_cast<std::uint64_t>(n);
  }
}

void JournalWriter::cut() {
  has_tail_ = true;
  check(uninterrupted([&] { return ::ftruncate(fd_.get(), static_cast<off_t>(size_)); }), "truncate", path_);
  has_tail_ = false;
}

// Behind a failed write whose error is what counts. If this fails too, the next append does it, or says why not; until
// then readers see a torn tail.
void JournalWriter::cut_if_possible() {
  try {
    cut();
  } catch (const std::system_error&) {
    POOLTOP_ASSERT(has_tail_);
  }
}

void JournalWriter::sync(int fd, const std::string& path) {
  // A directory has no data apart from what fsync writes.
  const int result = uninterrupted([&] { return fd == dir_.get() ? ::fsync(fd) : ::fdatasync(fd); });
  if (result >= 0) return;
  lost_ = errno;
  throw_lost(path);
}

void JournalWriter::throw_lost(const std::string& path) const {
  throw JournalLost(lost_, std::generic_category(), fmt::format("sync {}", path));
}

bool JournalWriter::wants_compaction() const noexcept {
  const std::uint64_t size = size_ + record_.size();
  return size > compact_above_ && size > kCompactRecords * record_.size();
}

// The new file is whole, and on the disk where that is asked for, before it takes the old one's name: at every moment
// the name leads to a journal that says all. Of what fails before that the old one notices nothing.
void JournalWriter::compact() {
  const std::string fresh = name_ + ".new";
  const std::string fresh_path = path_ + ".new";
  remove_if_there(dir_.get(), fresh, fresh_path);  // of a compaction that was killed
  Fd fd(check(::openat(dir_.get(), fresh.c_str(), kNewFile, 0600), "create", fresh_path));
  try {
    put(fd.get(), kJournalLine, 0, fresh_path);
    POOLTOP_KILL_POINT(journal_half_compacted);
    put(fd.get(), record_, kJournalLine.size(), fresh_path);
    if (options_.syncs) check(uninterrupted([&] { return ::fdatasync(fd.get()); }), "sync", fresh_path);
    POOLTOP_KILL_POINT(journal_before_rename);
    check(::renameat(dir_.get(), fresh.c_str(), dir_.get(), name_.c_str()), "rename", fresh_path);
  } catch (...) {
    ::unlinkat(dir_.get(), fresh.c_str(), 0);  // the error that is thrown says why; the next compaction removes it too
    throw;
  }
  POOLTOP_KILL_POINT(journal_renamed);
  fd_ = std::move(fd);
  size_ = kJournalLine.size() + record_.size();
  has_tail_ = false;
  compact_above_ = options_.compact_above;
  // Should this fail, a power cut could bring the old file back, with less in it than was promised.
  if (options_.syncs) sync(dir_.get(), directory_of(path_));
}

}  // namespace pooltop
