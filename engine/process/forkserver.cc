// SPDX-License-Identifier: MIT
// A request carries a worker's descriptors and a gate; the reply carries the worker's PID and pidfd. The worker waits
// at its gate until the caller, who has got the reply, lets it in:
//
//   caller                      server                       worker
//   request {fds, gate} ------> clone(CLONE_PARENT) -------> waits at the gate
//          <------------------- reply {pid, pidfd}
//   opens the gate ----------------------------------------> works
//
// A server that is killed in between leaves a worker nobody knows. The caller closes its end of the gate, the worker
// reads the end of the file and exits: it never touches the region that its replacement is given.
#include "engine/process/forkserver.h"

#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstring>
#include <optional>
#include <span>

#include "engine/base/clock.h"
#include "engine/base/error.h"
#include "engine/process/proc_stat.h"

namespace pooltop {
namespace {

// A busy machine may take seconds to start the server or to let it run; one that somebody stopped answers never.
constexpr Nanos kReplyLimit = 30 * kSecond;
constexpr Nanos kStoppedLimit = kSecond;
constexpr int kLookMs = 50;
constexpr std::size_t kMaxFds = kMaxPlacedFds + 1;  // the gate comes first

struct Request {
  std::uint32_t number = 0;
  std::uint32_t present = 0;  ///< numbers that the worker has; their descriptors follow the gate in this order
};

struct Reply {
  std::uint32_t number = 0;  ///< of its request
  int error = 0;             ///< errno of the clone; 0: `pid` was made and its pidfd comes along
  pid_t pid = 0;
};

struct ControlSpace {
  alignas(cmsghdr) char bytes[CMSG_SPACE(sizeof(int) * kMaxFds)];
};

/// A message on a socket, with descriptors. False with errno when the other side is gone.
bool send_message(int socket, const void* data, std::size_t size, std::span<const int> fds) noexcept {
  iovec part{const_cast<void*>(data), size};
  ControlSpace space{};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  if (!fds.empty()) {
    message.msg_control = space.bytes;
    message.msg_controllen = CMSG_SPACE(fds.size_bytes());
    cmsghdr* header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(fds.size_bytes());
    std::memcpy(CMSG_DATA(header), fds.data(), fds.size_bytes());
  }
  ssize_t n;
  do n = ::sendmsg(socket, &message, MSG_NOSIGNAL);
  while (n < 0 && errno == EINTR);
  return n == static_cast<ssize_t>(size);
}

struct Received {
  bool complete = false;  ///< false: the end, an error, or not a message of this size
  std::array<Fd, kMaxFds> fds;
  std::size_t fd_count = 0;
};

Received receive_message(int socket, void* data, std::size_t size) noexcept {
  iovec part{data, size};
  ControlSpace space{};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = space.bytes;
  message.msg_controllen = sizeof space.bytes;
  ssize_t n;
  do n = ::recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
  while (n < 0 && errno == EINTR);
  Received out;
  if (n <= 0) return out;
  if (const cmsghdr* header = CMSG_FIRSTHDR(&message); header != nullptr && header->cmsg_type == SCM_RIGHTS) {
    out.fd_count = std::min(kMaxFds, (header->cmsg_len - CMSG_LEN(0)) / sizeof(int));
    for (std::size_t i = 0; i < out.fd_count; ++i) {
      int fd = -1;
      std::memcpy(&fd, CMSG_DATA(header) + i * sizeof(int), sizeof fd);
      out.fds[i] = Fd(fd);
    }
  }
  out.complete = n == static_cast<ssize_t>(size) && (message.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) == 0;
  return out;
}

/// A fork whose child is the server's sibling. glibc has no call for it, and its record of the thread's id would stay
/// that of the server; the kernel writes the new one there, as fork() has it done. Not by clone3, which can do no more
/// of what is needed here, and which containers commonly refuse.
pid_t fork_sibling(Fd& pidfd) noexcept {
  static std::uint64_t tid_address = 0;
  if (tid_address == 0 && ::prctl(PR_GET_TID_ADDRESS, &tid_address, 0, 0, 0) < 0) tid_address = 0;
  int fd = -1;
  // The signal of its end is the server's own, SIGCHLD, with CLONE_PARENT.
  const unsigned long flags =
      CLONE_PARENT | CLONE_PIDFD | (tid_address != 0 ? CLONE_CHILD_SETTID | CLONE_CHILD_CLEARTID : 0);
#ifdef __x86_64__
  const auto pid = static_cast<pid_t>(::syscall(SYS_clone, flags, nullptr, &fd, tid_address, 0ul));
#else  // where the last two are the other way round
  const auto pid = static_cast<pid_t>(::syscall(SYS_clone, flags, nullptr, &fd, 0ul, tid_address));
#endif
  if (pid > 0) pidfd = Fd(fd);
  return pid;
}

/// In the worker: waits until the caller knows of it; ends where it never will.
void pass_gate(int gate) noexcept {
  char byte = 0;
  ssize_t n;
  do n = ::read(gate, &byte, 1);
  while (n < 0 && errno == EINTR);
  if (n != 1) ::_exit(0);
}

bool answer_request(int socket, WorkerEntry entry) noexcept {
  Request request;
  const Received received = receive_message(socket, &request, sizeof request);
  const auto wanted = static_cast<std::size_t>(std::popcount(request.present)) + 1;
  if (!received.complete || received.fd_count != wanted || request.present >> kMaxPlacedFds != 0) return false;
  WorkerTable table;
  std::size_t used = 1;
  for (unsigned i = 0; i < table.size(); ++i) {
    const bool is_present = (request.present >> i & 1) != 0;
    table[i] = is_present ? received.fds[used++].get() : -1;
  }
  Reply reply;
  reply.number = request.number;
  Fd pidfd;
  const pid_t parent = ::getppid();
  reply.pid = fork_sibling(pidfd);
  if (reply.pid == 0) {
    pass_gate(received.fds[0].get());
    enter_worker(entry, parent, table);
  }
  if (reply.pid < 0) reply.error = errno;
  const int fd = pidfd.get();
  return send_message(socket, &reply, sizeof reply, {&fd, reply.pid > 0 ? 1u : 0u});
}

/// False when the server is gone, stands still, or has not answered within the limit.
bool wait_reply(int socket, pid_t server) {
  const Nanos begin = monotonic_now();
  for (;;) {
    pollfd entry{socket, POLLIN, 0};
    const int ready = ::poll(&entry, 1, kLookMs);
    if (ready > 0) return true;
    if (ready < 0 && errno != EINTR) return false;
    const Nanos waited = monotonic_now() - begin;
    const auto stat = read_proc_stat(server);
    if (!stat || stat->state == 'Z' || waited >= kReplyLimit) return false;
    if ((stat->state == 'T' || stat->state == 't') && waited >= kStoppedLimit) return false;
  }
}

}  // namespace

Forkserver::Forkserver() {
  int ends[2];
  check(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), "socketpair", "forkserver");
  socket_ = Fd(ends[0]);
  const Fd far(ends[1]);
  server_ = start_self(kServerArgument, {-1, -1, -1, far.get(), -1, -1, -1});
}

Forkserver::~Forkserver() {
  socket_.reset();  // by that it ends too, should the signal be refused
  ::syscall(SYS_pidfd_send_signal, server_.pidfd.get(), SIGKILL, nullptr, 0);
  siginfo_t end;
  while (::waitid(P_PIDFD, static_cast<id_t>(server_.pidfd.get()), &end, WEXITED) < 0 && errno == EINTR) continue;
}

std::optional<StartedWorker> Forkserver::fork_worker(const WorkerTable& table) {
  int gate_ends[2];
  check(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, gate_ends), "socketpair", "gate of a worker");
  const Fd gate(gate_ends[0]);
  Fd gate_inside(gate_ends[1]);
  std::array<int, kMaxFds> fds{gate_inside.get()};
  std::size_t count = 1;
  for (const int fd : table) {
    if (fd >= 0) fds[count++] = fd;
  }
  const Request request{++asked_, present_numbers(table)};
  if (!send_message(socket_.get(), &request, sizeof request, {fds.data(), count})) return std::nullopt;
  gate_inside.reset();
  Reply reply;
  Received received;
  // A reply to a request that was given up may still come: its worker ends at its gate, which is closed.
  do {
    if (!wait_reply(socket_.get(), server_.pid)) return std::nullopt;
    received = receive_message(socket_.get(), &reply, sizeof reply);
    if (!received.complete) return std::nullopt;
  } while (reply.number != asked_);
  if (reply.error != 0) throw_system_error(reply.error, "clone", "worker");
  if (received.fd_count != 1 || reply.pid <= 0) return std::nullopt;
  // A worker that was killed at its gate is returned all the same: its pidfd says that it has ended.
  static_cast<void>(::send(gate.get(), "", 1, MSG_NOSIGNAL));
  return StartedWorker{reply.pid, std::move(received.fds[0])};
}

void serve_forks(int socket, WorkerEntry entry) noexcept {
  ::setsid();
  ::prctl(PR_SET_NAME, "pooltop-forks");
  while (answer_request(socket, entry)) continue;
  ::_exit(0);
}

}  // namespace pooltop
