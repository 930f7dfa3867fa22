// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>

#include <array>
#include <cstdint>
#include <deque>
#include <list>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace pooltop {

/// How one try of an item ended.
enum class TryEnd : std::uint8_t {
  Done,
  Failed,       ///< the work reported it
  TimedOut,     ///< its worker was killed by the stage's timeout
  Crashed,      ///< its worker died
  Killed,       ///< its worker was killed by a user
  Restarted,    ///< its worker was restarted by a user, at once
  Interrupted,  ///< its worker could not go on, and no item is to blame for that
};
struct TryEndRow {
  TryEnd end;
  std::string_view name;
};
inline constexpr auto kTryEnds = std::to_array<TryEndRow>({
    {TryEnd::Done, "done"},
    {TryEnd::Failed, "failed"},
    {TryEnd::TimedOut, "timed_out"},
    {TryEnd::Crashed, "crashed"},
    {TryEnd::Killed, "killed"},
    {TryEnd::Restarted, "restarted"},
    {TryEnd::Interrupted, "interrupted"},
});
static_assert(
    [] {
      for (std::size_t i = 0; i < kTryEnds.size(); ++i)
        if (static_cast<std::size_t>(kTryEnds[i].end) != i) return false;
      return static_cast<std::size_t>(TryEnd::Interrupted) + 1 == kTryEnds.size();
    }(),
    "one row per TryEnd, in the enum's order");
constexpr std::string_view name_of(TryEnd end) { return kTryEnds[static_cast<std::size_t>(end)].name; }

struct Try {
  std::uint32_t attempt = 1;
  pid_t pid = 0;        ///< the worker
  pid_t child_pid = 0;  ///< the process that did the work for it; 0: none, or not known
  std::uint32_t slot = 0;
  std::int64_t started_us = 0;  ///< wall clock
  double elapsed_s = 0;
  TryEnd end = TryEnd::Done;
  std::optional<int> exit;
  std::optional<int> signal;
  std::string error;
  std::string output;       ///< what it wrote last to stderr
  bool after_retry = false;  ///< a user had given the item back before it
};

/// What became of one item in one stage.
struct Way {
  std::uint32_t stage = 0;
  std::string id;
  std::string item;  ///< its first bytes
  std::uint64_t item_bytes = 0;
  std::deque<Try> tries;              ///< the last ones
  std::uint64_t tries_left_out = 0;   ///< before those
  std::int64_t failed_us = 0;         ///< when it failed for good; 0: it has not
  std::string failed_error;           ///< of that
  bool given_back = false;            ///< by a user, since its last try

  void add(Try one);
};

/// The ways of the items that had anything but one good try: the last 2000 of them. A memory of what happened, for who
/// looks; where an item is now the queues and the workers' books say, and whether it is followed at all ItemExtra.
class Ways {
 public:
  static constexpr std::size_t kMost = 2000;
  static constexpr std::size_t kMostTries = 16;  // of one item
  static constexpr std::size_t kItemBytes = 1024;
  static constexpr std::size_t kOutputBytes = 512;

  /// The item's way, begun where there is none; it is the youngest now, and the oldest may have gone for it.
  Way& at(std::uint32_t stage, std::string_view id, std::string_view item);
  /// Null where none is kept. Valid until the next at().
  [[nodiscard]] const Way* find(std::uint32_t stage, std::string_view id) const;
  [[nodiscard]] std::size_t count() const noexcept { return ways_.size(); }

 private:
  std::list<Way> ways_;  // the oldest first
  std::unordered_map<std::string, std::list<Way>::iterator> by_key_;
};

/// The last `most` bytes of a text, from the beginning of a line where there is one.
[[nodiscard]] std::string last_bytes(std::string_view text, std::size_t most);

}  // namespace pooltop
