// SPDX-License-Identifier: MIT
#include "engine/process/sampling.h"

#include <doctest/doctest.h>
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <thread>

#include "engine/process/child.h"
#include "engine/process/proc_stat.h"
#include "engine/process/process_tree.h"
#include "tests/support/process_support.h"

using namespace pooltop;
using namespace pooltop::testing;

namespace {

std::string stat_line(const std::string& name) {
  return "4242 (" + name +
         ") S 17 4242 4242 0 -1 4194560 103 0 0 0 21 32 43 54 20 0 3 0 987654 2609152 224 18446744073709551615 1";
}

}  // namespace

TEST_CASE("process: a stat line is read behind the last parenthesis, whatever a process calls itself") {
  for (const char* name : {"sleep", "a b", ") R 1 (", "))", "", "(\n"}) {
    CAPTURE(name);
    const auto stat = parse_proc_stat(stat_line(name));

    REQUIRE(stat.has_value());
    CHECK(stat->state == 'S');
    CHECK(stat->parent == 17);
    CHECK(stat->cpu_ticks == 53);
    CHECK(stat->reaped_cpu_ticks == 97);
    CHECK(stat->threads == 3);
    CHECK(stat->start_ticks == 987654);
    CHECK(stat->rss_pages == 224);
  }
}

TEST_CASE("process: what is no stat line, or only its beginning, is refused") {
  const std::string line = stat_line("sleep");
  for (const char* text : {"", ")", "1 (a) ", "1 a S 1", "rubbish\xff"}) CHECK_FALSE(parse_proc_stat(text).has_value());
  for (std::size_t size = 0; size < line.find("2609152"); ++size) {
    CAPTURE(size);
    CHECK_FALSE(parse_proc_stat(line.substr(0, size)).has_value());
  }
}

TEST_CASE("process: a sample counts processor time, memory and processes of a whole tree, reaped ones too") {
  // A busy grandchild that ends and is waited for, then a child that stays.
  const Child root =
      start_child(shell_plan("sh -c 'i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done'; sleep infinity & wait"));
  ProcSampler sampler;
  sampler.add(root.pid);

  TreeSample sample;
  REQUIRE(eventually([&] {
    const auto children = children_of(root.pid);
    return children.size() == 1 && status_line(children[0], "Name") == "sleep";
  }));

  CHECK(eventually([&] {
    sample = sampler.sample(root.pid, monotonic_now());
    return sample.state == 'S';
  }));
  CHECK(sample.processes == 2);
  CHECK(sample.cpu >= 10 * kMillisecond);
  CHECK(sample.rss_bytes > 500'000);
  CHECK(sample.rss_bytes < 100'000'000);
  signal_tree(root.pidfd.get(), root.pid, SIGKILL);
  CHECK(wait_end(root.pidfd, 10 * kSecond).has_value());
}

TEST_CASE("process: a sample knows what was started or has ended since the one before, however it is read") {
  std::size_t spare = 0;
  SUBCASE("one descriptor") {}
  SUBCASE("two descriptors") { spare = 1; }
  CAPTURE(spare);
  // A child with a child of its own; TERM starts one more, INT ends that one.
  const Child root =
      start_child(shell_plan("trap 'sleep infinity & child=$!' TERM; trap 'kill $child' INT;"
                             " (sleep infinity; :) & while :; do wait; done"));
  ProcSampler sampler(spare);
  sampler.add(root.pid);
  const auto sees = [&](std::uint32_t processes) {
    return eventually([&] { return sampler.sample(root.pid, monotonic_now()).processes == processes; });
  };
  CHECK(sees(3));
  send_signal(root.pidfd, SIGTERM);
  CHECK(sees(4));
  CHECK(eventually([&] {
    send_signal(root.pidfd, SIGINT);  // again: the shell may not have noted yet whom it started
    return sampler.sample(root.pid, monotonic_now()).processes == 3;
  }));
  const std::vector<pid_t> tree = tree_of(root.pid);
  for (auto pid = tree.rbegin(); pid != tree.rend(); ++pid) ::kill(*pid, SIGKILL);  // none is an orphan before its turn
  CHECK(wait_end(root.pidfd, 10 * kSecond).has_value());
}

TEST_CASE("process: second descriptors are no more than may be spared, and come back with their processes") {
  const auto descriptors = [] { return open_descriptors(::getpid()).size(); };
  const Child child = start_child(shell_plan("exec sleep infinity"));
  const Child other = start_child(shell_plan("exec sleep infinity"));
  const std::size_t before = descriptors();
  ProcSampler sampler(1);
  sampler.add(child.pid);
  CHECK(descriptors() == before + 2);
  sampler.add(other.pid);
  CHECK(descriptors() == before + 3);
  sampler.add(child.pid);  // again: as if it had been removed
  CHECK(descriptors() == before + 3);
  sampler.remove(child.pid);
  sampler.remove(child.pid);
  sampler.remove(other.pid);
  CHECK(descriptors() == before);
  sampler.add(other.pid);
  CHECK(descriptors() == before + 2);
  CHECK(sampler.sample(other.pid, monotonic_now()).processes == 1);
  for (const Child* each : {&child, &other}) {
    send_signal(each->pidfd, SIGKILL);
    CHECK(wait_end(each->pidfd, 10 * kSecond).has_value());
  }
}

TEST_CASE("process: a process with threads is known with the children of all of them") {
  const Child root = fork_body([] {
    std::thread([] {
      if (::fork() == 0) ::pause();
      ::pause();
    }).join();
    return 0;
  });
  ProcSampler sampler(1);
  sampler.add(root.pid);
  CHECK(eventually([&] { return sampler.sample(root.pid, monotonic_now()).processes == 2; }));
  signal_tree(root.pidfd.get(), root.pid, SIGKILL);
  CHECK(wait_end(root.pidfd, 10 * kSecond).has_value());
}

TEST_CASE("process: a sample of a process that is gone says so, also when another one has its number by then") {
  const Child child = start_child(shell_plan("exec sleep infinity"));
  ProcSampler sampler;
  sampler.add(child.pid);
  CHECK(sampler.sample(child.pid, monotonic_now()).processes == 1);
  CHECK(ProcSampler::start_ticks(child.pid) > 0);

  send_signal(child.pidfd, SIGKILL);
  static_cast<void>(wait_end(child.pidfd, 10 * kSecond));

  CHECK(sampler.sample(child.pid, monotonic_now()).processes == 0);
  CHECK(ProcSampler::start_ticks(child.pid) == 0);
  sampler.remove(child.pid);
  sampler.add(child.pid);
  CHECK(sampler.sample(child.pid, monotonic_now()).processes == 0);
}

TEST_CASE("process: a baseline is what was used one to two seconds before, and since when nothing was used") {
  const Child child = start_child(shell_plan("exec sleep infinity"));
  ProcSampler sampler;
  sampler.add(child.pid);
  CHECK(sampler.baseline(child.pid, kSecond).at == 0);

  for (const Nanos now : {1, 2, 3, 4}) static_cast<void>(sampler.sample(child.pid, now * kSecond));
  static_cast<void>(sampler.sample(child.pid, 4 * kSecond + 100 * kMillisecond));  // more often: no new baseline

  CHECK(sampler.baseline(child.pid, 4 * kSecond + 200 * kMillisecond).at == 3 * kSecond);
  CHECK(sampler.baseline(child.pid, 5 * kSecond).at == 4 * kSecond);
  const CpuBaseline baseline = sampler.baseline(child.pid, 5 * kSecond);
  REQUIRE(baseline.processes.size() == 1);
  CHECK(baseline.processes[0].pid == child.pid);
  CHECK(baseline.processes[0].start_ticks == ProcSampler::start_ticks(child.pid));
  CHECK(baseline.still_since >= kSecond);
  CHECK(baseline.still_since <= 2 * kSecond);
  send_signal(child.pidfd, SIGKILL);
  static_cast<void>(wait_end(child.pidfd, 10 * kSecond));
}
