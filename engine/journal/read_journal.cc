// SPDX-License-Identifier: MIT
// Records are looked at one after the other through a window on the file. What is no whole record ends the journal if
// nothing but that is left: a write that a crash cut short. If a whole record stands anywhere behind it, something has
// damaged the file, and what it says is not to be relied on.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "engine/base/error.h"
#include "engine/base/text.h"
#include "engine/journal/journal.h"
#include "engine/journal/record.h"
#include "engine/journal/state_codec.h"

namespace pooltop {
namespace {

constexpr std::size_t kWindowBytes = std::size_t{1} << 20;

class JournalFile {
 public:
  JournalFile(int fd, const std::string& path) : fd_(fd), path_(path) {
    struct stat info {};
    check(::fstat(fd, &info), "stat", path);
    if (!S_ISREG(info.st_mode)) fail("is no regular file");
    size_ = static_cast<std::uint64_t>(info.st_size);
  }

  [[nodiscard]] std::uint64_t size() const { return size_; }
  [[noreturn]] void fail(const std::string& why) const { throw JournalError(fmt::format("{}: {}", path_, why)); }

  /// At least `least` bytes from `at`, which the file must have; more, up to the end of the window.
  std::string_view from(std::uint64_t at, std::size_t least) {
    if (at < begin_ || at - begin_ > window_.size() || window_.size() - (at - begin_) < least) fill(at, least);
    return std::string_view(window_).substr(static_cast<std::size_t>(at - begin_));
  }

  /// The whole record at `at`, its head included; empty if there is none. What it claims to be is counted.
  std::string_view record(std::uint64_t at, std::uint64_t& claimed) {
    RecordHead head;
    if (size_ - at < kHeadBytes || !read_head(from(at, kHeadBytes), head)) return {};
    if (head.length > kMaxRecordBytes || head.length > size_ - at - kHeadBytes) return {};
    const std::size_t bytes = kHeadBytes + head.length;
    claimed += bytes;
    const std::string_view whole = from(at, bytes).substr(0, bytes);
    return record_sum(whole) == head.sum ? whole : std::string_view();
  }

 private:
  void fill(std::uint64_t at, std::size_t least) {
    begin_ = at;
    window_.resize(static_cast<std::size_t>(std::min<std::uint64_t>(std::max(least, kWindowBytes), size_ - at)));
    std::size_t have = 0;
    while (have < window_.size()) {
      const ssize_t n = ::pread(fd_, window_.data() + have, window_.size() - have, static_cast<off_t>(at + have));
      if (n < 0 && errno == EINTR) continue;
      check(n, "read", path_);
      if (n == 0) fail(fmt::format("became shorter while it was read: {} bytes instead of {}", at + have, size_));
      have += static_cast<std::size_t>(n);
    }
  }

  int fd_;
  const std::string& path_;
  std::uint64_t size_ = 0;
  std::uint64_t begin_ = 0;  // of the window, in the file
  std::string window_;
};

/// The length of the first line; 0 if not even that was written to its end.
std::size_t first_line_of(JournalFile& file) {
  const auto most = static_cast<std::size_t>(std::min<std::uint64_t>(file.size(), kLongestLine));
  const std::string_view text = file.from(0, most).substr(0, most);
  if (text.size() < kJournalLine.size() && kJournalLine.starts_with(text)) return 0;
  const std::size_t end = text.find('\n');
  int format = 0;
  if (!text.starts_with(kJournalMagic) || end == std::string_view::npos ||
      !read_number(text.substr(kJournalMagic.size(), end - kJournalMagic.size()), format) || format < 1)
    file.fail("is no journal: its first line is not that of one");
  if (format > kJournalFormat)
    file.fail(fmt::format("has format {}, of a newer pooltop; this one reads up to {}", format, kJournalFormat));
  return end + 1;
}

/// Throws if a whole record begins anywhere behind `damage`.
void refuse_records_behind(JournalFile& file, std::uint64_t damage) {
  // A marker can stand inside a torn record by chance, hardly twice. Who wrote it everywhere would have us sum up the
  // same bytes again and again.
  const std::uint64_t most = 2 * (file.size() - damage);
  std::uint64_t claimed = 0;
  for (std::uint64_t at = damage + 1; file.size() - at >= kHeadBytes;) {
    const std::string_view bytes = file.from(at, kHeadBytes);
    const std::size_t marker = bytes.find(kMarker);
    if (marker == std::string_view::npos) {
      at += bytes.size() - (kMarker.size() - 1);
      continue;
    }
    at += marker;
    if (!file.record(at, claimed).empty())
      file.fail(fmt::format("damaged at byte {}: a whole record follows at byte {}", damage, at));
    if (claimed > most) file.fail(fmt::format("damaged at byte {}: it holds the beginnings of many records", damage));
    ++at;
  }
}

}  // namespace

JournalContent read_journal(int fd, const std::string& path) {
  JournalFile file(fd, path);
  JournalContent content;
  content.valid_bytes = first_line_of(file);
  if (content.valid_bytes == 0) {
    content.torn_bytes = file.size();
    return content;
  }
  std::uint64_t last = 0;
  std::uint64_t claimed = 0;
  for (std::string_view record; !(record = file.record(content.valid_bytes, claimed)).empty(); ++content.records) {
    last = content.valid_bytes;
    content.valid_bytes += record.size();
  }
  content.torn_bytes = file.size() - content.valid_bytes;
  if (content.torn_bytes > 0) refuse_records_behind(file, content.valid_bytes);
  if (content.records == 0) return content;
  const std::string_view record = file.record(last, claimed);
  if (record.empty()) file.fail(fmt::format("changed at byte {} while it was read", last));
  try {
    content.state = decode_state(record.substr(kHeadBytes));
  } catch (const BadState& error) {
    file.fail(fmt::format("the record at byte {} says nothing sensible: {}", last, error.what()));
  }
  return content;
}

JournalContent read_journal(const std::string& path) {
  // Not blocking: what has the name may be a pipe.
  constexpr int kFlags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
  const Fd fd(check(::open(path.c_str(), kFlags), "open", path));
  return read_journal(fd.get(), path);
}

}  // namespace pooltop
