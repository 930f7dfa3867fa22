// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "engine/base/fd.h"

namespace pooltop {

/// Who said a line of a worker's log.
enum class LogStream : std::uint8_t { Out, Err, Note };

/// A worker's log file: lines "2026-01-31T12:00:43.655Z PID out|err|note TEXT". TEXT is bytes as they came: what shows
/// it makes it printable. The file is 0600, never reached through a symbolic link, and renamed to FILE.1 when it would
/// grow beyond 8 MiB; descriptors 1 and 2 of this process follow it. What cannot be written (full disk) is left out:
/// a log never stops the work. One process a file, one thread.
class Log {
 public:
  /// Opens (or makes) `path`; empty: nothing is kept. Throws std::system_error "open PATH".
  explicit Log(std::string path, std::uint64_t max_bytes = 8u << 20);

  /// Bytes that process `pid` wrote. A line without its end waits for the rest of it (flush() ends it); a line longer
  /// than 64 KiB is cut, and says so.
  void add(LogStream stream, pid_t pid, std::string_view bytes);
  /// Writes lines begun: their process has ended.
  void flush();
  /// One line of this worker's own.
  void note(std::string_view line);

 private:
  struct Partial {
    std::string text;
    pid_t pid = 0;
    bool is_cut = false;
  };
  void write_block(std::string_view block);
  void rotate();
  void open_file();

  std::string path_;
  std::uint64_t max_bytes_;
  std::uint64_t size_ = 0;
  Fd fd_;
  std::array<Partial, 2> partial_;  // Out, Err
};

/// The last `limit` bytes of what is appended to it.
class Tail {
 public:
  explicit Tail(std::size_t limit) : limit_(limit) {}
  void append(std::string_view bytes);
  void clear() { text_.clear(); }
  [[nodiscard]] std::string_view view() const;
  /// Its last line that is not blank, fit to be shown, at most 200 bytes; empty if there is none.
  [[nodiscard]] std::string last_line() const;

 private:
  std::size_t limit_;
  std::string text_;
};

}  // namespace pooltop
