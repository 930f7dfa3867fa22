// SPDX-License-Identifier: MIT
#include "engine/control/run_directory.h"

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <csignal>
#include <fstream>

#include "control_fixture.h"
#include "engine/base/io.h"

using namespace pooltop;
using namespace pooltop::test;

namespace {

mode_t mode_of(const std::string& path) {
  struct stat info {};
  REQUIRE(::lstat(path.c_str(), &info) == 0);
  return info.st_mode & 07777;
}

void write_text(const std::string& path, const std::string& text) { std::ofstream(path) << text; }

// A process that inherits what is open here, and ends when it is let go of (or killed).
class Holder {
 public:
  Holder() : pipe_(make_pipe()), pid_(::fork()) {
    if (pid_ != 0) {
      pipe_.read.reset();
      return;
    }
    pipe_.write.reset();
    char byte = 0;
    (void)!::read(pipe_.read.get(), &byte, 1);
    ::_exit(0);
  }
  ~Holder() { end(); }
  void end() {
    if (pid_ == 0) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    pid_ = 0;
  }

 private:
  PipeEnds pipe_;
  pid_t pid_;
};

}  // namespace

TEST_CASE("control: a run's directory lies under XDG_STATE_HOME, its socket under XDG_RUNTIME_DIR") {
  OwnHome home;
  const RunDirectory run = RunDirectory::open_new("crawl");

  CHECK(run.path() == home.file("state/pooltop/runs/crawl"));
  CHECK(run.socket_path() == home.file("pooltop/crawl.sock"));
  CHECK(run.failed_file() == run.path() + "/failed.jsonl");
  CHECK(run.results_file() == run.path() + "/results");
  CHECK(run.report_file() == run.path() + "/report.json");
  CHECK(run.log_file("fetch", 3) == run.path() + "/logs/fetch.3.log");
  CHECK_FALSE(run.replaced());
}

TEST_CASE("control: without XDG directories a run lies in the home, its socket in /tmp") {
  OwnHome home;
  ::unsetenv("XDG_STATE_HOME");
  ::setenv("XDG_RUNTIME_DIR", "not/absolute", 1);
  ::setenv("HOME", home.path().c_str(), 1);
  CHECK(runs_root() == home.file(".local/state/pooltop/runs"));
  CHECK(sockets_root() == "/tmp/pooltop-" + std::to_string(::geteuid()));
}

TEST_CASE("control: directories are 0700 and files 0600, whatever the umask") {
  OwnHome home;
  const mode_t before = ::umask(0);
  RunDirectory run = RunDirectory::open_new("crawl");
  ::umask(before);
  { const Fd file = run.open_file("results", O_CREAT | O_WRONLY); }
  for (const char* dir :
       {"state/pooltop", "state/pooltop/runs", "state/pooltop/runs/crawl", "state/pooltop/runs/crawl/logs", "pooltop"})
    CHECK(mode_of(home.file(dir)) == 0700);
  for (const char* file : {"lock", "socket", "results"}) CHECK(mode_of(run.path() + "/" + file) == 0600);
}

TEST_CASE("control: names that could leave the directory are refused") {
  OwnHome home;
  for (const char* name : {"", "..", ".hidden", "a/b", "-x", "1st", "a b", "a\n", "\xc3\xa4"}) {
    INFO(name);
    CHECK_FALSE(is_run_name(name));
    CHECK_THROWS_AS((void)RunDirectory::open_new(name), std::invalid_argument);
    CHECK_FALSE(find_run(name));
  }
  CHECK(is_run_name("Crawl_2026-01.a"));
  CHECK(is_run_name(std::string(64, 'a')));
  CHECK_FALSE(is_run_name(std::string(65, 'a')));
}

TEST_CASE("control: a socket path longer than 107 bytes is refused before anything is made") {
  OwnHome home;
  const std::string deep = home.file(std::string(60, 'd'));
  std::filesystem::create_directory(deep);
  ::setenv("XDG_RUNTIME_DIR", deep.c_str(), 1);
  CHECK_THROWS_WITH_AS((void)RunDirectory::open_new(std::string(40, 'n')), doctest::Contains("a socket's may have 107"),
                       std::invalid_argument);
  CHECK_FALSE(std::filesystem::exists(home.file("state")));
}

TEST_CASE("control: a run that is going on is refused with its PID and since when") {
  OwnHome home;
  const RunDirectory run = RunDirectory::open_new("crawl");
  try {
    (void)RunDirectory::open_new("crawl");
    FAIL("a second run of the same name");
  } catch (const RunGoingOn& refusal) {
    CHECK(refusal.pid() == ::getpid());
    CHECK(std::string(refusal.what()).find("since 20") != std::string::npos);
  }
  CHECK_THROWS_AS((void)remove_run("crawl"), RunGoingOn);
  CHECK(std::filesystem::exists(run.path()));
}

TEST_CASE("control: a new run replaces what an ended one of its name left, links and directories too") {
  OwnHome home;
  std::string path;
  {
    const RunDirectory run = RunDirectory::open_new("crawl");
    path = run.path();
  }
  write_text(home.file("precious"), "keep me");
  write_text(path + "/results", "old");
  std::filesystem::create_directories(path + "/logs/deep");
  write_text(path + "/logs/deep/x", "old");
  std::filesystem::create_symlink(home.file("precious"), path + "/journal");
  std::filesystem::create_directory_symlink(home.path(), path + "/link");

  const RunDirectory run = RunDirectory::open_new("crawl");

  CHECK(run.replaced());
  CHECK_FALSE(std::filesystem::exists(path + "/results"));
  CHECK_FALSE(std::filesystem::exists(path + "/logs/deep"));
  CHECK_FALSE(std::filesystem::is_symlink(path + "/link"));
  CHECK(std::filesystem::exists(home.file("precious")));
}

TEST_CASE(
    "control: where its socket cannot be, a new run leaves what the one before left, and one that goes on is refused") {
  OwnHome home;
  std::string path;
  {
    const RunDirectory run = RunDirectory::open_new("crawl");
    path = run.path();
  }
  write_text(path + "/journal", "precious");
  std::string text;
  std::string what;
  SUBCASE("the directory is open to others") {
    ::chmod(home.file("pooltop").c_str(), 0755);
    text = "chmod 700";
  }
  SUBCASE("something that is no socket has its name") {
    write_text(home.file("pooltop/crawl.sock"), "");
    text = "something that is no socket has this name";
  }
  SUBCASE("a variable names a file") {
    write_text(home.file("file"), "");
    ::setenv("XDG_RUNTIME_DIR", home.file("file").c_str(), 1);
    text = "XDG_RUNTIME_DIR=" + home.file("file") + ": open ";
  }

  for (const bool is_new : {true, false}) {
    try {
      if (is_new) (void)RunDirectory::open_new("crawl");
      if (!is_new) (void)RunDirectory::open_resume("crawl", 0);
    } catch (const std::exception& error) {
      what = error.what();
    }
    CHECK_MESSAGE(what.find(text) != std::string::npos, what);
    what.clear();
    CHECK(read_file(path + "/journal", 100) == "precious");
  }
  CHECK_FALSE(find_run("crawl")->going_on);
}

TEST_CASE("control: a run goes on while any process that inherited its lock lives, and no longer") {
  OwnHome home;
  std::optional<RunDirectory> run = RunDirectory::open_new("crawl");
  Holder worker;
  run.reset();

  CHECK(find_run("crawl")->going_on);
  CHECK_THROWS_AS((void)RunDirectory::open_new("crawl"), RunGoingOn);
  worker.end();
  CHECK_FALSE(find_run("crawl")->going_on);
  CHECK(find_run("crawl")->state == "interrupted");
}

TEST_CASE("control: resuming waits for the last of the run before, and removes nothing") {
  OwnHome home;
  CHECK_FALSE(RunDirectory::open_resume("crawl", 0));
  std::optional<RunDirectory> run = RunDirectory::open_new("crawl");
  write_text(run->path() + "/journal", "kept");
  Holder worker;
  run.reset();
  CHECK_THROWS_AS((void)RunDirectory::open_resume("crawl", monotonic_now() + 50 * kMillisecond), RunGoingOn);

  std::thread killer([&] { worker.end(); });
  const auto resumed = RunDirectory::open_resume("crawl", monotonic_now() + 10 * kSecond);
  killer.join();

  REQUIRE(resumed);
  CHECK(std::filesystem::exists(resumed->journal_file()));
  CHECK(find_run("crawl")->going_on);
}

TEST_CASE("control: a lock that was inherited through exec is adopted") {
  OwnHome home;
  RunDirectory run = RunDirectory::open_new("crawl");
  RunDirectory adopted = RunDirectory::adopt("crawl", Fd(::dup(run.lock_fd())));
  { const RunDirectory gone = std::move(run); }
  CHECK(find_run("crawl")->going_on);
  adopted.write_owner(4242);
  CHECK(find_run("crawl")->pid == 4242);
  CHECK(adopted.socket_path() == home.file("pooltop/crawl.sock"));
}

TEST_CASE("control: runs are listed by name, with how they ended") {
  OwnHome home;
  CHECK(list_runs().empty());
  const RunDirectory going = RunDirectory::open_new("b-going");
  for (const char* name : {"c-ended", "a-broken"}) (void)RunDirectory::open_new(name);
  write_text(runs_root() + "/c-ended/report.json",
             R"({"state": "done", "exit_status": 1, "started_at": "2026-01-31T12:00:00Z"})");
  write_text(runs_root() + "/a-broken/report.json", "{\"state\"");
  std::filesystem::create_directory(runs_root() + "/d-foreign");

  const auto runs = list_runs();

  REQUIRE(runs.size() == 3);
  CHECK(runs[0].name == "a-broken");
  CHECK(runs[0].state == "interrupted");
  CHECK_FALSE(runs[0].exit_status);
  CHECK(runs[1].name == "b-going");
  CHECK(runs[1].going_on);
  CHECK(runs[1].pid == ::getpid());
  CHECK(runs[1].state == "going on");
  CHECK(runs[2].name == "c-ended");
  CHECK(runs[2].state == "ended");
  CHECK(runs[2].outcome == "done");
  CHECK(runs[2].exit_status == 1);
  CHECK(runs[2].started_at == "2026-01-31T12:00:00Z");
}

TEST_CASE("control: looking at a run does not disturb one that starts") {
  OwnHome home;
  { (void)RunDirectory::open_new("crawl"); }
  std::atomic<bool> stop = false;
  std::thread looker([&] {
    while (!stop) (void)list_runs();
  });
  for (int i = 0; i < 200; ++i) CHECK_NOTHROW((void)RunDirectory::open_new("crawl"));
  stop = true;
  looker.join();
}

TEST_CASE("control: the socket of a run is found where the run made it, wherever the looker's own would be") {
  OwnHome home;
  const RunDirectory run = RunDirectory::open_new("crawl");
  ::setenv("XDG_RUNTIME_DIR", "/nowhere", 1);
  CHECK(find_run("crawl")->socket_path == home.file("pooltop/crawl.sock"));
}

TEST_CASE("control: removing a run removes its directory and its socket") {
  OwnHome home;
  std::string path;
  {
    const RunDirectory run = RunDirectory::open_new("crawl");
    path = run.path();
    write_text(run.socket_path(), "");
  }
  CHECK(remove_run("crawl"));
  CHECK_FALSE(std::filesystem::exists(path));
  CHECK_FALSE(std::filesystem::exists(home.file("pooltop/crawl.sock")));
  CHECK_FALSE(remove_run("crawl"));
  CHECK(list_runs().empty());
}

TEST_CASE("control: a planted link is refused at every level of a run's directory") {
  OwnHome home;
  const std::string elsewhere = home.file("elsewhere");
  std::filesystem::create_directory(elsewhere);
  ::chmod(elsewhere.c_str(), 0700);
  std::string planted;
  SUBCASE("pooltop") { planted = home.file("state/pooltop"); }
  SUBCASE("runs") { planted = home.file("state/pooltop/runs"); }
  SUBCASE("the run") { planted = home.file("state/pooltop/runs/crawl"); }
  SUBCASE("sockets") { planted = home.file("pooltop"); }
  const std::string parent = std::filesystem::path(planted).parent_path();
  std::filesystem::create_directories(parent);
  for (const char* dir : {"state/pooltop", "state/pooltop/runs"})
    if (std::filesystem::exists(home.file(dir))) ::chmod(home.file(dir).c_str(), 0700);
  std::filesystem::create_directory_symlink(elsewhere, planted);

  CHECK_THROWS_WITH_AS((void)RunDirectory::open_new("crawl"), doctest::Contains("is a link"), UnsafeDirectory);
  CHECK(std::filesystem::is_empty(elsewhere));
}

TEST_CASE("control: a planted link in a run's directory is not written through") {
  OwnHome home;
  write_text(home.file("victim"), "untouched");
  const RunDirectory run = RunDirectory::open_new("crawl");
  std::filesystem::create_symlink(home.file("victim"), run.path() + "/results");
  CHECK_THROWS_AS((void)run.open_file("results", O_WRONLY | O_CREAT | O_TRUNC), std::system_error);
  CHECK(read_file(home.file("victim"), 100) == "untouched");
}

TEST_CASE("control: a directory that is open to others is refused with what to do") {
  OwnHome home;
  { (void)RunDirectory::open_new("crawl"); }
  ::chmod(home.file("state/pooltop/runs").c_str(), 0755);
  CHECK_THROWS_WITH_AS((void)RunDirectory::open_new("crawl"), doctest::Contains("chmod 700"), UnsafeDirectory);
  CHECK_THROWS_AS((void)list_runs(), UnsafeDirectory);
}

TEST_CASE("control: another user's directory is refused") {
  if (::geteuid() != 0) {
    MESSAGE("left out: only root can give one away");
    return;
  }
  OwnHome home;
  { (void)RunDirectory::open_new("crawl"); }
  REQUIRE(::chown(home.file("state/pooltop/runs/crawl").c_str(), 65534, 65534) == 0);
  CHECK_THROWS_WITH_AS((void)RunDirectory::open_new("crawl"), doctest::Contains("belongs to uid 65534"),
                       UnsafeDirectory);
}

TEST_CASE("control: a state directory where anyone may write is refused") {
  OwnHome home;
  std::filesystem::create_directory(home.file("state"));
  ::chmod(home.file("state").c_str(), 0777);
  CHECK_THROWS_WITH_AS((void)RunDirectory::open_new("crawl"), doctest::Contains("anyone may write there"),
                       UnsafeDirectory);
}

TEST_CASE("control: of many that start one name at once exactly one gets it") {
  OwnHome home;
  PipeEnds results = make_pipe();
  PipeEnds gate = make_pipe();
  std::vector<pid_t> children;
  for (int i = 0; i < 8; ++i) {
    const pid_t pid = ::fork();
    if (pid == 0) {
      gate.write.reset();
      char byte = 0;
      (void)!::read(gate.read.get(), &byte, 1);
      char result = 'n';
      try {
        static std::optional<RunDirectory> run;
        run = RunDirectory::open_new("crawl");
        result = 'y';
      } catch (const RunGoingOn&) {
      }
      (void)!::write(results.write.get(), &result, 1);
      ::pause();
      ::_exit(0);
    }
    children.push_back(pid);
  }
  gate.write.reset();
  int winners = 0;
  for (std::size_t i = 0; i < children.size(); ++i) {
    char result = 0;
    REQUIRE(::read(results.read.get(), &result, 1) == 1);
    winners += result == 'y' ? 1 : 0;
  }
  CHECK(winners == 1);
  for (const pid_t pid : children) {
    ::kill(pid, SIGKILL);
    ::waitpid(pid, nullptr, 0);
  }
}
