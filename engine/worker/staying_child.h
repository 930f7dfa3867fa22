// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/clock.h"
#include "engine/base/fd.h"
#include "engine/process/child.h"
#include "engine/worker/work.h"

namespace pooltop {

/// A process that stays while items come and go: what is sent to it waits in memory until it reads, what it says is
/// read at once, so neither side can block the other. Its stderr goes to the log.
class StayingChild {
 public:
  /// How it is talked to: over its stdin and stdout; only over its stdin, its stdout goes to the log like its stderr;
  /// or over a socket that is its stdin, its stdout goes to the log.
  enum class Channel : std::uint8_t { Pipes, Input, Socket };

  /// Starts it. Throws std::system_error.
  StayingChild(WorkContext& context, const std::vector<std::string>& argv, Channel channel);

  [[nodiscard]] pid_t pid() const noexcept { return child_.pid; }
  /// The socket's other end, before the process has read anything from it; for Channel::Socket.
  [[nodiscard]] int channel_fd() const noexcept { return to_.get(); }

  /// Gathers bytes to be sent; wait() sends them.
  void send(std::string_view bytes) { outgoing_ += bytes; }
  [[nodiscard]] std::string& outgoing() noexcept { return outgoing_; }
  [[nodiscard]] std::size_t unsent() const noexcept { return outgoing_.size() - sent_; }
  /// How many bytes of what was sent it has read; not for Channel::Socket.
  [[nodiscard]] std::uint64_t bytes_read() const;
  /// No more will be sent: its input ends once everything is written.
  void end_input() noexcept { input_ends_ = true; }

  /// Sends and reads what is possible; when nothing was, waits for: bytes from it, its end, and (with `wants_items`)
  /// the inbox, at most `timeout` (-1: without end). False when the time-out passed.
  bool wait(bool wants_items, Nanos timeout);
  /// Takes the next line that it said, without its newline; `at_end`: a last one without newline too. The view is valid
  /// until wait().
  [[nodiscard]] bool next_line(std::string_view& line, bool at_end);
  /// How much of a line has come whose end has not.
  [[nodiscard]] std::size_t unfinished() const noexcept { return received_.size() - taken_; }
  void drop_unfinished() noexcept { taken_ = scanned_ = received_.size(); }
  /// True once it takes no more or gives no more: it has ended, is about to, or has closed its end.
  [[nodiscard]] bool is_gone() const noexcept { return !from_open_ || is_refusing_; }
  /// After is_gone(): gives it a second to end, so that its last words and its exit status are there.
  void await_end();

  [[nodiscard]] bool has_ended() const noexcept { return has_ended_; }
  /// It has ended, and with exit status 0, and all of its output was read: a last line without newline is one that it
  /// had said in full.
  [[nodiscard]] bool has_ended_well() const noexcept;

  /// Waits for its end, reading its stderr; what it still says is noted. Once its input ended it may take `patience`
  /// for that (pauses not counted), then it is sent TERM, and 5 s later KILL; -1: as long as it likes. Call it once.
  [[nodiscard]] ProcessEnd join(Nanos patience);
  /// After join(): the beginning of what it said that nobody had taken; empty: nothing.
  [[nodiscard]] const std::string& said_last() const noexcept { return said_last_; }

 private:
  void start(const std::vector<std::string>& argv);
  void note_unasked();
  void end_it(bool at_once);
  void write_some();
  bool read_some(int fd, std::string& into);
  void note_unreadable();
  bool read_log(Fd& fd, LogStream stream);
  void drain();

  WorkContext& context_;
  Channel channel_;
  Child child_;
  Fd to_;  // for Channel::Socket both directions
  Fd from_;
  Fd out_;
  Fd err_;
  bool from_open_ = true;
  bool has_ended_ = false;
  bool input_ends_ = false;
  bool is_refusing_ = false;
  bool is_cut_ = false;  // an error ended what it said
  std::string outgoing_;
  std::size_t sent_ = 0;          // of outgoing_
  std::uint64_t total_sent_ = 0;  // ever
  std::string received_;
  std::size_t taken_ = 0;    // of received_, by next_line
  std::size_t scanned_ = 0;  // up to here there is no newline behind taken_
  std::string said_last_;
  std::unique_ptr<std::array<char, 262144>> buffer_ = std::make_unique<std::array<char, 262144>>();
};

/// How long the process of a worker may take to end when its input has ended and everything is answered: 10 s, or the
/// stage's timeout where that is more.
[[nodiscard]] Nanos patience_of(const StageConfig& stage) noexcept;

/// The child said what its protocol does not allow, or is gone before its time: `what` is logged, and the worker ends,
/// as the child did where it has ended.
[[noreturn]] void end_with_child(WorkContext& context, StayingChild& child, const std::string& what);

/// Says once, when items have waited for 10 s without any answer, what is the likely cause.
class SilenceWatch {
 public:
  explicit SilenceWatch(WorkContext& context) : context_(context) {}
  void heard() noexcept { since_ = 0; }
  /// How long to wait at most; -1 where nothing is to be said any more, or nothing is waited for.
  [[nodiscard]] Nanos timeout(bool is_waiting) noexcept;
  void check(pid_t pid);

 private:
  WorkContext& context_;
  Nanos since_ = 0;  // 0: not waiting
  bool was_said_ = false;
};

}  // namespace pooltop
