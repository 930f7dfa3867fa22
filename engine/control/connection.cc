// SPDX-License-Identifier: MIT
#include "engine/control/connection.h"

#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace pooltop {

Connection::Connection(Fd socket, const ServerLimits& limits, Nanos now)
    : socket_(std::move(socket)), limits_(limits), stuck_since_(now), second_began_(now) {}

void Connection::start_second(Nanos now) {
  if (now - second_began_ < kSecond) return;
  second_began_ = now;
  commands_ = 0;
  bytes_ = 0;
}

void Connection::receive(Nanos now) {
  if (!wants_read(now)) return;
  start_second(now);
  std::array<char, 16384> buffer;
  const ssize_t n = ::recv(socket_.get(), buffer.data(), buffer.size(), 0);
  if (n < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (n <= 0) {
    finished_ = true;
    if (n < 0) drop();
    return;
  }
  received_.append(buffer.data(), static_cast<std::size_t>(n));
  bytes_ += static_cast<std::size_t>(n);
  if (bytes_ >= limits_.received_bytes_per_s) held_until_ = second_began_ + kSecond;
}

Connection::Pull Connection::take_line(std::string& line, Nanos now) {
  if (closing_ || broken_ || is_held(now)) return Pull::Nothing;
  const std::size_t end = received_.find('\n', searched_);
  if (end == std::string::npos ? received_.size() >= limits_.frame_bytes : end >= limits_.frame_bytes)
    return Pull::TooLong;
  if (end == std::string::npos) {
    searched_ = received_.size();
    return Pull::Nothing;
  }
  start_second(now);
  if (commands_ >= 2 * limits_.commands_per_s) {
    held_until_ = second_began_ + kSecond;
    return Pull::Nothing;
  }
  line.assign(received_, 0, end);
  received_.erase(0, end + 1);
  searched_ = 0;
  return ++commands_ > limits_.commands_per_s ? Pull::LineTooMany : Pull::Line;
}

void Connection::send(std::string_view line, Nanos now) {
  if (broken_ || deaf_) return;
  // What waits already counts, not this line: one long answer alone is no offence.
  if (unsent_.size() - sent_ > limits_.unsent_bytes) {
    broken_ = true;
    return;
  }
  if (!has_unsent()) stuck_since_ = now;
  unsent_.append(line);
  unsent_ += '\n';
  flush(now);
}

void Connection::flush(Nanos now) {
  while (has_unsent()) {
    const ssize_t n = ::send(socket_.get(), unsent_.data() + sent_, unsent_.size() - sent_, MSG_NOSIGNAL);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 && errno == EAGAIN) break;
    if (n < 0) return drop();
    sent_ += static_cast<std::size_t>(n);
    stuck_since_ = now;
  }
  if (!has_unsent() || sent_ > limits_.unsent_bytes) {
    unsent_.erase(0, sent_);
    sent_ = 0;
  }
}

void Connection::drop() noexcept {
  deaf_ = true;
  unsent_.clear();
  sent_ = 0;
}

bool Connection::is_dead(Nanos now) const noexcept {
  if (broken_) return true;
  if (has_unsent()) return now - stuck_since_ >= limits_.unread;
  return closing_;
}

std::optional<Nanos> Connection::next_deadline(Nanos now) const noexcept {
  std::optional<Nanos> next;
  if (has_unsent()) next = stuck_since_ + limits_.unread;
  if (is_held(now) && !finished_ && !closing_) next = next ? std::min(*next, held_until_) : held_until_;
  return next;
}

}  // namespace pooltop
