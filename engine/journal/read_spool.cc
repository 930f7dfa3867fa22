// SPDX-License-Identifier: MIT
#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <iterator>
#include <memory>
#include <utility>

#include "engine/base/error.h"
#include "engine/base/io.h"
#include "engine/base/kill_point.h"
#include "engine/base/text.h"
#include "engine/journal/crc32c.h"
#include "engine/journal/spool_files.h"

namespace pooltop {
namespace {

constexpr std::string_view kSpoolLine = "pooltop spool 1";
constexpr std::size_t kMaxEndBytes = std::size_t{64} << 20;  // of a million pieces
constexpr std::size_t kCheckBytes = std::size_t{1} << 20;
constexpr int kReadSpoolFile = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;

[[noreturn]] void refuse_spool(const std::string& path, const std::string& why) {
  throw SpoolError(fmt::format("{}: {}", path, why));
}

std::string_view take_line(std::string_view& text) {
  const std::size_t end = text.find('\n');
  if (end == text.npos) throw std::runtime_error("it is cut off");
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(end + 1);
  return line;
}

template <typename Number>
Number take_number(std::string_view& line) {
  const std::size_t end = std::min(line.find(' '), line.size());
  Number number{};
  if (!read_number(line.substr(0, end), number)) throw std::runtime_error("a number was expected");
  line.remove_prefix(std::min(end + 1, line.size()));
  return number;
}

// A regular file, ours; its length.
std::uint64_t check_spool_file(int fd, const std::string& path) {
  struct stat info {};
  check(::fstat(fd, &info), "fstat", path);
  if (!S_ISREG(info.st_mode)) refuse_spool(path, "is no regular file");
  if (info.st_uid != ::geteuid()) refuse_spool(path, fmt::format("belongs to user {}", info.st_uid));
  return static_cast<std::uint64_t>(info.st_size);
}

Fd open_in_spool(int dir, const std::string& name, const std::string& path) {
  Fd fd(::openat(dir, name.c_str(), kReadSpoolFile));
  if (!fd && errno != ENOENT) throw_system_error(errno, "open", path);
  return fd;
}

std::uint32_t sum_of(int fd, const std::string& path) {
  std::string block(kCheckBytes, '\0');
  std::uint32_t sum = 0;
  for (;;) {
    const ssize_t n = ::read(fd, block.data(), block.size());
    if (n < 0 && errno == EINTR) continue;
    if (check(n, "read", path) == 0) return sum;
    sum = crc32c(std::string_view(block).substr(0, static_cast<std::size_t>(n)), sum);
  }
}

using Directory = std::unique_ptr<DIR, decltype([](DIR* dir) { ::closedir(dir); })>;

std::vector<std::string> names_in_spool(const Fd& dir, const std::string& path) {
  const Directory list(::fdopendir(::openat(dir.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)));
  if (!list) throw_system_error(errno, "open", path);
  std::vector<std::string> names;
  errno = 0;
  for (const dirent* entry; (entry = ::readdir(list.get())) != nullptr; errno = 0)
    if (const std::string_view name = entry->d_name; name != "." && name != "..") names.emplace_back(name);
  if (errno != 0) throw_system_error(errno, "read", path);
  return names;
}

}  // namespace

std::string spool_dir(const std::string& run_dir) { return run_dir + "/spool"; }
std::string piece_name(const std::string& source, std::uint64_t first) { return fmt::format("{}.{}", source, first); }
std::string end_name(const std::string& source) { return source + ".end"; }

Fd open_spool_dir(const std::string& run_dir, bool create) {
  const std::string path = spool_dir(run_dir);
  const Fd run(::open(run_dir.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  check(run.get(), "open", run_dir);
  if (create && ::mkdirat(run.get(), "spool", 0700) != 0 && errno != EEXIST) throw_system_error(errno, "mkdir", path);
  Fd dir(::openat(run.get(), "spool", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!dir) {
    if (errno == ENOENT && !create) return {};
    throw_system_error(errno, "open", path);
  }
  struct stat info {};
  check(::fstat(dir.get(), &info), "fstat", path);
  if (info.st_uid != ::geteuid()) refuse_spool(path, fmt::format("belongs to user {}", info.st_uid));
  if ((info.st_mode & 077) != 0) refuse_spool(path, "is open to others; it must have mode 0700");
  return dir;
}

std::string encode(const SpoolEnd& end) {
  std::string text = fmt::format("{}\nitems {}\n", kSpoolLine, end.items);
  for (const SpoolPiece& piece : end.pieces)
    text += fmt::format("piece {} {} {}\n", piece.first, piece.bytes, piece.sum);
  return text + "end\n";
}

SpoolEnd decode_spool_end(std::string_view text) {
  if (take_line(text) != kSpoolLine) throw std::runtime_error("it is no end of a spool, or another version's");
  SpoolEnd end;
  std::string_view line = take_line(text);
  if (!line.starts_with("items ")) throw std::runtime_error("its items are not told");
  line.remove_prefix(6);
  end.items = take_number<std::uint64_t>(line);
  for (line = take_line(text); line.starts_with("piece "); line = take_line(text)) {
    line.remove_prefix(6);
    SpoolPiece piece;
    piece.first = take_number<std::uint64_t>(line);
    piece.bytes = take_number<std::uint64_t>(line);
    piece.sum = take_number<std::uint32_t>(line);
    if (!line.empty()) throw std::runtime_error("a piece has more than three numbers");
    if (!end.pieces.empty() && end.pieces.back().first >= piece.first)
      throw std::runtime_error("a piece is out of order");
    end.pieces.push_back(piece);
  }
  if (line != "end" || !text.empty()) throw std::runtime_error("its last line is not \"end\"");
  if (end.pieces.empty() && end.items > 0) throw std::runtime_error("it has items and no piece");
  return end;
}

std::optional<SpoolEnd> read_spool_end(const std::string& run_dir, const std::string& source) {
  const Fd dir = open_spool_dir(run_dir, /*create=*/false);
  if (!dir) return std::nullopt;
  const std::string path = spool_dir(run_dir) + "/" + end_name(source);
  const Fd fd = open_in_spool(dir.get(), end_name(source), path);
  if (!fd) return std::nullopt;
  (void)check_spool_file(fd.get(), path);
  const auto text = read_to_end(fd.get(), kMaxEndBytes, path);
  if (!text) refuse_spool(path, "is too large");
  try {
    return decode_spool_end(*text);
  } catch (const std::runtime_error& error) {
    refuse_spool(path, fmt::format("is damaged: {}", error.what()));
  }
}

std::optional<std::size_t> piece_of(const SpoolEnd& end, std::uint64_t ordinal) {
  const auto behind = std::find_if(end.pieces.begin(), end.pieces.end(),
                                   [&](const SpoolPiece& piece) { return piece.first > ordinal; });
  if (behind == end.pieces.begin()) return std::nullopt;
  return static_cast<std::size_t>(std::distance(end.pieces.begin(), behind) - 1);
}

Fd open_spool_piece(const std::string& run_dir, const std::string& source, const SpoolPiece& piece) {
  const std::string name = piece_name(source, piece.first);
  const std::string path = spool_dir(run_dir) + "/" + name;
  const Fd dir = open_spool_dir(run_dir, /*create=*/false);
  Fd fd;
  if (dir) fd = open_in_spool(dir.get(), name, path);
  if (!fd) refuse_spool(path, "is not there");
  const std::uint64_t bytes = check_spool_file(fd.get(), path);
  if (bytes != piece.bytes) refuse_spool(path, fmt::format("has {} bytes, {} were written", bytes, piece.bytes));
  return fd;
}

void check_spool(const std::string& run_dir, const std::string& source, const SpoolEnd& end, std::uint64_t ordinal) {
  if (ordinal > end.items || (ordinal < end.items && !piece_of(end, ordinal)))
    refuse_spool(spool_dir(run_dir) + "/" + end_name(source),
                 fmt::format("item {} is none of those that were kept", ordinal));
  if (ordinal == end.items) return;
  for (std::size_t i = *piece_of(end, ordinal); i < end.pieces.size(); ++i) {
    const SpoolPiece& piece = end.pieces[i];
    const std::string path = spool_dir(run_dir) + "/" + piece_name(source, piece.first);
    const Fd fd = open_spool_piece(run_dir, source, piece);
    if (sum_of(fd.get(), path) != piece.sum) refuse_spool(path, "is not what was written: its checksum is another");
  }
}

std::vector<std::string> spool_files(const std::string& run_dir, const std::string& source) {
  const Fd dir = open_spool_dir(run_dir, /*create=*/false);
  if (!dir) return {};
  std::vector<std::uint64_t> firsts;
  for (const std::string& name : names_in_spool(dir, spool_dir(run_dir))) {
    std::uint64_t first = 0;
    if (name.starts_with(source + ".") && read_number(std::string_view(name).substr(source.size() + 1), first))
      firsts.push_back(first);
  }
  std::sort(firsts.begin(), firsts.end());
  std::vector<std::string> files;
  for (const std::uint64_t first : firsts) files.push_back(spool_dir(run_dir) + "/" + piece_name(source, first));
  return files;
}

void remove_spool(const std::string& run_dir) {
  const Fd dir = open_spool_dir(run_dir, /*create=*/false);
  if (!dir) return;
  POOLTOP_KILL_POINT(spool_before_remove);
  for (const std::string& name : names_in_spool(dir, spool_dir(run_dir))) {
    if (::unlinkat(dir.get(), name.c_str(), 0) != 0 && errno != ENOENT)
      throw_system_error(errno, "remove", spool_dir(run_dir) + "/" + name);
    POOLTOP_KILL_POINT(spool_half_removed);
  }
  if (::rmdir(spool_dir(run_dir).c_str()) != 0 && errno != ENOENT)
    throw_system_error(errno, "remove", spool_dir(run_dir));
}

}  // namespace pooltop
