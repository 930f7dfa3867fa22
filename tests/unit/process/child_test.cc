// SPDX-License-Identifier: MIT
#include "engine/process/child.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <system_error>

#include "engine/base/error.h"
#include "engine/base/io.h"
#include "tests/support/process_support.h"

using namespace pooltop;
using namespace pooltop::testing;

namespace {

/// The text of what start_child throws.
std::string refusal(const ChildPlan& plan) {
  try {
    const Child child = start_child(plan);
    send_signal(child.pidfd, SIGKILL);
    static_cast<void>(wait_end(child.pidfd, 10 * kSecond));
  } catch (const std::system_error& error) {
    return error.what();
  }
  return "started";
}

ChildPlan program(std::vector<std::string> argv) {
  ChildPlan plan;
  plan.argv = std::move(argv);
  plan.env = environment_with();
  return plan;
}

std::filesystem::path scratch_folder() {
  std::string name = std::filesystem::temp_directory_path() / "pooltop-test-XXXXXX";
  POOLTOP_ASSERT(::mkdtemp(name.data()) != nullptr);
  return name;
}

}  // namespace

TEST_CASE("process: a child's exit status and the signal that ended it are told apart") {
  CHECK(run_program(shell_plan("exit 0")).end.is_success());

  const ProcessEnd exited = run_program(shell_plan("exit 37")).end;
  CHECK(exited.kind == ProcessEnd::Kind::Exited);
  CHECK(exited.code == 37);

  const ProcessEnd killed = run_program(shell_plan("kill -USR1 $$")).end;
  CHECK(killed.kind == ProcessEnd::Kind::Signaled);
  CHECK(killed.code == SIGUSR1);
  CHECK_FALSE(killed.is_success());
}

TEST_CASE("process: a running child has no end yet; a signal by its pidfd ends it, and none reaches it after that") {
  const Child child = start_child(program({"sleep", "infinity"}));

  CHECK_FALSE(try_wait_end(child.pidfd).has_value());
  CHECK_FALSE(wait_end(child.pidfd, 5 * kMillisecond).has_value());
  CHECK(send_signal(child.pidfd, SIGTERM));
  const auto end = wait_end(child.pidfd, 10 * kSecond);

  REQUIRE(end.has_value());
  CHECK(end->code == SIGTERM);
  CHECK_FALSE(send_signal(child.pidfd, SIGTERM));
}

TEST_CASE("process: a hundred children started and ended leave no descriptor behind") {
  static_cast<void>(run_program(shell_plan("true")));
  const std::vector<int> before = open_descriptors(::getpid());

  for (int i = 0; i < 100; ++i) {
    const Child child = start_child(program({"true"}));
    CHECK(wait_end(child.pidfd, 10 * kSecond)->is_success());
  }
  CHECK(refusal(program({"no-such-program"})) != "started");

  CHECK(open_descriptors(::getpid()) == before);
}

TEST_CASE("process: a child has the descriptors 0, 1 and 2 and no other, whatever is open here") {
  const int leak = ::open("/dev/null", O_RDONLY);  // not close-on-exec
  const int far = ::fcntl(leak, F_DUPFD, 700);

  const Ran ran = run_program(program({"ls", "/proc/self/fd"}));

  ::close(leak);
  ::close(far);
  CHECK(ran.output == "0\n1\n2\n3\n");  // 3 is what ls reads the folder by
}

TEST_CASE("process: a child's output and errors may lie crosswise on 1 and 2 of this process") {
  PipeEnds out = make_pipe();
  PipeEnds err = make_pipe();
  const Child crossed = fork_body([&] {
    ::dup2(err.write.get(), 1);
    ::dup2(out.write.get(), 2);
    ChildPlan plan = shell_plan("echo to-out; echo to-err >&2");
    plan.stdout_fd = 2;
    plan.stderr_fd = 1;
    return wait_end(start_child(plan).pidfd, 10 * kSecond)->code;
  });

  CHECK(wait_end(crossed.pidfd, 10 * kSecond)->is_success());
  CHECK(read_line(out.read) == "to-out");
  CHECK(read_line(err.read) == "to-err");
}

TEST_CASE("process: a child starts with default dispositions and an empty mask") {
  ::signal(SIGPIPE, SIG_IGN);
  ::signal(SIGINT, SIG_IGN);
  ::signal(SIGRTMAX, SIG_IGN);
  sigset_t blocked;
  ::sigfillset(&blocked);
  ::sigprocmask(SIG_BLOCK, &blocked, nullptr);

  const Ran ran = run_program(program({"sed", "-n", "/^Sig[BIC]/p", "/proc/self/status"}));

  CHECK(ran.output == "SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\nSigCgt:\t0000000000000000\n");
}

TEST_CASE("process: a program that is missing, no program or not allowed is refused with its name and the reason") {
  const auto folder = scratch_folder();
  std::ofstream(folder / "text") << "no program\n";
  std::filesystem::permissions(folder / "text", std::filesystem::perms::owner_read);
  std::ofstream(folder / "rubbish") << '\x7f' << "rubbish";
  std::filesystem::permissions(folder / "rubbish", std::filesystem::perms::owner_all);

  CHECK(refusal(program({"no-such-program"})) == "exec no-such-program: No such file or directory");
  CHECK(refusal(program({"/no/such"})) == "exec /no/such: No such file or directory");
  CHECK(refusal(program({folder / "text"})) == "exec " + (folder / "text").string() + ": Permission denied");
  CHECK(refusal(program({folder / "rubbish"})) == "exec " + (folder / "rubbish").string() + ": Exec format error");
  CHECK(refusal(program({""})) == "exec : No such file or directory");
  CHECK(refusal(program({"true", std::string("a\0b", 3)})) ==
        "exec true (an argument holds a NUL byte): Invalid argument");
  CHECK(refusal(program({"true", std::string(200'000, 'x')})) == "exec true: Argument list too long");
  std::filesystem::remove_all(folder);
}

TEST_CASE("process: a working directory that is missing is refused with its name, one that is there is used") {
  ChildPlan plan = program({"pwd"});
  plan.cwd = "/no/such/folder";
  CHECK(refusal(plan) == "chdir /no/such/folder: No such file or directory");

  plan.cwd = "/usr";
  CHECK(run_program(plan).output == "/usr\n");
}

TEST_CASE("process: a program is looked up in the PATH that it is given, not in this process's") {
  const auto folder = scratch_folder();
  std::filesystem::create_symlink("/bin/echo", folder / "only-here");
  ChildPlan plan;
  plan.argv = {"only-here", "found"};
  plan.env = {"PATH=/no/such:" + folder.string()};

  CHECK(run_program(plan).output == "found\n");
  plan.env = {"PATH=/no/such"};
  CHECK(refusal(plan) == "exec only-here: No such file or directory");
  plan.env = {};
  plan.argv = {"echo", "default path"};
  CHECK(run_program(plan).output == "default path\n");
  std::filesystem::remove_all(folder);
}

TEST_CASE("process: a child dies when the process that started it is killed") {
  const std::string marker = unique_marker();
  PipeEnds pipe = make_pipe();
  const Child starter = fork_body([&] {
    const Child child = start_child(shell_plan("exec sleep infinity", {marker}));
    write_all(pipe.write.get(), std::to_string(child.pid) + "\n", "pipe");
    return wait_end(child.pidfd, 30 * kSecond).has_value() ? 1 : 2;
  });
  CHECK(read_line(pipe.read) != "");
  REQUIRE(eventually([&] { return processes_with(marker).size() == 1; }));

  send_signal(starter.pidfd, SIGKILL);

  CHECK(wait_end(starter.pidfd, 10 * kSecond)->code == SIGKILL);
  CHECK(eventually([&] { return processes_with(marker).empty(); }));
}

TEST_CASE("process: a system that gives no more descriptors refuses a child and loses none") {
#ifdef POOLTOP_SANITIZED
  MESSAGE("skipped: UndefinedBehaviorSanitizer needs descriptors for its own checks");
#else
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  const std::vector<int> before = open_descriptors(::getpid());
  const int lowest_free = ::dup(0);
  ::close(lowest_free);
  const rlimit few{static_cast<rlim_t>(lowest_free), limit.rlim_max};
  ::setrlimit(RLIMIT_NOFILE, &few);

  const std::string text = refusal(program({"true"}));

  ::setrlimit(RLIMIT_NOFILE, &limit);
  CHECK(text == "open /dev/null: Too many open files");
  CHECK(open_descriptors(::getpid()) == before);
#endif
}
