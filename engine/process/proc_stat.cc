// SPDX-License-Identifier: MIT
#include "engine/process/proc_stat.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstdio>

#include "engine/base/error.h"
#include "engine/base/fd.h"

namespace pooltop {
namespace {

// Numbers of the fields as proc(5) counts them, from 1.
constexpr int kState = 3, kParent = 4, kUser = 14, kSystem = 15, kReapedUser = 16, kReapedSystem = 17, kThreads = 20,
              kStart = 22, kRss = 24;

std::int64_t number(std::string_view word) noexcept {
  std::int64_t value = 0;
  std::from_chars(word.data(), word.data() + word.size(), value);
  return value;
}

}  // namespace

std::optional<ProcStat> parse_proc_stat(std::string_view text) noexcept {
  const std::size_t name_end = text.rfind(')');
  if (name_end == std::string_view::npos || text.size() < name_end + 3) return std::nullopt;
  text.remove_prefix(name_end + 2);
  ProcStat stat;
  for (int field = kState; field <= kRss; ++field) {
    const std::size_t end = text.find(' ');
    const std::string_view word = text.substr(0, end);
    const std::int64_t value = number(word);
    const auto count = static_cast<std::uint64_t>(value < 0 ? 0 : value);
    switch (field) {
      case kState:
        stat.state = word.empty() ? '?' : word.front();
        break;
      case kParent:
        stat.parent = static_cast<pid_t>(value);
        break;
      case kUser:
      case kSystem:
        stat.cpu_ticks += count;
        break;
      case kReapedUser:
      case kReapedSystem:
        stat.reaped_cpu_ticks += count;
        break;
      case kThreads:
        stat.threads = static_cast<std::uint32_t>(count);
        break;
      case kStart:
        stat.start_ticks = count;
        break;
      case kRss:
        stat.rss_pages = count;
        return stat;
      default:
        break;
    }
    if (end == std::string_view::npos) return std::nullopt;
    text.remove_prefix(end + 1);
  }
  return std::nullopt;
}

std::optional<ProcStat> reread_proc_stat(int stat_fd) noexcept {
  std::array<char, 1024> buffer;
  ssize_t n;
  do n = ::pread(stat_fd, buffer.data(), buffer.size(), 0);
  while (n < 0 && errno == EINTR);
  if (n <= 0) return std::nullopt;
  return parse_proc_stat({buffer.data(), static_cast<std::size_t>(n)});
}

std::optional<ProcStat> read_proc_stat(pid_t pid) noexcept {
  std::array<char, 32> path;
  std::snprintf(path.data(), path.size(), "/proc/%d/stat", pid);
  const Fd fd(::open(path.data(), O_RDONLY | O_CLOEXEC));
  return fd ? reread_proc_stat(fd.get()) : std::nullopt;
}

std::uint32_t thread_count() {
  const auto self = read_proc_stat(::getpid());
  if (!self) throw_system_error(ENOENT, "read", "/proc/self/stat");
  return self->threads;
}

}  // namespace pooltop
