// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/clock.h"
#include "engine/process/descriptors.h"
#include "engine/process/syscalls.h"

namespace pooltop {

/// Where a thread stands in the kernel, and what it waits for there. What the system does not tell is empty.
struct WaitView {
  std::string wchan;  ///< the kernel function that it sleeps in
  std::string call;   ///< the system call: "recv", "wait4"; "syscall 999" for one that has no name here
  CallKind kind = CallKind::Other;
  std::vector<DescriptorView> descriptors;  ///< what it waits on, the first few
  std::size_t more_descriptors = 0;         ///< how many it waits on beside these
  std::string path;                         ///< the file that is being opened or looked for; raw bytes
  std::optional<double> asked_s;            ///< how long it wants to wait at most, or to sleep
  pid_t child = 0;                          ///< Child: the process that is waited for; 0: any
  pid_t holder = 0;                         ///< FileLock: who has the lock; 0: not known
};

struct ThreadView {
  pid_t tid = 0;
  std::string name;
  char state = '?';
  WaitView wait;
};

/// One process, as /proc has it now.
struct ProcessView {
  pid_t pid = 0;
  pid_t parent = 0;
  std::string name;                       ///< as it calls itself, at most 15 bytes; raw
  char state = '?';                       ///< R S D T t Z X I
  pid_t tracer = 0;                       ///< a debugger's PID
  WaitView wait;                          ///< of its first thread
  std::vector<std::string> kernel_stack;  ///< innermost first; mostly for root only
  std::uint32_t threads = 0;
  std::vector<ThreadView> other_threads;  ///< the first few
  Nanos cpu = 0;                          ///< user + system time of all its threads
  std::uint64_t start_ticks = 0;          ///< since boot
  Nanos age = 0;
  std::uint64_t rss_bytes = 0;
  std::uint64_t voluntary_switches = 0;     ///< of its first thread
  std::uint64_t involuntary_switches = 0;   ///< the same
  std::optional<std::uint64_t> read_bytes;  ///< by read() and its like, from whatever
  std::optional<std::uint64_t> written_bytes;
  int nice = 0;
  std::string cwd;
  std::vector<std::string> argv;  ///< at most 4 KiB of it; raw
};

/// A process and its descendants, parents before their children.
struct TreeView {
  std::vector<ProcessView> processes;  ///< empty: the root is gone
  std::size_t left_out = 0;            ///< descendants beyond the limit
};

inline constexpr std::size_t kMostProcesses = 32;
inline constexpr std::size_t kMostThreads = 64;  ///< beside the first ones, of the whole tree

/// Looks at one process; nullopt when it is gone. At most `threads` of its other threads are looked at.
/// Never waits for what the process waits for, so that a loop may call it: files that it has open are not touched, and
/// of a process in an uninterruptible wait nothing is read that its memory holds (argv, arguments of its call). Around
/// 0.1 ms.
[[nodiscard]] std::optional<ProcessView> inspect_process(pid_t pid, std::size_t threads = kMostThreads);

/// The same for a tree, at most kMostProcesses of it, with who is at the other end of the pipes that are waited on.
[[nodiscard]] TreeView inspect_tree(pid_t root);

/// Where thread `tid` of `pid` stands. `in_memory`: its call's arguments may be read from its memory.
[[nodiscard]] WaitView read_wait(const ProcFiles& files, pid_t pid, pid_t tid, bool in_memory);

/// "running", "sleeping", "waiting for disk", "stopped", "traced", "zombie", "dead", "idle".
[[nodiscard]] std::string_view word_of_state(char state) noexcept;

/// One line: "recv on tcp 10.0.0.1:443", "poll on stdin (pipe from 4242), tcp …", "wait4 for 4250", "futex",
/// "clock_nanosleep for 60s", "do_exit"; empty where nothing is known. Printable.
[[nodiscard]] std::string text_of(const WaitView& wait);

}  // namespace pooltop
