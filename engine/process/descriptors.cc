// SPDX-License-Identifier: MIT
#include "engine/process/descriptors.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <cstring>

#include "engine/base/text.h"
#include "engine/base/units.h"

namespace pooltop {
namespace {

constexpr std::size_t kTableBytes = 256 * 1024;
constexpr std::size_t kShownName = 200;
constexpr unsigned kEstablished = 1, kConnecting = 2, kCloseWait = 8, kListening = 10;

std::string address_text(const sockaddr_storage& address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (address.ss_family == AF_INET) {
    sockaddr_in in{};
    std::memcpy(&in, &address, sizeof in);
    ::inet_ntop(AF_INET, &in.sin_addr, text.data(), text.size());
    return fmt::format("{}:{}", text.data(), ntohs(in.sin_port));
  }
  sockaddr_in6 in{};
  std::memcpy(&in, &address, sizeof in);
  if (IN6_IS_ADDR_V4MAPPED(&in.sin6_addr)) {
    ::inet_ntop(AF_INET, in.sin6_addr.s6_addr + 12, text.data(), text.size());
    return fmt::format("{}:{}", text.data(), ntohs(in.sin6_port));
  }
  ::inet_ntop(AF_INET6, &in.sin6_addr, text.data(), text.size());
  return fmt::format("[{}]:{}", text.data(), ntohs(in.sin6_port));
}

/// A bound path; "@name" for one that is no file; empty for none.
std::string unix_text(const sockaddr_storage& address, socklen_t size) {
  if (size <= offsetof(sockaddr_un, sun_path)) return "";
  const char* const path = reinterpret_cast<const char*>(&address) + offsetof(sockaddr_un, sun_path);
  const std::size_t length = std::min<std::size_t>(size, sizeof(sockaddr_un)) - offsetof(sockaddr_un, sun_path);
  if (path[0] == '\0') return "@" + std::string(path + 1, length - 1);
  return {path, ::strnlen(path, length)};
}

void note_state(DescriptorView& out, unsigned state) {
  if (state == kConnecting) out.note = "connecting";
  if (state == kCloseWait) out.note = "the peer has closed it";
  if (state == kListening) out.note = "listening";
}

void ask_tcp(int socket, DescriptorView& out) {
  tcp_info info{};
  socklen_t size = sizeof info;
  if (::getsockopt(socket, IPPROTO_TCP, TCP_INFO, &info, &size) != 0) return;
  note_state(out, info.tcpi_state);
  if (info.tcpi_state == kEstablished) {
    out.silent_s = info.tcpi_last_data_recv / 1000.0;
    if (info.tcpi_retransmits > 1) out.note = fmt::format("{} retransmits unanswered", info.tcpi_retransmits);
  }
}

void ask_unix(int socket, DescriptorView& out) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  if (::getpeername(socket, reinterpret_cast<sockaddr*>(&address), &size) == 0) out.name = unix_text(address, size);
  size = sizeof address;
  if (out.name.empty() && ::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size) == 0)
    out.name = unix_text(address, size);
  ucred peer{};
  size = sizeof peer;
  // The two ends of a socketpair name who made it; a path tells a real peer.
  if (!out.name.empty() && ::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 && peer.pid > 0)
    out.peers.push_back(peer.pid);
}

int option(int socket, int name) {
  int value = -1;
  socklen_t size = sizeof value;
  return ::getsockopt(socket, SOL_SOCKET, name, &value, &size) == 0 ? value : -1;
}

/// Asks a copy of the socket; false where the system gives none.
bool ask_copy(pid_t pid, DescriptorView& out) {
  const Fd pidfd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
  if (!pidfd) return false;
  const Fd socket(static_cast<int>(::syscall(SYS_pidfd_getfd, pidfd.get(), out.number, 0)));
  if (!socket) return false;
  const int domain = option(socket.get(), SO_DOMAIN);
  if (domain == AF_UNIX) {
    out.kind = DescriptorKind::Unix;
    ask_unix(socket.get(), out);
    return true;
  }
  if (domain != AF_INET && domain != AF_INET6) return true;  // netlink, packet …: a socket, no more is said
  const bool is_tcp = option(socket.get(), SO_TYPE) == SOCK_STREAM;
  out.kind = is_tcp ? DescriptorKind::Tcp : DescriptorKind::Udp;
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  if (is_tcp) ask_tcp(socket.get(), out);
  if (::getpeername(socket.get(), reinterpret_cast<sockaddr*>(&address), &size) == 0) {
    out.name = address_text(address);
  } else if (out.note != "connecting") {
    size = sizeof address;
    if (::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&address), &size) == 0)
      out.name = address_text(address);
  }
  return true;
}

void look_up(const ProcFiles& files, std::uint64_t inode, DescriptorView& out) {
  struct Table {
    const char* file;
    DescriptorKind kind;
  };
  for (const Table& table : {Table{"net/tcp", DescriptorKind::Tcp}, Table{"net/tcp6", DescriptorKind::Tcp},
                             Table{"net/udp", DescriptorKind::Udp}, Table{"net/udp6", DescriptorKind::Udp}}) {
    auto found = find_socket(files.read(table.file, kTableBytes), inode);
    if (!found) continue;
    out.kind = table.kind;
    out.name = std::move(found->name);
    if (table.kind == DescriptorKind::Tcp) note_state(out, found->state);
    return;
  }
}

std::uint64_t bracketed(std::string_view link) {
  std::uint64_t value = 0;
  const std::size_t at = link.find('[');
  if (at != std::string_view::npos) std::from_chars(link.data() + at + 1, link.data() + link.size(), value);
  return value;
}

/// "0100007F:1F90" as the kernel prints it: 32-bit words in the machine's order, the port in hexadecimal.
std::optional<std::string> kernel_address(std::string_view text) {
  const std::size_t colon = text.find(':');
  if (colon != 8 && colon != 32) return std::nullopt;
  std::array<std::uint32_t, 4> words{};
  for (std::size_t i = 0; i < colon / 8; ++i)
    std::from_chars(text.data() + 8 * i, text.data() + 8 * i + 8, words[i], 16);
  std::uint16_t port = 0;
  std::from_chars(text.data() + colon + 1, text.data() + text.size(), port, 16);
  sockaddr_storage address{};
  if (colon == 8) {
    sockaddr_in in{};
    in.sin_family = AF_INET;
    in.sin_port = htons(port);
    std::memcpy(&in.sin_addr, words.data(), 4);
    std::memcpy(&address, &in, sizeof in);
  } else {
    sockaddr_in6 in{};
    in.sin6_family = AF_INET6;
    in.sin6_port = htons(port);
    std::memcpy(&in.sin6_addr, words.data(), 16);
    std::memcpy(&address, &in, sizeof in);
  }
  return address_text(address);
}

std::string_view next_word(std::string_view& line) {
  const std::size_t begin = std::min(line.find_first_not_of(' '), line.size());
  const std::size_t end = std::min(line.find(' ', begin), line.size());
  const std::string_view word = line.substr(begin, end - begin);
  line.remove_prefix(end);
  return word;
}

std::string_view standard_name(int number) {
  switch (number) {
    case 0:
      return "stdin";
    case 1:
      return "stdout";
    case 2:
      return "stderr";
    default:
      return "";
  }
}

}  // namespace

std::string_view name_of(DescriptorKind kind) noexcept {
  static constexpr std::string_view kNames[] = {"unknown", "file",   "pipe",     "tcp",  "udp",
                                                "unix",    "socket", "terminal", "event"};
  return kNames[static_cast<std::size_t>(kind)];
}

std::optional<SocketEnds> find_socket(std::string_view table, std::uint64_t inode) {
  // sl local remote st tx:rx tr:when retrnsmt uid timeout inode …
  for (std::size_t begin = 0; begin < table.size();) {
    const std::size_t end = std::min(table.find('\n', begin), table.size());
    std::string_view line = table.substr(begin, end - begin);
    begin = end + 1;
    std::array<std::string_view, 10> words;
    for (auto& word : words) word = next_word(line);
    std::uint64_t found = 0;
    std::from_chars(words[9].data(), words[9].data() + words[9].size(), found);
    if (found != inode || inode == 0) continue;
    SocketEnds ends;
    std::from_chars(words[3].data(), words[3].data() + words[3].size(), ends.state, 16);
    const auto name = kernel_address(ends.state == kListening ? words[1] : words[2]);
    if (!name) return std::nullopt;
    ends.name = *name;
    return ends;
  }
  return std::nullopt;
}

DescriptorView describe_descriptor(const ProcFiles& files, pid_t pid, int number) {
  DescriptorView out;
  out.number = number;
  if (number < 0) return out;
  out.name = files.link("fd/" + std::to_string(number));
  const std::string_view link = out.name;
  if (link.empty()) return out;
  if (link.starts_with("pipe:")) {
    out.kind = DescriptorKind::Pipe;
  } else if (link.starts_with("socket:")) {
    out.kind = DescriptorKind::Socket;
    const std::uint64_t inode = bracketed(link);
    out.name.clear();
    if (!ask_copy(pid, out)) look_up(files, inode, out);
  } else if (link.starts_with("/dev/pts/") || link.starts_with("/dev/tty")) {
    out.kind = DescriptorKind::Terminal;
  } else if (link.starts_with("anon_inode:")) {
    out.kind = DescriptorKind::Event;
    out.name = out.name.substr(out.name.find(':') + 1);
    std::erase_if(out.name, [](char c) { return c == '[' || c == ']'; });
  } else {
    out.kind = DescriptorKind::File;
  }
  return out;
}

std::string text_of(const DescriptorView& descriptor) {
  std::string text;
  switch (descriptor.kind) {
    case DescriptorKind::Unknown:
      text = fmt::format("descriptor {}", descriptor.number);
      break;
    case DescriptorKind::Pipe:
      text = descriptor.name.starts_with('/') ? "fifo " + printable(descriptor.name, kShownName) : "pipe";
      if (!descriptor.peers.empty())
        text += fmt::format(" {} {}", descriptor.for_writing ? "to" : "from", fmt::join(descriptor.peers, ", "));
      break;
    case DescriptorKind::File:
      text = printable(descriptor.name, kShownName);
      break;
    case DescriptorKind::Terminal:
    case DescriptorKind::Event:
      text = printable(descriptor.name, kShownName);
      break;
    case DescriptorKind::Tcp:
    case DescriptorKind::Udp:
    case DescriptorKind::Unix:
    case DescriptorKind::Socket:
      text = std::string(name_of(descriptor.kind));
      if (!descriptor.name.empty()) text += " " + printable(descriptor.name, kShownName);
      if (!descriptor.peers.empty()) text += fmt::format(" of {}", fmt::join(descriptor.peers, ", "));
      break;
  }
  if (!descriptor.note.empty()) text += fmt::format(" ({})", descriptor.note);
  if (descriptor.silent_s && *descriptor.silent_s >= 1)
    text += fmt::format(" (silent for {})", format_short(*descriptor.silent_s));
  const std::string_view standard = standard_name(descriptor.number);
  return standard.empty() ? text : fmt::format("{} ({})", standard, text);
}

}  // namespace pooltop
