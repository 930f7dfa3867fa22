// SPDX-License-Identifier: MIT
#include "engine/guardian/guardian.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <mutex>
#include <stdexcept>
#include <thread>

#include "engine/base/io.h"
#include "engine/process/child.h"
#include "engine/process/proc_stat.h"
#include "engine/process/process_tree.h"
#include "engine/process/worker_starter.h"
#include "tests/support/process_support.h"
#include "tests/support/worker_entry.h"

using namespace pooltop;
using namespace pooltop::testing;

namespace {

/// The next report, within 10 s.
Report next_report(ReportReader& reader) {
  std::optional<Report> report;
  REQUIRE(eventually([&] { return (report = reader.read()).has_value(); }));
  return *report;
}

bool is_reaped(const GuardedEngine& engine) { return wait_end(engine.guardian_pidfd, 10 * kSecond).has_value(); }

/// Waits for the end of a lifeline.
bool sees_end(int lifeline) {
  pollfd entry{lifeline, POLLIN, 0};
  char byte;
  return ::poll(&entry, 1, 10'000) == 1 && ::read(lifeline, &byte, 1) == 0;
}

/// An engine that leaves processes behind that hide: other sessions, double forked, ignoring what can be ignored.
void start_hiding_processes(const std::string& marker) {
  const char* script =
      "trap '' HUP TERM INT; setsid sh -c '(setsid sleep infinity & sleep infinity &) ; sleep infinity' & sleep "
      "infinity";
  static Child kept = start_child(shell_plan(script, {marker}));
  REQUIRE(eventually([&] { return processes_with(marker, "sleep").size() == 4; }));
}

/// A worker that starts a child and tells both PIDs.
void test_worker(const WorkerFds& fds) {
  const Child child = start_child(shell_plan("exec sleep infinity"));
  write_all(fds.stream, fmt::format("{}\n{}\n", ::getpid(), child.pid), "stream");
  for (;;) ::pause();
}

[[maybe_unused]] const bool kRegistered = (test_worker_entry() = &test_worker, true);

}  // namespace

TEST_CASE("guardian: who started it reaps it, and waits no longer than for its end") {
  PipeEnds gate = make_pipe();
  GuardedEngine engine = start_guarded([&](const EngineFds&) {
    char byte = 0;
    gate.write.reset();
    return ::read(gate.read.get(), &byte, 1) == 0 ? 5 : 6;
  });
  const Nanos began = monotonic_now();
  reap_guardian(engine.guardian_pidfd);  // it goes on: a second, and no more
  CHECK(monotonic_now() - began >= kSecond);
  CHECK(::kill(engine.guardian_pid, 0) == 0);

  gate.write.reset();
  ReportReader reader(std::move(engine.reports));
  CHECK(next_report(reader).code == 5);
  reap_guardian(engine.guardian_pidfd);

  CHECK((::kill(engine.guardian_pid, 0) == -1 && errno == ESRCH));  // not even as a zombie
  reap_guardian(engine.guardian_pidfd);                             // and once more is no harm
}

TEST_CASE("guardian: an engine that cannot be forked is told with what is short, and is the end of its run") {
  if (::geteuid() != 0) {
    MESSAGE("left out: only root can be a user who has no other process");
    return;
  }
  PipeEnds told = make_pipe();
  const pid_t child = ::fork();
  if (child == 0) {
    // A user of its own, who may have two processes: this one and the guardian.
    const rlimit few{2, 2};
    const uid_t user = 200'000 + static_cast<uid_t>(::getpid());
    if (::setrlimit(RLIMIT_NPROC, &few) != 0 || ::setresuid(user, user, user) != 0) ::_exit(2);
    GuardedEngine engine = start_guarded([](const EngineFds&) { return 0; });
    ReportReader reader(std::move(engine.reports));
    std::string text;
    for (int i = 0; i < 2; ++i) {
      const Report report = next_report(reader);
      text += fmt::format("{} {} {};", static_cast<int>(report.kind), report.code, report.text);
    }
    write_all(told.write.get(), text, "what was told");
    ::_exit(0);
  }
  told.write.reset();
  const auto text = read_to_end(told.read.get(), 4096, "what was told");
  int status = -1;
  REQUIRE(::waitpid(child, &status, 0) == child);
  if (WIFEXITED(status) && WEXITSTATUS(status) == 2) {
    MESSAGE("left out: no other user here");
    return;
  }

  CHECK(text ==
        fmt::format("{} 0 fork engine: Resource temporarily unavailable (no more processes: this user may have 2 "
                    "(ulimit -u), its cgroup pids.max; raise that, or take fewer workers);{} 3 ;",
                    static_cast<int>(Report::Kind::Error), static_cast<int>(Report::Kind::Exit)));
}

TEST_CASE("guardian: an engine that ends by itself is reported with its status") {
  GuardedEngine engine = start_guarded([](const EngineFds& fds) {
    report_ready(fds.report);
    return 5;
  });
  ReportReader reader(std::move(engine.reports));

  CHECK(next_report(reader).kind == Report::Kind::Ready);
  const Report last = next_report(reader);
  CHECK(last.kind == Report::Kind::Exit);
  CHECK(last.code == 5);
  CHECK(is_reaped(engine));
}

TEST_CASE("guardian: an exception out of the engine is reported as an error and status 3") {
  GuardedEngine engine = start_guarded([](const EngineFds&) -> int { throw std::runtime_error("no\nluck"); });
  ReportReader reader(std::move(engine.reports));

  const Report error = next_report(reader);
  CHECK(error.kind == Report::Kind::Error);
  CHECK(error.text == "no\nluck");
  CHECK(next_report(reader).code == 3);
  CHECK(is_reaped(engine));
}

TEST_CASE("guardian: of an engine that was killed nothing is left, sessions of their own and double forks neither") {
  const std::string marker = unique_marker();
  GuardedEngine engine = start_guarded([&](const EngineFds& fds) {
    start_hiding_processes(marker);
    report_ready(fds.report);
    ::pause();
    return 0;
  });
  ReportReader reader(std::move(engine.reports));
  REQUIRE(next_report(reader).kind == Report::Kind::Ready);

  ::kill(children_of(engine.guardian_pid).at(0), SIGKILL);
  const Report last = next_report(reader);

  CHECK(last.kind == Report::Kind::Died);
  CHECK(last.code == SIGKILL);
  CHECK(processes_with(marker).empty());
  CHECK(is_reaped(engine));
}

TEST_CASE("guardian: nothing is left of an engine that returns while its processes still run") {
  const std::string marker = unique_marker();
  GuardedEngine engine = start_guarded([&](const EngineFds&) {
    start_hiding_processes(marker);
    return 0;
  });
  ReportReader reader(std::move(engine.reports));

  CHECK(next_report(reader).kind == Report::Kind::Exit);
  CHECK(processes_with(marker).empty());
  CHECK(is_reaped(engine));
}

TEST_CASE("guardian: an engine sees the end of its lifeline when the guardian is killed, and not before") {
  PipeEnds pipe = make_pipe();
  GuardedEngine engine = start_guarded([&](const EngineFds& fds) {
    pollfd entry{fds.lifeline, POLLIN, 0};
    write_all(pipe.write.get(), ::poll(&entry, 1, 20) == 0 ? "quiet\n" : "ended\n", "pipe");
    write_all(pipe.write.get(), sees_end(fds.lifeline) ? "stopping\n" : "blind\n", "pipe");
    return 0;
  });
  ReportReader reader(std::move(engine.reports));
  REQUIRE(read_line(pipe.read) == "quiet");

  send_signal(engine.guardian_pidfd, SIGKILL);

  CHECK(read_line(pipe.read) == "stopping");
  CHECK(next_report(reader).kind == Report::Kind::Lost);
  CHECK(is_reaped(engine));
}

TEST_CASE("guardian: the socket of an engine that was killed is removed while its lock is held, and then let go") {
  const std::string path = fmt::format("/tmp/pooltop-guardian-test.{}", ::getpid());
  PipeEnds lock = make_pipe();  // as the lock: held as long as any process has it
  write_all(Fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600)).get(), "", path);
  GuardedEngine engine = start_guarded(
      [&](const EngineFds& fds) {
        report_ready(fds.report);
        return sees_end(fds.lifeline) ? 0 : 1;
      },
      {path, lock.write.get()});
  ReportReader reader(std::move(engine.reports));
  lock.write.reset();
  REQUIRE(next_report(reader).kind == Report::Kind::Ready);
  CHECK(::access(path.c_str(), F_OK) == 0);

  ::kill(children_of(engine.guardian_pid).at(0), SIGKILL);

  CHECK(sees_end(lock.read.get()));
  CHECK(::access(path.c_str(), F_OK) != 0);
  CHECK(next_report(reader).kind == Report::Kind::Died);
  CHECK(is_reaped(engine));
}

TEST_CASE("guardian: guardian and engine lead sessions of their own and hold no descriptor that is not theirs") {
  PipeEnds inherited = make_pipe();
  GuardedEngine engine = start_guarded([&](const EngineFds& fds) {
    report_error(fds.report, status_line(::getpid(), "Name") + " " + status_line(::getpid(), "NSsid"));
    return sees_end(fds.lifeline) ? 0 : 1;
  });
  ReportReader reader(std::move(engine.reports));

  const Report said = next_report(reader);
  const pid_t pid = children_of(engine.guardian_pid).at(0);

  CHECK(said.text == "pooltop-engine " + std::to_string(pid));
  CHECK(::getsid(engine.guardian_pid) == engine.guardian_pid);
  CHECK(status_line(engine.guardian_pid, "Name") == "pooltop-guard");
  CHECK(eventually([&] { return open_descriptors(engine.guardian_pid) == std::vector{0, 1, 2, 3, 4}; }));
  send_signal(engine.guardian_pidfd, SIGKILL);
  CHECK(next_report(reader).kind == Report::Kind::Lost);
  CHECK(is_reaped(engine));
}

TEST_CASE("guardian: neither guardian nor engine ends because the front has gone") {
  PipeEnds pipe = make_pipe();
  const Child front = fork_body([&] {
    static_cast<void>(start_guarded([&](const EngineFds& fds) {
      write_all(pipe.write.get(), "begun\n", "pipe");
      for (;;) {  // until the front's end of the report is closed
        pollfd entry{fds.report, 0, 0};
        if (::poll(&entry, 1, 10'000) == 1 && (entry.revents & POLLERR) != 0) break;
      }
      report_ready(fds.report);
      report_error(fds.report, "nobody hears it");
      write_all(pipe.write.get(), "alive\n", "pipe");
      return 0;
    }));
    return 0;
  });
  CHECK(wait_end(front.pidfd, 10 * kSecond)->is_success());

  CHECK(read_line(pipe.read) == "begun");
  CHECK(read_line(pipe.read) == "alive");
}

TEST_CASE("guardian: workers and their children die when guardian and engine are killed in one instant") {
  for (const StartMethod method : {StartMethod::Forkserver, StartMethod::Fork, StartMethod::Spawn}) {
    CAPTURE(static_cast<int>(method));
    PipeEnds pipe = make_pipe();
    const GuardedEngine engine = start_guarded([&](const EngineFds&) {
      WorkerStarter starter(&test_worker);
      WorkerFds fds;
      fds.stream = pipe.write.get();
      const StartedWorker worker = starter.start(method, fds);
      write_all(pipe.write.get(), fmt::format("{}\n", starter.forkserver_pid()), "pipe");
      for (;;) ::pause();
      return 0;
    });
    std::vector<Fd> left;
    for (int i = 0; i < 3; ++i) left.push_back(open_pidfd(std::stoi(read_line(pipe.read))));
    const pid_t engine_pid = children_of(engine.guardian_pid).at(0);

    ::kill(engine.guardian_pid, SIGKILL);
    ::kill(engine_pid, SIGKILL);

    for (const Fd& pidfd : left) CHECK(has_ended(pidfd));
    CHECK(is_reaped(engine));
  }
}

TEST_CASE("guardian: an engine is not started out of a process with threads") {
  std::mutex held;
  held.lock();
  std::thread other([&] { held.lock(); });

  CHECK_THROWS_WITH_AS(static_cast<void>(start_guarded([](const EngineFds&) { return 0; })),
                       "start of an engine: this process has 2 threads, its copy would have one", std::runtime_error);

  held.unlock();
  other.join();
}
