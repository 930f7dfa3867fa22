// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/base/clock.h"
#include "engine/model/snapshot.h"

namespace pooltop {

/// What the supervisor knows of a stage, for finding what is wrong with it. Times are of monotonic_now().
struct StageFacts {
  std::string name;
  Nanos p99 = 0;  ///< 0 while no item was done
  std::optional<Nanos> timeout;
  std::uint64_t depth = 0;  ///< items that wait in its queue
  Nanos last_taken = 0;     ///< when an item was last taken from the queue, or the queue's start
  std::uint32_t busy = 0;   ///< workers by state
  std::uint32_t blocked = 0;
  std::uint32_t starting = 0;
  std::uint32_t idle = 0;
  std::uint32_t paused = 0;
  std::uint32_t backoff = 0;
  std::uint32_t given_up = 0;  ///< slots that reached max_restarts
  Nanos given_up_at = 0;       ///< the last of them
  bool is_paused = false;      ///< by a user, as a whole
  Nanos paused_for = 0;        ///< it, or the first of its paused workers
  pid_t paused_by = 0;         ///< 0: unknown
  bool is_source = false;
  bool is_closed = false;     ///< nothing more comes in
  bool retries_only = false;  ///< all that waits is waiting out an item's backoff: not stalled
  std::string
      no_answer_hint;  ///< for an item that is slow in a stage that has answered none: "is its stdout buffered?"
};

/// A worker that has an item.
struct BusyFacts {
  pid_t pid = 0;
  std::string stage;
  std::string item_id;
  Nanos item_elapsed = 0;  ///< without paused time
};

/// A worker that is not ready yet for its first item.
struct StartingFacts {
  pid_t pid = 0;
  std::string stage;
  Nanos elapsed = 0;
};

/// A worker that died, not killed by a user of pooltop.
struct DeathFacts {
  pid_t pid = 0;
  std::string stage;
  ExitStatus end;
  Nanos at = 0;
  std::string item_id;  ///< that it had in work; may be empty
  pid_t successor = 0;  ///< 0 while there is none
};

inline constexpr Nanos kSlowItemAfter = 10 * kSecond;
inline constexpr Nanos kStalledAfter = 10 * kSecond;
inline constexpr Nanos kDeathShownFor = 10 * kSecond;
inline constexpr Nanos kSlowStartAfter = 10 * kSecond;

/// More than max(10 s, 5 x p99), or than 80 % of the stage's timeout, on one item.
[[nodiscard]] bool is_slow(Nanos item_elapsed, Nanos p99, std::optional<Nanos> timeout);

/// "killed by SIGSEGV", "exit 3", with the cause where pooltop knows it.
[[nodiscard]] std::string describe_end(const ExitStatus& end);

/// Why nothing is taken from a queue that is not empty, if that is so for 10 s: "all 2 workers are paused"; else
/// nullopt. A stage whose workers are blocked is not stalled itself: the one after it is the cause.
[[nodiscard]] std::optional<std::string> stall_reason(const StageFacts& stage, Nanos now);

/// All that is wrong now: paused stages in front of which items wait, paused workers that nothing gets on without, slow
/// items, workers that start for more than 10 s, stalled queues, deaths of the last 10 s, slots given up. Errors first,
/// then by age, the oldest first. Busy workers of unknown stages are passed over.
[[nodiscard]] std::vector<Problem> find_problems(std::span<const StageFacts> stages, std::span<const BusyFacts> busy,
                                                 std::span<const StartingFacts> starting,
                                                 std::span<const DeathFacts> deaths, Nanos now);

}  // namespace pooltop
