// SPDX-License-Identifier: MIT
// What a thread waits for, out of /proc/PID/task/TID/syscall: the call's number and its six arguments. Where those
// point into the process's memory (a poll set, a path, a time), a copy of a few bytes is asked for. Every answer is a
// stranger's word: it is bounded, and shown, never acted upon.
#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <ctime>
#include <span>

#include "engine/base/text.h"
#include "engine/base/units.h"
#include "engine/process/inspection.h"

namespace pooltop {
namespace {

constexpr std::size_t kDescriptors = 8;
constexpr std::size_t kPollEntries = 64;
constexpr std::size_t kPathBytes = 256;
constexpr std::size_t kLocksBytes = 64 * 1024;

struct Call {
  long number = -1;  // -1: it waits outside of any call
  std::array<std::uint64_t, 6> arguments{};
};

// "0 0x3 0x7f… 0x20000 … SP PC"; "running" and an empty text are none.
std::optional<Call> parse_call(std::string_view text) {
  Call call;
  const char* at = text.data();
  const char* const end = at + text.size();
  const auto number = std::from_chars(at, end, call.number);
  if (number.ec != std::errc() || call.number < 0) return std::nullopt;
  at = number.ptr;
  for (auto& argument : call.arguments) {
    if (end - at < 4 || std::string_view(at, 3) != " 0x") return std::nullopt;
    const auto read = std::from_chars(at + 3, end, argument, 16);
    if (read.ec != std::errc()) return std::nullopt;
    at = read.ptr;
  }
  return call;
}

/// Copies from another process's memory; how many bytes there were.
std::size_t peek_memory(pid_t pid, std::uint64_t address, std::span<char> into) {
  if (address == 0 || into.empty()) return 0;
  iovec local{into.data(), into.size()};
  iovec remote{reinterpret_cast<void*>(address), into.size()};  // NOLINT(performance-no-int-to-ptr): not ours
  const ssize_t n = ::process_vm_readv(pid, &local, 1, &remote, 1, 0);
  return n < 0 ? 0 : static_cast<std::size_t>(n);
}

template <typename Value>
std::optional<Value> peek_value(pid_t pid, std::uint64_t address) {
  std::array<char, sizeof(Value)> bytes{};
  if (peek_memory(pid, address, bytes) != bytes.size()) return std::nullopt;
  Value value;
  std::memcpy(&value, bytes.data(), sizeof value);
  return value;
}

std::string peek_path(pid_t pid, std::uint64_t address) {
  std::array<char, kPathBytes> bytes{};
  // A copy stops at the end of a page that is there: the path may end in front of it.
  std::size_t n = peek_memory(pid, address, bytes);
  if (n == 0) n = peek_memory(pid, address, std::span(bytes).first(std::min<std::size_t>(4096 - address % 4096, 256)));
  return {bytes.data(), ::strnlen(bytes.data(), n)};
}

class WaitReader {
 public:
  WaitReader(const ProcFiles& files, pid_t pid, bool in_memory) : files_(files), pid_(pid), in_memory_(in_memory) {}

  void read(const Call& call, WaitView& out);

 private:
  void add(int number, bool for_writing, WaitView& out);
  void add_poll(const Call& call, WaitView& out);
  void add_select(const Call& call, WaitView& out);
  void add_epoll(int number, WaitView& out);
  void read_poll(const Call& call, WaitView& out);
  void read_child(const Call& call, WaitView& out) const;
  void read_sleep(const Call& call, WaitView& out) const;
  void read_path(const Call& call, WaitView& out) const;
  [[nodiscard]] std::optional<double> time_at(std::uint64_t address) const;
  [[nodiscard]] pid_t holder_of_lock() const;

  const ProcFiles& files_;
  pid_t pid_;
  bool in_memory_;
};

void WaitReader::add(int number, bool for_writing, WaitView& out) {
  if (out.descriptors.size() >= kDescriptors) {
    ++out.more_descriptors;
    return;
  }
  DescriptorView& view = out.descriptors.emplace_back(describe_descriptor(files_, pid_, number));
  view.for_writing = for_writing;
}

std::optional<double> WaitReader::time_at(std::uint64_t address) const {
  if (!in_memory_) return std::nullopt;
  const auto time = peek_value<timespec>(pid_, address);
  if (!time || time->tv_sec < 0 || time->tv_nsec < 0 || time->tv_nsec >= kSecond) return std::nullopt;
  return static_cast<double>(time->tv_sec) + static_cast<double>(time->tv_nsec) / 1e9;
}

void WaitReader::add_poll(const Call& call, WaitView& out) {
  const std::size_t count = std::min<std::size_t>(call.arguments[1], kPollEntries);
  std::array<char, kPollEntries * sizeof(pollfd)> bytes{};
  const std::size_t n = peek_memory(pid_, call.arguments[0], std::span(bytes).first(count * sizeof(pollfd)));
  for (std::size_t i = 0; i < n / sizeof(pollfd); ++i) {
    pollfd entry{};
    std::memcpy(&entry, bytes.data() + i * sizeof entry, sizeof entry);
    if (entry.fd >= 0) add(entry.fd, (entry.events & (POLLIN | POLLOUT)) == POLLOUT, out);
  }
}

void WaitReader::add_select(const Call& call, WaitView& out) {
  const std::size_t count = std::min<std::size_t>(call.arguments[0], FD_SETSIZE);
  const std::size_t bytes = (count + 63) / 64 * 8;
  for (const std::size_t set : {1u, 2u}) {
    std::array<char, FD_SETSIZE / 8> bits{};
    if (peek_memory(pid_, call.arguments[set], std::span(bits).first(bytes)) == 0) continue;
    for (std::size_t fd = 0; fd < count; ++fd)
      if ((static_cast<unsigned char>(bits[fd / 8]) >> (fd % 8) & 1u) != 0) add(static_cast<int>(fd), set == 2, out);
  }
}

void WaitReader::add_epoll(int number, WaitView& out) {
  constexpr unsigned long kIn = 1, kOut = 4;
  const std::string text = files_.read("fdinfo/" + std::to_string(number), 16 * 1024);
  for (std::size_t at = text.find("tfd:"); at != std::string::npos; at = text.find("tfd:", at + 4)) {
    const std::string_view line = std::string_view(text).substr(at, text.find('\n', at) - at);
    unsigned long events = kIn;
    if (const std::size_t found = line.find("events:"); found != std::string_view::npos) {
      const std::size_t digits = std::min(line.find_first_not_of(' ', found + 7), line.size());
      std::from_chars(line.data() + digits, line.data() + line.size(), events, 16);
    }
    add(static_cast<int>(number_after(line, "tfd:")), (events & (kIn | kOut)) == kOut, out);
  }
}

void WaitReader::read_poll(const Call& call, WaitView& out) {
  const auto& arguments = call.arguments;
  if (out.call == "epoll_wait") {
    add_epoll(static_cast<int>(arguments[0]), out);
    if (const auto ms = static_cast<int>(arguments[3]); call.number != SYS_epoll_pwait2 && ms >= 0)
      out.asked_s = ms / 1e3;
  } else if (in_memory_ && (out.call == "poll" || out.call == "ppoll")) {
    add_poll(call, out);
    const auto ms = static_cast<int>(arguments[2]);
    if (out.call == "ppoll")
      out.asked_s = time_at(arguments[2]);
    else if (ms >= 0)
      out.asked_s = ms / 1e3;
  } else if (in_memory_) {
    add_select(call, out);
    if (out.call == "pselect") out.asked_s = time_at(arguments[4]);
  }
}

void WaitReader::read_child(const Call& call, WaitView& out) const {
  if (out.call == "wait4") out.child = std::max(0, static_cast<pid_t>(call.arguments[0]));
  if (out.call == "waitid" && call.arguments[0] == 1) out.child = static_cast<pid_t>(call.arguments[1]);
}

void WaitReader::read_sleep(const Call& call, WaitView& out) const {
  const bool is_plain = call.number == SYS_nanosleep;
  constexpr std::uint64_t kAbsolute = 1;
  if (is_plain || (call.arguments[1] & kAbsolute) == 0) out.asked_s = time_at(call.arguments[is_plain ? 0 : 2]);
}

void WaitReader::read_path(const Call& call, WaitView& out) const {
  bool is_first = call.number == SYS_execve;
#ifdef SYS_open
  is_first = is_first || call.number == SYS_open;
#endif
  if (in_memory_) out.path = peek_path(pid_, call.arguments[is_first ? 0 : 1]);
}

// "7: -> FLOCK ADVISORY WRITE 4242 fd:01:77 0 EOF" waits for what is above it with the same number and no arrow.
pid_t WaitReader::holder_of_lock() const {
  const std::string text = files_.read("../locks", kLocksBytes);
  pid_t holder = 0;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    std::array<char, 16> arrow{};
    int pid = 0;
    const std::string line = text.substr(begin, end - begin);
    begin = end + 1;
    if (std::sscanf(line.c_str(), "%*d: -> %*s %*s %*s %d", &pid) == 1) {
      if (pid == pid_) return holder;
    } else if (std::sscanf(line.c_str(), "%*d: %15s %*s %*s %d", arrow.data(), &pid) == 2) {
      holder = pid;
    }
  }
  return 0;
}

void WaitReader::read(const Call& call, WaitView& out) {
  const CallRow* const row = call_numbered(call.number);
  if (row == nullptr) {
    out.call = fmt::format("syscall {}", call.number);
    return;
  }
  out.call = row->name;
  if (row->kind != CallKind::Other) out.kind = row->kind;
  if (row->kind == CallKind::FileLock && row->name == "fcntl") {
    const auto operation = static_cast<int>(call.arguments[1]);
    if (operation != F_SETLKW && operation != F_OFD_SETLKW) out.kind = CallKind::Other;
  }
  if (row->kind == CallKind::Poll) return read_poll(call, out);
  if (row->descriptor >= 0)
    add(static_cast<int>(call.arguments[static_cast<std::size_t>(row->descriptor)]), row->kind == CallKind::Write, out);
  if (row->kind == CallKind::Child) read_child(call, out);
  if (row->kind == CallKind::Sleep) read_sleep(call, out);
  if (row->kind == CallKind::Open) read_path(call, out);
  if (out.kind == CallKind::FileLock) out.holder = holder_of_lock();
}

std::string text_of_time(double seconds) { return format_duration(static_cast<Nanos>(seconds * 1e9)); }

}  // namespace

WaitView read_wait(const ProcFiles& files, pid_t pid, pid_t tid, bool in_memory) {
  const std::string folder = "task/" + std::to_string(tid) + "/";
  WaitView out;
  out.wchan = files.read(folder + "wchan", 128);
  if (out.wchan == "0") out.wchan.clear();
  out.kind = kind_of_wchan(out.wchan);
  if (const auto call = parse_call(files.read(folder + "syscall", 256)))
    WaitReader(files, pid, in_memory).read(*call, out);
  return out;
}

std::string text_of(const WaitView& wait) {
  std::string text = wait.call.empty() ? printable(wait.wchan, 64) : wait.call;
  if (!wait.path.empty()) text += " " + printable(wait.path, kPathBytes);
  for (std::size_t i = 0; i < wait.descriptors.size(); ++i)
    text += (i == 0 ? " on " : ", ") + text_of(wait.descriptors[i]);
  if (wait.more_descriptors > 0) text += fmt::format(" and {} more", wait.more_descriptors);
  if (wait.kind == CallKind::Child && wait.child > 0) text += fmt::format(" for {}", wait.child);
  if (wait.holder > 0) text += fmt::format(", locked by {}", wait.holder);
  if (wait.asked_s) text += (wait.kind == CallKind::Sleep ? " for " : ", for at most ") + text_of_time(*wait.asked_s);
  return text;
}

}  // namespace pooltop
