// SPDX-License-Identifier: MIT
#include "engine/process/forkserver.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <cstring>

#include "engine/base/io.h"
#include "engine/process/process_tree.h"
#include "tests/support/process_support.h"

using namespace pooltop;
using namespace pooltop::testing;

namespace {

/// Takes its order from the region.
void taking_worker(const WorkerFds& fds) {
  char order = 0;
  ::_exit(::read(fds.region, &order, 1) == 1 ? 7 : 8);
}

/// A request as the caller's side sends it: the numbers that are there, and the descriptors, the gate first.
void send_request(int socket, std::uint32_t present, std::vector<int> fds) {
  std::array<std::uint32_t, 2> request{1, present};
  std::vector<char> control(CMSG_SPACE(fds.size() * sizeof(int)));
  iovec part{request.data(), sizeof request};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  cmsghdr* header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(fds.size() * sizeof(int));
  std::memcpy(CMSG_DATA(header), fds.data(), fds.size() * sizeof(int));
  REQUIRE(::sendmsg(socket, &message, 0) == sizeof request);
}

/// A server that talks to the test itself, which can break off where it likes.
struct BareServer {
  Fd socket;
  Child process;
  BareServer() {
    int ends[2];
    REQUIRE(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) == 0);
    socket = Fd(ends[0]);
    Fd far(ends[1]);
    process = fork_body([&]() -> int {
      socket.reset();
      serve_forks(far.get(), &taking_worker);
    });
  }
};

}  // namespace

TEST_CASE("process: a worker whose forkserver was killed before the reply ends at its gate and takes nothing") {
  BareServer server;
  PipeEnds orders = make_pipe();
  write_all(orders.write.get(), "x", "orders");
  int gate[2];
  REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, gate) == 0);
  Fd caller(gate[0]);
  Fd inside(gate[1]);

  send_request(server.socket.get(), 1u << 3, {inside.get(), orders.read.get()});
  inside.reset();
  REQUIRE(eventually([] { return children_of(::getpid()).size() == 2; }));
  send_signal(server.process.pidfd, SIGKILL);
  CHECK(wait_end(server.process.pidfd, 10 * kSecond)->code == SIGKILL);
  const Fd worker = open_pidfd(children_of(::getpid()).at(0));

  CHECK_FALSE(has_ended(worker, 50 * kMillisecond));
  caller.reset();
  const auto end = wait_end(worker, 10 * kSecond);
  REQUIRE(end.has_value());
  CHECK(end->is_success());
  int left = 0;
  CHECK(::ioctl(orders.read.get(), FIONREAD, &left) == 0);
  CHECK(left == 1);
}

TEST_CASE("process: a forkserver ends at a request that is none") {
  const auto answer_to = [](unsigned present, const std::vector<int>& fds) {
    BareServer server;
    send_request(server.socket.get(), present, fds);
    return wait_end(server.process.pidfd, 10 * kSecond)->code;
  };
  const Fd null(::dup(0));

  CHECK(answer_to(1u << 3, {null.get()}) == 0);
  CHECK(answer_to(0, {null.get(), null.get()}) == 0);
  CHECK(answer_to(~0u, {null.get()}) == 0);
  BareServer cut;
  CHECK(::send(cut.socket.get(), "x", 1, 0) == 1);
  CHECK(wait_end(cut.process.pidfd, 10 * kSecond)->is_success());
  BareServer closed;
  closed.socket.reset();
  CHECK(wait_end(closed.process.pidfd, 10 * kSecond)->is_success());
  CHECK(children_of(::getpid()).empty());
}

TEST_CASE("process: a reply that comes when its request was given up is not taken for the reply to the next one") {
  Forkserver server;
  const Fd pidfd = open_pidfd(server.pid());
  const Fd null(::open("/dev/null", O_RDWR | O_CLOEXEC));
  PipeEnds orders = make_pipe();
  const WorkerTable table = worker_table({orders.read.get(), -1, -1, -1, -1}, null.get());
  send_signal(pidfd, SIGSTOP);
  REQUIRE_FALSE(server.fork_worker(table));
  send_signal(pidfd, SIGCONT);

  const auto worker = server.fork_worker(table);

  // The first one's gate was closed: it ends, and it is not the one that was given.
  REQUIRE(worker);
  const auto given_up = [&] {
    for (const pid_t pid : children_of(::getpid()))
      if (pid != worker->pid && pid != server.pid()) return status_line(pid, "State").starts_with("Z");
    return false;
  };
  CHECK(eventually(given_up));
  CHECK_FALSE(has_ended(worker->pidfd, 0));
  send_signal(worker->pidfd, SIGKILL);
  CHECK(wait_end(worker->pidfd, 10 * kSecond)->code == SIGKILL);
  kill_strangers({{server.pid()}});
}

TEST_CASE("process: a forkserver that is slow to answer is waited for") {
  Forkserver server;
  const Fd pidfd = open_pidfd(server.pid());
  const Fd null(::open("/dev/null", O_RDWR | O_CLOEXEC));
  send_signal(pidfd, SIGSTOP);
  // Let on before anybody would take it for stopped, as a busy machine does.
  const Child busy_machine = fork_body([&] {
    pollfd nothing{-1, 0, 0};
    ::poll(&nothing, 1, 700);
    return send_signal(pidfd, SIGCONT) ? 0 : 1;
  });

  const auto worker = server.fork_worker(worker_table({}, null.get()));

  REQUIRE(worker);
  CHECK(wait_end(worker->pidfd, 10 * kSecond)->is_success());
  CHECK(wait_end(busy_machine.pidfd, 10 * kSecond)->is_success());
}
