// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string_view>

namespace pooltop {

struct Child;

/// What a new process does before its exec, in this order; the one that failed is named to its parent.
enum class ExecStep : std::uint8_t { None, Parent, Descriptors, Chdir, Exec };

inline constexpr int kMaxPlacedFds = 7;

/// All that a new process needs up to its exec, laid out by its parent.
struct ExecPlan {
  const char* const* paths = nullptr;  ///< tried one after the other, as in PATH; ends with nullptr
  char* const* argv = nullptr;
  char* const* envp = nullptr;
  const char* cwd = nullptr;    ///< nullptr: as it is
  pid_t parent = 0;             ///< the process whose death is this one's
  int fds[kMaxPlacedFds] = {};  ///< which descriptors become 0, 1, 2 …; -1: that number stays closed
  int fd_count = 0;
  ExecStep failed = ExecStep::None;  ///< written by the new process, which shares this memory until its exec
  int error = 0;                     ///< errno of the failed step
};

/// Carries a plan out: a vfork-like clone, its exec, and the pidfd. Fills in the plan's `parent`.
/// Returns after the exec. Throws std::system_error "STEP OBJECT: reason"; `name` is the program's in it.
[[nodiscard]] Child start_exec(ExecPlan& plan, std::string_view name);

/// The new process's side of a vfork-like clone: it runs in its parent's memory while the parent stands still.
/// Ends in execve, or writes what failed into the plan and exits with 127. No allocation, no lock, no exception.
[[noreturn]] void exec_child(ExecPlan& plan) noexcept;

/// The parts of it that a forked worker needs too; they keep the same rules.
/// Puts fds[i] at number i for all i < count, whatever numbers they have, and closes every other one. Writes to `fds`.
/// False with errno when the system refuses.
[[nodiscard]] bool place_descriptors(int* fds, int count) noexcept;
/// Every disposition to its default, then an empty mask.
void reset_signals() noexcept;
/// SIGKILL to this process when `parent` ends. False when that has happened already.
[[nodiscard]] bool die_with(pid_t parent) noexcept;

}  // namespace pooltop
