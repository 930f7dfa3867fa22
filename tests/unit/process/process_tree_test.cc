// SPDX-License-Identifier: MIT
#include "engine/process/process_tree.h"

#include <doctest/doctest.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <mutex>
#include <thread>

#include "engine/base/io.h"
#include "engine/process/child.h"
#include "engine/process/proc_stat.h"
#include "tests/support/process_support.h"

using namespace pooltop;
using namespace pooltop::testing;

namespace {

char state_of(pid_t pid) {
  const auto stat = read_proc_stat(pid);
  return stat ? stat->state : '-';
}

/// A root that adopts orphans, with a script below it, as a worker has.
Child start_tree(const std::string& script, const std::string& marker) {
  return fork_body([=] {
    ::prctl(PR_SET_CHILD_SUBREAPER, 1);
    const Child child = start_child(shell_plan(script, {marker}));
    while (::waitpid(-1, nullptr, 0) > 0) continue;
    return 0;
  });
}

void end_tree(const Child& root, const std::string& marker) {
  send_signal(root.pidfd, SIGKILL);
  static_cast<void>(wait_end(root.pidfd, 10 * kSecond));
  kill_strangers({});
  CHECK(processes_with(marker).empty());
}

}  // namespace

TEST_CASE("process: children are those of all threads, and a scan of all processes finds the same") {
  std::vector<pid_t> made;
  const auto make = [&] { made.push_back(start_child(shell_plan("exec sleep infinity")).pid); };
  make();
  std::mutex held;
  held.lock();
  std::atomic<bool> both_made = false;
  std::thread other([&] {
    make();
    both_made = true;
    held.lock();  // its child would die with the thread
  });
  REQUIRE(eventually([&] { return both_made.load(); }));

  CHECK(children_of(::getpid()) == made);
  std::vector<pid_t> scanned = children_by_scan(::getpid());
  std::ranges::sort(scanned);
  CHECK(scanned == made);
  CHECK(tree_of(::getpid()) == std::vector{::getpid(), made[0], made[1]});
  kill_strangers({});
  held.unlock();
  other.join();
  CHECK(children_of(::getpid()).empty());
  CHECK(children_of(made[0]).empty());
}

TEST_CASE("process: stop_tree stops every process of a tree that keeps forking, continue_tree lets all go on") {
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
  const std::string marker = unique_marker();
  const Child root =
      start_tree("f() { while :; do (cat /dev/null & setsid cat /dev/null &); sh -c ':'; done; }; f & f & f", marker);
  REQUIRE(eventually([&] { return tree_of(root.pid).size() > 8; }));

  for (int round = 0; round < 20; ++round) {
    stop_tree(root.pidfd.get(), root.pid);

    const std::vector<pid_t> tree = tree_of(root.pid);
    for (const pid_t pid : tree) {
      const char state = state_of(pid);
      CAPTURE(state);
      CHECK(std::string("TZD").find(state) != std::string::npos);
    }
    CHECK(tree_of(root.pid) == tree);
    continue_tree(root.pidfd.get(), root.pid);
    CHECK(eventually([&] { return tree_of(root.pid) != tree; }));
  }
  end_tree(root, marker);
}

TEST_CASE("process: signal_tree reaches every process of a tree, a stopped one too") {
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
  const std::string marker = unique_marker();
  const Child root = start_tree(
      "setsid sh -c '(sleep infinity & setsid sleep infinity &); kill -STOP $$; :' & sleep infinity", marker);
  REQUIRE(eventually([&] { return processes_with(marker, "sleep").size() == 3; }));

  signal_tree(root.pidfd.get(), root.pid, SIGTERM);

  CHECK(wait_end(root.pidfd, 10 * kSecond)->code == SIGTERM);
  CHECK(eventually([&] {
    kill_strangers({});  // reaps
    return processes_with(marker).empty();
  }));
}

TEST_CASE("process: signal_descendants reaches children and grandchildren, and not the root") {
  const std::string marker = unique_marker();
  const Child root =
      start_child(shell_plan("trap : USR1; (sleep infinity & exec sleep infinity) & while :; do wait; done", {marker}));
  REQUIRE(eventually([&] { return processes_with(marker, "sleep").size() == 2; }));

  signal_descendants(root.pid, SIGTERM);

  CHECK(eventually([&] { return processes_with(marker, "sleep").empty(); }));
  CHECK(!try_wait_end(root.pidfd));
  send_signal(root.pidfd, SIGKILL);
  CHECK(wait_end(root.pidfd, 10 * kSecond)->code == SIGKILL);
}

TEST_CASE("process: kill_strangers spares those it is to keep and reaps the others, until there is none") {
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
  const std::string marker = unique_marker();
  CHECK(kill_strangers({}) == 0);
  const Child kept = start_child(shell_plan("exec sleep infinity", {marker}));
  const Child parent =
      start_child(shell_plan("(setsid sleep infinity & sleep infinity &); trap '' TERM; sleep infinity", {marker}));
  REQUIRE(eventually([&] { return processes_with(marker, "sleep").size() == 4; }));

  CHECK(kill_strangers({{kept.pid}}) == 4);

  CHECK(processes_with(marker) == std::vector{kept.pid});
  CHECK(children_of(::getpid()) == std::vector{kept.pid});
  CHECK(kill_strangers({{kept.pid}}) == 0);
  CHECK(kill_strangers({}) == 1);
}

TEST_CASE("process: kill_all_children ends a tree that keeps forking into sessions of its own") {
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
  const std::string marker = unique_marker();
  const Child bomb = start_child(shell_plan("f() { while :; do (setsid sleep infinity &); done; }; f & f", {marker}));
  REQUIRE(eventually([&] { return processes_with(marker).size() > 20; }));

  CHECK(kill_all_children(10 * kSecond));

  CHECK(processes_with(marker).empty());
  CHECK(children_of(::getpid()).empty());
}

TEST_CASE("process: a tree of nothing is just its root, and signals to it go nowhere") {
  const Child child = start_child(shell_plan("exit 0"));
  REQUIRE(wait_end(child.pidfd, 10 * kSecond).has_value());

  CHECK(tree_of(child.pid) == std::vector{child.pid});
  stop_tree(child.pidfd.get(), child.pid);
  continue_tree(child.pidfd.get(), child.pid);
  signal_tree(child.pidfd.get(), child.pid, SIGKILL);
}
