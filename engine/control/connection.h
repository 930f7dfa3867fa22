// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "engine/base/clock.h"
#include "engine/base/fd.h"
#include "engine/control/server.h"

namespace pooltop {

/// One client as the server sees it: lines in, lines out, and what it has cost so far. Never blocks, never throws for
/// what the peer does: a connection that is of no more use says is_dead().
class Connection {
 public:
  /// `socket` is non-blocking.
  Connection(Fd socket, const ServerLimits& limits, Nanos now);

  [[nodiscard]] int fd() const noexcept { return socket_.get(); }

  /// Takes in what has arrived: one read per call, nothing while held.
  void receive(Nanos now);

  enum class Pull : std::uint8_t {
    Nothing,  ///< no whole line, or what is here must wait: this second's commands are used up twice over
    Line,
    LineTooMany,  ///< a line beyond commands_per_s: to be refused
    TooLong,      ///< more than a frame without a newline: nothing can be read after it
  };
  [[nodiscard]] Pull take_line(std::string& line, Nanos now);

  /// Queues one line (the newline is added) and sends what the socket takes.
  void send(std::string_view line, Nanos now);
  void flush(Nanos now);
  [[nodiscard]] bool has_unsent() const noexcept { return sent_ < unsent_.size(); }

  /// Sends what is queued, then is dead; nothing is read any more.
  void close_after_flush() noexcept { closing_ = true; }
  [[nodiscard]] bool is_closing() const noexcept { return closing_; }
  /// The peer will send nothing more; it may still read.
  [[nodiscard]] bool is_finished() const noexcept { return finished_; }

  /// The peer reads no more: nothing is sent any more. What it said before it left still counts.
  void drop() noexcept;
  [[nodiscard]] bool is_deaf() const noexcept { return deaf_; }
  /// Gone, or out of its limits at `now`.
  [[nodiscard]] bool is_dead(Nanos now) const noexcept;
  /// The peer has sent too much in this second: nothing is read before the next.
  [[nodiscard]] bool is_held(Nanos now) const noexcept { return now < held_until_; }
  [[nodiscard]] bool wants_read(Nanos now) const noexcept { return !finished_ && !closing_ && !is_held(now); }
  /// When something happens to it by time alone; nullopt if nothing does.
  [[nodiscard]] std::optional<Nanos> next_deadline(Nanos now) const noexcept;

 private:
  void start_second(Nanos now);

  Fd socket_;
  ServerLimits limits_;
  std::string received_;
  std::size_t searched_ = 0;  // of received_: no newline in it
  std::string unsent_;
  std::size_t sent_ = 0;  // of unsent_
  Nanos stuck_since_;     // when the peer last took something, while there is something for it
  Nanos second_began_;
  std::uint32_t commands_ = 0;  // in this second
  std::size_t bytes_ = 0;       // in this second
  Nanos held_until_ = 0;
  bool finished_ = false;
  bool closing_ = false;
  bool deaf_ = false;    // the peer cannot be sent anything
  bool broken_ = false;  // it is over its limits
};

}  // namespace pooltop
