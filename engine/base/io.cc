// SPDX-License-Identifier: MIT
#include "engine/base/io.h"

#include <fcntl.h>

#include <array>
#include <cerrno>
#include <cstdio>

#include "engine/base/error.h"

namespace pooltop {

void write_all(int fd, std::string_view bytes, std::string_view object) {
  while (!bytes.empty()) {
    const ssize_t n = ::write(fd, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    check(n, "write", object);
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
}

std::optional<std::string> read_to_end(int fd, std::size_t limit, std::string_view object) {
  std::string out;
  std::array<char, 65536> buffer;
  for (;;) {
    const ssize_t n = ::read(fd, buffer.data(), buffer.size());
    if (n < 0 && errno == EINTR) continue;
    check(n, "read", object);
    if (n == 0) return out;
    out.append(buffer.data(), static_cast<std::size_t>(n));
    if (out.size() > limit) return std::nullopt;
  }
}

std::optional<std::string> read_file(const std::string& path, std::size_t limit) {
  const Fd fd(check(::open(path.c_str(), O_RDONLY | O_CLOEXEC), "open", path));
  return read_to_end(fd.get(), limit, path);
}

void replace_file(const std::string& path, std::string_view bytes) {
  const std::string fresh = path + ".new";
  {
    const Fd fd(check(::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600), "open", fresh));
    write_all(fd.get(), bytes, fresh);
  }
  check(std::rename(fresh.c_str(), path.c_str()), "rename", fresh);
}

PipeEnds make_pipe(int flags) {
  std::array<int, 2> ends{};
  check(::pipe2(ends.data(), O_CLOEXEC | flags), "pipe2", "pipe");
  return {Fd(ends[0]), Fd(ends[1])};
}

void set_nonblocking(int fd, bool on) {
  const int flags = check(::fcntl(fd, F_GETFL), "fcntl", "F_GETFL");
  check(::fcntl(fd, F_SETFL, on ? flags | O_NONBLOCK : flags & ~O_NONBLOCK), "fcntl", "F_SETFL");
}

}  // namespace pooltop
