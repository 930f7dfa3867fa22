// SPDX-License-Identifier: MIT
#include "engine/worker/line_reader.h"

#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "engine/base/error.h"

namespace pooltop {

namespace {

constexpr std::size_t kReadBytes = 256 << 10;

}  // namespace

bool LineReader::read(int fd, bool may_wait) {
  std::string buffer;
  std::size_t begin = 0;    // of the line that is not finished
  std::size_t scanned = 0;  // no delimiter before this
  for (;;) {
    buffer.erase(0, begin);
    scanned -= begin;
    begin = 0;
    const std::size_t had = buffer.size();
    if (may_wait) wait_for(fd);
    buffer.resize(had + kReadBytes);
    const ssize_t n = ::read(fd, buffer.data() + had, kReadBytes);
    buffer.resize(had + static_cast<std::size_t>(std::max<ssize_t>(n, 0)));
    if (n < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    check(n, "read", name_);
    if (spool_ != nullptr && n > 0) spool_->keep(std::string_view(buffer).substr(had), delimiter_, number_);
    for (std::size_t end; (end = buffer.find(delimiter_, scanned)) != std::string::npos; begin = scanned = end + 1)
      if (!emit(std::string_view(buffer).substr(begin, end - begin))) return false;
    scanned = buffer.size();
    check_length(scanned - begin);
    if (n == 0) return begin == scanned || emit(std::string_view(buffer).substr(begin));
  }
}

bool LineReader::emit(std::string_view line) {
  check_length(line.size());
  ++number_;
  return out_.emit(line);
}

void LineReader::check_length(std::size_t bytes) const {
  const std::uint64_t max = context_.spec.max_item_bytes;
  if (bytes > max)
    throw WorkTrouble(fmt::format("{}: line {} is longer than {} bytes (max_item_bytes)", name_, number_ + 1, max),
                      false);
}

// Lines already read must not wait with us.
void LineReader::wait_for(int fd) {
  std::array<pollfd, 2> fds = {pollfd{fd, POLLIN, 0}, pollfd{beside_, POLLIN, 0}};
  if (::poll(fds.data(), 1, 0) > 0) return;
  context_.port.flush();
  for (;;) {
    const int n = ::poll(fds.data(), fds.size(), -1);
    if (n < 0 && errno != EINTR) check(n, "poll", name_);
    if (n > 0 && fds[1].revents != 0) {
      read_beside();
      fds[1].fd = beside_;
    }
    if (n > 0 && fds[0].revents != 0) return;
  }
}

void LineReader::read_beside() {
  std::array<char, 16384> buffer;
  const ssize_t n = ::read(beside_, buffer.data(), buffer.size());
  if (n > 0)
    context_.log.add(LogStream::Err, beside_pid_, {buffer.data(), static_cast<std::size_t>(n)});
  else if (n == 0 || errno != EINTR)
    beside_ = -1;
}

}  // namespace pooltop
