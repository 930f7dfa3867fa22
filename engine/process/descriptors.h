// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/process/proc_files.h"

namespace pooltop {

enum class DescriptorKind : std::uint8_t { Unknown, File, Pipe, Tcp, Udp, Unix, Socket, Terminal, Event };

[[nodiscard]] std::string_view name_of(DescriptorKind kind) noexcept;

/// What a descriptor of another process is, as far as the system tells.
struct DescriptorView {
  int number = -1;
  DescriptorKind kind = DescriptorKind::Unknown;
  bool for_writing = false;        ///< what the process wants of it
  std::string name;                ///< a path, "10.0.0.1:443", "pipe:[4711]"; raw bytes of others
  std::string note;                ///< "connecting", "listening", "the peer has closed it"; may be empty
  std::vector<pid_t> peers;        ///< processes at the other end, those that were looked for and found
  bool peers_known = false;        ///< the whole tree was looked through for them
  std::optional<double> silent_s;  ///< TCP: since something came
};

/// Descriptor `number` of process `pid`. Nothing that could wait is done: files are never opened nor looked at, a
/// socket's ends are asked of a copy of the descriptor where the system gives one (pidfd_getfd), else looked up in the
/// process's tables, of which the first 256 KiB are read.
[[nodiscard]] DescriptorView describe_descriptor(const ProcFiles& files, pid_t pid, int number);

/// "tcp 10.0.0.1:443 (connecting)", "pipe from 4242", "stdin (pipe from 4242)", "/srv/a.txt"; printable.
[[nodiscard]] std::string text_of(const DescriptorView& descriptor);

/// The ends of the TCP or UDP socket `inode` in the text of /proc/net/tcp, tcp6, udp or udp6: "10.0.0.1:443" is the
/// remote one ("listening on …" where there is none), and its state's number. nullopt if it is not there.
struct SocketEnds {
  std::string name;
  unsigned state = 0;  ///< 1 established, 2 connecting, 8 closed by the peer, 10 listening
};
[[nodiscard]] std::optional<SocketEnds> find_socket(std::string_view table, std::uint64_t inode);

}  // namespace pooltop
