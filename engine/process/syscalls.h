// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string_view>

namespace pooltop {

/// What a process waits for when it stands in a system call.
enum class CallKind : std::uint8_t {
  Other,
  Read,      ///< bytes out of a descriptor
  Write,     ///< room for bytes in a descriptor
  Accept,    ///< a connection to come in
  Connect,   ///< a connection to be made
  Poll,      ///< one of several descriptors
  Child,     ///< another process's end
  Lock,      ///< a lock or a condition in memory
  FileLock,  ///< a lock on a file
  Sleep,     ///< time to pass
  Open,      ///< a file to be opened, found or changed by its name
  Sync,      ///< bytes to be on a disk
  Signal,    ///< a signal
};

struct CallRow {
  long number;
  std::string_view name;
  CallKind kind;
  int descriptor;  ///< which argument is a descriptor; -1: none
};

/// The system call of this number on this machine; nullptr for one that is seldom waited in.
[[nodiscard]] const CallRow* call_numbered(long number) noexcept;

/// The kind where only the kernel function is known that a thread sleeps in (/proc/PID/wchan).
[[nodiscard]] CallKind kind_of_wchan(std::string_view wchan) noexcept;

}  // namespace pooltop
