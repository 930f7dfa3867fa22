// SPDX-License-Identifier: MIT
#include "engine/process/worker_starter.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <mutex>
#include <stdexcept>
#include <thread>

#include "engine/base/error.h"
#include "engine/base/io.h"
#include "engine/process/child.h"
#include "engine/process/process_tree.h"
#include "tests/support/process_support.h"
#include "tests/support/worker_entry.h"

using namespace pooltop;
using namespace pooltop::testing;

namespace {

std::string link_of(int fd) {
  std::array<char, 256> target{};
  const std::string path = fmt::format("/proc/self/fd/{}", fd);
  return ::readlink(path.c_str(), target.data(), target.size() - 1) < 0 ? "closed" : target.data();
}

/// What must be the same for all start methods, as text.
std::string facts(const WorkerFds& fds) {
  int death_signal = 0;
  int is_subreaper = 0;
  ::prctl(PR_GET_PDEATHSIG, &death_signal);
  ::prctl(PR_GET_CHILD_SUBREAPER, &is_subreaper);
  std::string open;
  for (const int fd : open_descriptors(::getpid())) open += fmt::format(" {}", fd);
  std::string signals;
  for (const char* line : {"SigBlk", "SigIgn"}) signals += fmt::format(" {}", status_line(::getpid(), line));
  return fmt::format(
      "fds {} {} {} {} {}; open{}; in {}; leads {}; reaper {}; death {}; signals{}; named {}; threads {}", fds.region,
      fds.bell, fds.wake, fds.stream, fds.log, open, link_of(0), ::getsid(0) == ::getpid(), is_subreaper, death_signal,
      signals, status_line(::getpid(), "Name"), status_line(::getpid(), "Threads"));
}

/// glibc's idea of the thread's id is right: it takes, and gives back, a mutex that checks its owner.
bool owns_its_mutex() {
  std::recursive_mutex mutex;
  mutex.lock();
  bool is_owner = false;
  std::thread other([&] { is_owner = !mutex.try_lock(); });
  other.join();
  mutex.unlock();
  pthread_mutex_t checking;
  pthread_mutexattr_t kind;
  ::pthread_mutexattr_init(&kind);
  ::pthread_mutexattr_settype(&kind, PTHREAD_MUTEX_ERRORCHECK);
  ::pthread_mutex_init(&checking, &kind);
  return is_owner && ::pthread_mutex_lock(&checking) == 0 && checking.__data.__owner == ::gettid() &&
         ::pthread_mutex_unlock(&checking) == 0;
}

/// The worker of these tests: does what the byte in its region says.
void test_worker(const WorkerFds& fds) {
  char command = 0;
  if (fds.region >= 0) POOLTOP_ASSERT(::read(fds.region, &command, 1) == 1);
  switch (command) {
    case 'f':
      return write_all(fds.stream, facts(fds) + "\n", "stream");
    case 'p':
      write_all(fds.stream, fmt::format("{} {}\n", ::getpid(), ::getppid()), "stream");
      break;
    case 't':
      throw std::runtime_error("broken on purpose");
    case 'm':
      return write_all(fds.stream, owns_its_mutex() ? "owner\n" : "stranger\n", "stream");
    case 'h': {
      const char* script =
          "setsid sh -c '(setsid sleep infinity & sleep infinity &) ; sleep infinity' & sleep infinity";
      static Child hidden = start_child(shell_plan(script, {std::getenv("HIDDEN_MARK")}));
      break;
    }
    default:
      return;
  }
  for (;;) ::pause();
}

[[maybe_unused]] const bool kRegistered = (test_worker_entry() = &test_worker, true);

/// A started worker and the test's ends of its pipes.
struct TestWorker {
  StartedWorker process;
  Fd answers;
};

TestWorker start(WorkerStarter& starter, StartMethod method, char command, int log = -1) {
  PipeEnds orders = make_pipe();
  PipeEnds answers = make_pipe();
  write_all(orders.write.get(), std::string(1, command), "orders");
  const Fd bell(::open("/dev/zero", O_RDONLY | O_CLOEXEC));
  WorkerFds fds;
  fds.region = orders.read.get();
  fds.bell = bell.get();
  fds.wake = bell.get();
  fds.stream = answers.write.get();
  fds.log = log;
  return {starter.start(method, fds), std::move(answers.read)};
}

ProcessEnd end_of(const StartedWorker& worker) {
  const auto end = wait_end(worker.pidfd, 10 * kSecond);
  REQUIRE(end.has_value());
  return *end;
}

constexpr StartMethod kMethods[] = {StartMethod::Forkserver, StartMethod::Fork, StartMethod::Spawn};

}  // namespace

TEST_CASE("process: a worker has the same descriptors, session, signals and guards by whatever method it is started") {
  ::signal(SIGPIPE, SIG_IGN);
  ::signal(SIGTERM, SIG_IGN);
  sigset_t blocked;
  ::sigfillset(&blocked);
  ::sigprocmask(SIG_BLOCK, &blocked, nullptr);
  const int leak = ::open("/dev/null", O_RDONLY);  // not close-on-exec
  WorkerStarter starter(&test_worker);

  for (const StartMethod method : kMethods) {
    CAPTURE(static_cast<int>(method));
    const TestWorker worker = start(starter, method, 'f');

    CHECK(read_line(worker.answers) ==
          "fds 3 4 5 6 2; open 0 1 2 3 4 5 6; in /dev/null; leads true; reaper 1; death 9; signals 0000000000000000 "
          "0000000000000000; named pooltop-worker; threads 1");
    CHECK(end_of(worker.process).is_success());
  }
  ::close(leak);
}

TEST_CASE("process: a worker is a child of the process that started it, by whatever method") {
  WorkerStarter starter(&test_worker);

  for (const StartMethod method : kMethods) {
    CAPTURE(static_cast<int>(method));
    const TestWorker worker = start(starter, method, 'p');

    CHECK(read_line(worker.answers) == fmt::format("{} {}", worker.process.pid, ::getpid()));
    CHECK(send_signal(worker.process.pidfd, SIGTERM));
    CHECK(end_of(worker.process).code == SIGTERM);
  }
}

TEST_CASE("process: a worker that lacks a descriptor is told so and finds that number closed") {
  WorkerStarter starter(&test_worker);

  for (const StartMethod method : kMethods) {
    CAPTURE(static_cast<int>(method));
    PipeEnds orders = make_pipe();
    PipeEnds answers = make_pipe();
    write_all(orders.write.get(), "f", "orders");
    const StartedWorker worker = starter.start(method, {orders.read.get(), -1, -1, answers.write.get(), -1});

    CHECK(read_line(answers.read).starts_with("fds 3 -1 -1 6 2; open 0 1 2 3 6;"));
    CHECK(end_of(worker).is_success());
    CHECK(end_of(starter.start(method, {})).is_success());
  }
}

TEST_CASE("process: an exception out of a worker ends it with 1 and stands in its log") {
  WorkerStarter starter(&test_worker);

  for (const StartMethod method : kMethods) {
    CAPTURE(static_cast<int>(method));
    PipeEnds log = make_pipe();
    const TestWorker worker = start(starter, method, 't', log.write.get());

    CHECK(read_line(log.read) == fmt::format("pooltop: worker {}: broken on purpose", worker.process.pid));
    CHECK(end_of(worker.process).code == 1);
  }
}

TEST_CASE("process: the C library knows the thread of a worker, by whatever method it is started") {
  WorkerStarter starter(&test_worker);

  for (const StartMethod method : kMethods) {
    CAPTURE(static_cast<int>(method));
    const TestWorker worker = start(starter, method, 'm');

    CHECK(read_line(worker.answers) == "owner");
    CHECK(end_of(worker.process).is_success());
  }
}

TEST_CASE("process: a worker dies with the process that started it, by whatever method") {
  for (const StartMethod method : kMethods) {
    CAPTURE(static_cast<int>(method));
    PipeEnds pipe = make_pipe();
    const Child engine = fork_body([&] {
      WorkerStarter starter(&test_worker);
      const TestWorker worker = start(starter, method, 'p');
      write_all(pipe.write.get(), read_line(worker.answers) + "\n", "pipe");
      for (;;) ::pause();
      return 0;
    });
    const pid_t worker = std::stoi(read_line(pipe.read));
    REQUIRE(::kill(worker, 0) == 0);
    const Fd worker_pidfd = open_pidfd(worker);

    send_signal(engine.pidfd, SIGKILL);

    CHECK(wait_end(engine.pidfd, 10 * kSecond)->code == SIGKILL);
    CHECK(has_ended(worker_pidfd));
  }
}

TEST_CASE("process: a forkserver that was killed is replaced by the next start") {
  WorkerStarter starter(&test_worker);
  const pid_t first = starter.forkserver_pid();

  ::kill(first, SIGKILL);
  const TestWorker worker = start(starter, StartMethod::Forkserver, 'p');

  CHECK(read_line(worker.answers) == fmt::format("{} {}", worker.process.pid, ::getpid()));
  CHECK(starter.forkserver_pid() != first);
  send_signal(worker.process.pidfd, SIGKILL);
  CHECK(end_of(worker.process).code == SIGKILL);
}

TEST_CASE("process: a forkserver killed at any moment of a start costs no worker and leaves none unknown") {
  WorkerStarter starter(&test_worker);
  for (int i = 0; i < 40; ++i) {
    const pid_t server = starter.forkserver_pid();
    const Child killer = fork_body([&] {
      for (int spin = 0; spin < i * 200; ++spin) static_cast<void>(monotonic_now());
      ::kill(server, SIGKILL);
      return 0;
    });
    const TestWorker worker = start(starter, StartMethod::Forkserver, 'p');
    CHECK(read_line(worker.answers) == fmt::format("{} {}", worker.process.pid, ::getpid()));
    CHECK(wait_end(killer.pidfd, 10 * kSecond)->is_success());
    send_signal(worker.process.pidfd, SIGKILL);
    CHECK(end_of(worker.process).code == SIGKILL);
  }

  // What the killed servers had forked has ended at its gate, unless a stranger's SIGKILL was needed.
  const pid_t known = starter.forkserver_pid();
  const auto others_ended = [&] {
    for (const pid_t pid : children_of(::getpid())) {
      if (pid != known && !status_line(pid, "State").starts_with("Z")) return false;
    }
    return true;
  };
  CHECK(eventually(others_ended));
  kill_strangers({{known}});
  CHECK(children_of(::getpid()) == std::vector{known});
}

TEST_CASE("process: a forkserver that somebody stopped is replaced after a second") {
  WorkerStarter starter(&test_worker);
  const Fd stuck = open_pidfd(starter.forkserver_pid());
  send_signal(stuck, SIGSTOP);

  CHECK(end_of(starter.start(StartMethod::Forkserver, {})).is_success());

  CHECK_FALSE(send_signal(stuck, 0));
}

TEST_CASE("process: a process killed at any moment of its starts leaves no worker and no child behind") {
  const PipeEnds orders = make_pipe();  // nothing comes: a worker waits
  for (int i = 0; i < 90; ++i) {
    CAPTURE(i);
    PipeEnds held = make_pipe();  // by all that is started; at its end when none is left
    const Child starting = fork_body([&] {
      WorkerStarter starter(&test_worker);
      ChildPlan plan = shell_plan("exec sleep infinity");
      plan.stdout_fd = held.write.get();
      const WorkerFds fds{orders.read.get(), -1, -1, held.write.get(), -1};
      for (;;) {
        const StartedWorker worker = starter.start(kMethods[i % 3], fds);
        const Child child = start_child(plan);
        write_all(held.write.get(), "\n", "pipe");
      }
      return 0;
    });
    held.write.reset();
    char byte = 0;
    REQUIRE(::read(held.read.get(), &byte, 1) == 1);
    for (int spin = 0; spin < i * 500; ++spin) static_cast<void>(monotonic_now());

    send_signal(starting.pidfd, SIGKILL);

    CHECK(wait_end(starting.pidfd, 10 * kSecond)->code == SIGKILL);
    pollfd entry{held.read.get(), POLLIN, 0};
    CHECK(eventually([&] {
      const bool is_ready = ::poll(&entry, 1, 1000) == 1;
      return is_ready && ::read(held.read.get(), &byte, 1) == 0;
    }));
  }
}

TEST_CASE("process: a forkserver outlives INT and HUP of the terminal, and ends with its starter") {
  pid_t server = 0;
  {
    const WorkerStarter starter(&test_worker);
    server = starter.forkserver_pid();
    CHECK(eventually([&] { return ::getsid(server) == server; }));
    CHECK(::kill(server, 0) == 0);
  }
  CHECK(::kill(server, 0) < 0);
}

TEST_CASE("process: method fork is refused in a process with threads, and says what to use") {
  WorkerStarter starter(&test_worker);
  std::mutex held;
  held.lock();
  std::thread other([&] { held.lock(); });

  std::string text;
  try {
    static_cast<void>(starter.start(StartMethod::Fork, {}));
  } catch (const std::runtime_error& error) {
    text = error.what();
  }
  const StartedWorker served = starter.start(StartMethod::Forkserver, {});
  const StartedWorker spawned = starter.start(StartMethod::Spawn, {});

  CHECK(text == "start method fork: this process has 2 threads, its copy would have one; use forkserver or spawn");
  CHECK(end_of(served).is_success());
  CHECK(end_of(spawned).is_success());
  held.unlock();
  other.join();
}

TEST_CASE("process: a hundred workers of each method leave no descriptor behind") {
  WorkerStarter starter(&test_worker);
  const std::vector<int> before = open_descriptors(::getpid());

  for (const StartMethod method : kMethods) {
    for (int i = 0; i < 100; ++i) CHECK(end_of(starter.start(method, {})).is_success());
  }

  CHECK(open_descriptors(::getpid()) == before);
  CHECK(eventually([&] { return open_descriptors(starter.forkserver_pid()).size() == 4; }));
}

TEST_CASE("process: killing a worker and its strangers ends sessions of their own and double forks, by any method") {
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
  const std::string marker = unique_marker();
  ::setenv("HIDDEN_MARK", marker.c_str(), 1);
  WorkerStarter starter(&test_worker);
  for (const StartMethod method : kMethods) {
    CAPTURE(static_cast<int>(method));
    const TestWorker worker = start(starter, method, 'h');
    REQUIRE(eventually([&] { return processes_with(marker, "sleep").size() == 4; }));

    send_signal(worker.process.pidfd, SIGKILL);
    CHECK(end_of(worker.process).code == SIGKILL);
    const std::size_t killed = kill_strangers({{starter.forkserver_pid()}});

    CHECK(killed >= 4);
    CHECK(eventually([&] { return children_of(::getpid()) == std::vector{starter.forkserver_pid()}; }));
    CHECK(processes_with(marker).empty());
  }
}

TEST_CASE("process: a program that is run by hand with a worker's argument refuses") {
  for (const std::vector<std::string>& arguments : {std::vector<std::string>{"--pooltop-worker"},
                                                    {"--pooltop-worker", "1", "127"},
                                                    {"--pooltop-forkserver", "x", "1"}}) {
    ChildPlan plan;
    plan.argv = {"/proc/self/exe"};
    plan.argv.insert(plan.argv.end(), arguments.begin(), arguments.end());
    plan.env = environment_with();

    const Ran ran = run_program(plan);

    CHECK(ran.end.code == 2);
    CHECK(ran.output == "pooltop: " + arguments[0] + " is for pooltop's own processes\n");
  }
}
