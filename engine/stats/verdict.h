// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "engine/model/states.h"
#include "engine/process/inspection.h"

namespace pooltop {

/// What a worker is at: the answer to "is it stuck, or just slow?" in one word.
enum class VerdictKind : std::uint8_t {
  Runs,      ///< it has a core for itself, or half of one
  Works,     ///< it uses a core now and then
  Network,   ///< it waits for a peer
  Input,     ///< it waits for bytes: of a pipe, a terminal, its stdin
  Output,    ///< it waits until somebody reads what it writes
  Child,     ///< it waits for a process that has nothing to tell
  Lock,      ///< a lock in memory
  FileLock,  ///< a lock on a file
  Disk,
  File,   ///< a file to be opened: a fifo whose other end nobody has, a file system that does not answer
  Sleep,  ///< it asked for time to pass
  Signal,
  Circle,   ///< its processes wait for each other
  Stopped,  ///< by a signal that was not pooltop's
  Traced,   ///< held by a debugger
  Paused,   ///< by a user of pooltop
  Idle,     ///< no item
  Blocked,  ///< no room behind it
  Starting,
  Gone,
  Unknown,
};

[[nodiscard]] std::string_view name_of(VerdictKind kind) noexcept;

/// What the verdict is found from.
struct VerdictFacts {
  WorkerState state = WorkerState::Busy;
  bool paused_after_item = false;  ///< it is given nothing, but runs
  bool is_source = false;
  bool child_stays = false;  ///< its child gets items on stdin and answers on stdout
  bool has_item = false;
  bool is_stopped_by_other = false;
  std::string next_stage;               ///< the one behind it; empty: none
  pid_t child = 0;                      ///< works for it; 0: none
  std::span<const ProcessView> tree;    ///< the worker first
  std::span<const double> cpu_percent;  ///< of each of these, of one core, over the last `window_s`
  double tree_percent = 0;              ///< of all of them
  double window_s = 0;                  ///< 0: not known yet
  double still_s = 0;                   ///< for how long the tree has used no processor time
};

struct Verdict {
  VerdictKind kind = VerdictKind::Unknown;
  std::string text;  ///< one sentence, printable
  pid_t pid = 0;     ///< the process that it is about
};

/// Pure. Follows who waits for whom from the worker's child on: a shell for its command, a reader for who writes into
/// its pipe; the sentence is about the one at the end.
[[nodiscard]] Verdict find_verdict(const VerdictFacts& facts);

}  // namespace pooltop
