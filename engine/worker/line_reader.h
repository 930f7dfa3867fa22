// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "engine/worker/source_spool.h"
#include "engine/worker/work.h"

namespace pooltop {

/// Emits items, up to the sentinel. (A source that is to end early is killed: what it has given counts, no more.)
class Emitter {
 public:
  explicit Emitter(WorkContext& context)
      : port_(context.port),
        sentinel_(std::get<SourceConfig>(context.spec.stage.work).sentinel),
        skip_(context.spec.skip) {}

  /// How many items a source that can leave them out by itself shall leave out; emit() then does not.
  std::uint64_t take_skip() { return std::exchange(skip_, 0); }
  /// So many of the items to come were handed over before.
  void skip(std::uint64_t items) { skip_ = items; }

  /// False: that was the end, emit no more.
  bool emit(std::string_view item) {
    if (sentinel_ && item == *sentinel_) return false;
    ++count_;
    if (skip_ > 0)
      --skip_;
    else
      port_.emit(item);
    return true;
  }

  /// Items so far, those left out included.
  [[nodiscard]] std::uint64_t count() const { return count_; }

 private:
  Port& port_;
  const std::optional<std::string>& sentinel_;
  std::uint64_t skip_;
  std::uint64_t count_ = 0;
};

/// Cuts what a descriptor gives into lines and emits them.
class LineReader {
 public:
  LineReader(WorkContext& context, Emitter& out, char delimiter, std::string name)
      : context_(context), out_(out), delimiter_(delimiter), name_(std::move(name)) {}

  /// What is read is kept there before it is emitted.
  void keep_in(SourceSpool* spool) { spool_ = spool; }
  /// So many lines were before those that will be read; for messages.
  void begin_behind(std::uint64_t lines) { number_ = lines; }

  /// What comes from `fd` (process `pid`'s stderr) meanwhile goes to the log.
  void log_beside(int fd, pid_t pid) { beside_ = fd, beside_pid_ = pid; }
  /// Takes what is there, waiting for it.
  void read_beside();
  /// -1 once it has ended.
  [[nodiscard]] int beside() const { return beside_; }

  /// Reads up to the end; false when the sentinel came before it.
  bool read(int fd, bool may_wait);

 private:
  bool emit(std::string_view line);
  void check_length(std::size_t bytes) const;
  void wait_for(int fd);

  WorkContext& context_;
  Emitter& out_;
  char delimiter_;
  std::string name_;
  SourceSpool* spool_ = nullptr;
  std::uint64_t number_ = 0;  // of the last line emitted
  int beside_ = -1;
  pid_t beside_pid_ = 0;
};

}  // namespace pooltop
