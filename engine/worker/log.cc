// SPDX-License-Identifier: MIT
#include "engine/worker/log.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <system_error>
#include <utility>

#include "engine/base/clock.h"
#include "engine/base/error.h"
#include "engine/base/text.h"

namespace pooltop {

namespace {

constexpr std::size_t kMaxLogLine = 64 << 10;
constexpr std::array<std::string_view, 3> kStreamNames = {"out", "err", "note"};

std::string front_of(LogStream stream, pid_t pid) {
  return fmt::format("{} {} {} ", format_utc_ms(wall_now_us()), pid, kStreamNames[static_cast<std::size_t>(stream)]);
}

void append_line(std::string& block, std::string_view front, std::string_view text, bool is_cut) {
  (block += front) += text;
  if (is_cut) block += " [cut: the line is longer than 64 KiB]";
  block += '\n';
}

}  // namespace

Log::Log(std::string path, std::uint64_t max_bytes) : path_(std::move(path)), max_bytes_(max_bytes) {
  if (!path_.empty()) open_file();
}

void Log::open_file() {
  const int flags = O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY;
  fd_ = Fd(check(::open(path_.c_str(), flags, 0600), "open", path_));
  struct stat info {};
  check(::fstat(fd_.get(), &info), "fstat", path_);
  size_ = static_cast<std::uint64_t>(info.st_size);
}

void Log::add(LogStream stream, pid_t pid, std::string_view bytes) {
  if (!fd_) return;
  Partial& partial = partial_[static_cast<std::size_t>(stream)];
  partial.pid = pid;
  const std::string front = front_of(stream, pid);  // one look at the clock for all that came in together
  std::string block;
  while (!bytes.empty()) {
    const std::size_t end = std::min(bytes.find('\n'), bytes.size());
    const std::size_t room = kMaxLogLine - partial.text.size();
    partial.text += bytes.substr(0, std::min(end, room));
    partial.is_cut |= end > room;
    if (end == bytes.size()) break;
    append_line(block, front, partial.text, partial.is_cut);
    partial.text.clear();
    partial.is_cut = false;
    bytes.remove_prefix(end + 1);
  }
  if (!block.empty()) write_block(block);
}

void Log::flush() {
  for (const LogStream stream : {LogStream::Out, LogStream::Err}) {
    Partial& partial = partial_[static_cast<std::size_t>(stream)];
    if (partial.text.empty()) continue;
    std::string block;
    append_line(block, front_of(stream, partial.pid), partial.text, partial.is_cut);
    partial = {};
    write_block(block);
  }
}

void Log::note(std::string_view line) {
  std::string block;
  append_line(block, front_of(LogStream::Note, ::getpid()), line, false);
  write_block(block);
}

void Log::write_block(std::string_view block) {
  if (!fd_) return;
  if (size_ > 0 && size_ + block.size() > max_bytes_) rotate();
  while (!block.empty()) {
    const ssize_t written = ::write(fd_.get(), block.data(), block.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return;  // a full disk must not end the work that it only reports on
    size_ += static_cast<std::uint64_t>(written);
    block.remove_prefix(static_cast<std::size_t>(written));
  }
}

void Log::rotate() {
  struct stat named {};
  struct stat mine {};
  // The descriptors 1 and 2 belong to the log only where they were opened on it.
  const auto is_mine = [&](int fd) {
    struct stat info {};
    return ::fstat(fd, &info) == 0 && info.st_dev == mine.st_dev && info.st_ino == mine.st_ino;
  };
  if (::fstat(fd_.get(), &mine) != 0) return;
  const bool follows[2] = {is_mine(STDOUT_FILENO), is_mine(STDERR_FILENO)};
  if (::lstat(path_.c_str(), &named) == 0 && ::rename(path_.c_str(), (path_ + ".1").c_str()) != 0) return;
  try {
    open_file();
  } catch (const std::system_error&) {
    return;  // goes on in the renamed file
  }
  if (follows[0]) ::dup2(fd_.get(), STDOUT_FILENO);
  if (follows[1]) ::dup2(fd_.get(), STDERR_FILENO);
}

void Tail::append(std::string_view bytes) {
  if (bytes.size() >= limit_) {
    text_.assign(bytes.substr(bytes.size() - limit_));
    return;
  }
  text_ += bytes;
  if (text_.size() > 4 * limit_) text_.erase(0, text_.size() - limit_);
}

std::string_view Tail::view() const {
  const std::string_view all = text_;
  return all.substr(all.size() - std::min(all.size(), limit_));
}

std::string Tail::last_line() const {
  std::string_view text = view();
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r' || text.back() == ' ')) text.remove_suffix(1);
  const std::size_t before = text.rfind('\n');
  if (before != std::string_view::npos) text.remove_prefix(before + 1);
  return printable(text, 200);
}

}  // namespace pooltop
