// SPDX-License-Identifier: MIT
#include "engine/process/proc_files.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string_view>

namespace pooltop {

ProcFiles::ProcFiles(pid_t pid) {
  std::array<char, 32> path;
  std::snprintf(path.data(), path.size(), "/proc/%d", pid);
  folder_ = Fd(::open(path.data(), O_PATH | O_DIRECTORY | O_CLOEXEC));
}

std::string ProcFiles::read(const std::string& name, std::size_t limit) const {
  std::string text;
  const Fd fd(::openat(folder_.get(), name.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!fd) return text;
  text.resize(limit);
  std::size_t size = 0;
  while (size < limit) {
    const ssize_t n = ::read(fd.get(), text.data() + size, limit - size);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) break;
    size += static_cast<std::size_t>(n);
  }
  text.resize(size);
  return text;
}

std::string ProcFiles::link(const std::string& name) const {
  std::array<char, 1024> target;
  const ssize_t n = ::readlinkat(folder_.get(), name.c_str(), target.data(), target.size());
  return n <= 0 ? std::string() : std::string(target.data(), static_cast<std::size_t>(n));
}

unsigned ProcFiles::access(int descriptor) const {
  struct stat info {};
  const std::string name = "fd/" + std::to_string(descriptor);
  if (::fstatat(folder_.get(), name.c_str(), &info, AT_SYMLINK_NOFOLLOW) != 0) return 0;
  return (info.st_mode >> 6) & 6u;
}

std::vector<int> ProcFiles::numbers(const std::string& name, std::size_t limit) const {
  std::vector<int> out;
  Fd fd(::openat(folder_.get(), name.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd) return out;
  const std::unique_ptr<DIR, int (*)(DIR*)> folder(::fdopendir(fd.get()), &::closedir);
  if (!folder) return out;
  (void)fd.release();  // closedir has it
  while (const dirent* entry = ::readdir(folder.get())) {
    if (entry->d_name[0] < '0' || entry->d_name[0] > '9') continue;
    out.push_back(std::atoi(entry->d_name));
    if (out.size() == limit) break;
  }
  std::ranges::sort(out);
  return out;
}

std::uint64_t number_after(std::string_view text, std::string_view key, std::uint64_t otherwise) {
  std::size_t at = text.starts_with(key) ? 0 : text.find("\n" + std::string(key));
  if (at == std::string_view::npos) return otherwise;
  at = text.find_first_of("0123456789", at + key.size());
  if (at == std::string_view::npos) return otherwise;
  std::uint64_t value = otherwise;
  std::from_chars(text.data() + at, text.data() + text.size(), value);
  return value;
}

}  // namespace pooltop
