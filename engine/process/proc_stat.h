// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string_view>

namespace pooltop {

/// The part of /proc/PID/stat that pooltop reads.
struct ProcStat {
  char state = '?';  ///< R S D T t Z X I
  pid_t parent = 0;
  std::uint64_t cpu_ticks = 0;         ///< user + system time of all its threads
  std::uint64_t reaped_cpu_ticks = 0;  ///< of the children it has waited for
  std::uint32_t threads = 0;
  std::uint64_t start_ticks = 0;  ///< since boot
  std::uint64_t rss_pages = 0;
};

/// nullopt if `text` is no such line. A process may call itself anything, ") R 1" too.
[[nodiscard]] std::optional<ProcStat> parse_proc_stat(std::string_view text) noexcept;
/// Reads it; nullopt when the process is gone. `pid` must not be 0.
[[nodiscard]] std::optional<ProcStat> read_proc_stat(pid_t pid) noexcept;
/// Reads it from a descriptor of /proc/PID/stat that is kept open.
[[nodiscard]] std::optional<ProcStat> reread_proc_stat(int stat_fd) noexcept;

/// Threads of this process. Throws std::system_error where there is no /proc.
[[nodiscard]] std::uint32_t thread_count();

}  // namespace pooltop
