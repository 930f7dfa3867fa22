// SPDX-License-Identifier: MIT
//
// An engine and a worker in two processes: no wake-up is lost, whoever lies down for what. The tests that look for the
// edge are there for the order that the fences keep: a look before the store, instead of behind it, makes them fail.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "engine/base/error.h"
#include "tests/support/process_support.h"
#include "tests/support/random.h"
#include "tests/support/region_support.h"

using namespace pooltop;
using namespace pooltop::testing;

namespace {

// On a loaded machine fewer rounds must do; what is looked for shows in a few thousand.
constexpr Nanos kBudget = 12 * kSecond;
constexpr int kRounds = 100'000;

using Taker = bool (*)(Port&, WorkItem&);
bool take_by_futex(Port& port, WorkItem& item) { return port.take(item); }

/// Each round: both sides sleep, or are about to, when the other writes.
void play_ping_pong(Taker take) {
  EngineSide engine;
  ForkedWorker worker(engine, [&](Port& port) {
    WorkItem item;
    while (take(port, item)) {
      port.set_current(item);
      port.answer(item, item.bytes);
    }
    port.end();
  });
  const Nanos until = monotonic_now() + kBudget;
  int rounds = 0;
  while (rounds < kRounds && (rounds < 1000 || monotonic_now() < until)) {
    const std::string text = std::to_string(rounds);
    engine.push({text});
    const Record record = engine.next();
    REQUIRE(record.items.front() == text);
    ++rounds;
  }
  engine.link.push_end();
  engine.link.wake(engine.wake.get());
  CHECK(engine.next().kind == RecordKind::End);
  CHECK(worker.wait().is_success());
  MESSAGE(rounds << " rounds");
}

/// On two processors where there are two: what is looked for happens within nanoseconds.
void stay_on(std::size_t which) {
  cpu_set_t allowed;
  check(::sched_getaffinity(0, sizeof allowed, &allowed), "sched_getaffinity", "test");
  std::vector<std::size_t> cpus;
  for (std::size_t i = 0; i < CPU_SETSIZE; ++i)
    if (CPU_ISSET(i, &allowed)) cpus.push_back(i);
  cpu_set_t one;
  CPU_ZERO(&one);
  CPU_SET(cpus[which % cpus.size()], &one);
  check(::sched_setaffinity(0, sizeof one, &one), "sched_setaffinity", "test");
}

/// Waits a while that it moves towards the edge between too early and too late, where two stores cross.
class Edge {
 public:
  void wait() {
    for (std::uint32_t steps = steps_ + random_() % 8; steps > 0; --steps)
      std::atomic_signal_fence(std::memory_order_seq_cst);
  }
  void was_early() { steps_ += 1 + random_() % 3; }
  void was_late() { steps_ -= std::min(steps_, 1 + random_() % 3); }

 private:
  Random random_{3};
  std::uint32_t steps_ = 100;
};

template <typename Round>
void play(int rounds, Round round) {
  const Nanos until = monotonic_now() + kBudget / 2;
  int played = 0;
  for (; played < rounds && (played < 1000 || monotonic_now() < until); ++played) round();
  MESSAGE(played << " rounds");
}

template <typename Condition>
void spin_until(Condition condition) {
  const Nanos late = monotonic_now() + 20 * kSecond;
  while (!condition()) REQUIRE(monotonic_now() < late);
}

/// The engine never sleeps: it writes at the very moment at which the worker lies down.
void write_while_the_worker_lies_down(Taker take) {
  EngineSide engine;
  ForkedWorker worker(engine, [&](Port& port) {
    stay_on(1);
    WorkItem item;
    while (take(port, item)) port.answer(item, item.bytes);
    port.end();
  });
  stay_on(0);
  const RawWorker page(engine);
  Edge edge;
  play(10 * kRounds, [&] {
    edge.wait();
    const bool is_asleep = page.map.page().asleep.load(std::memory_order_relaxed) != Sleep::No;
    engine.push({"x"});
    is_asleep ? edge.was_late() : edge.was_early();
    spin_until([&] { return !engine.read().empty(); });
  });
  engine.link.push_end();
  engine.link.wake(engine.wake.get());
  CHECK(engine.next().kind == RecordKind::End);
}

/// The same for room: the engine frees half the outbox at the very moment at which the worker lies down for it.
void free_while_the_worker_lies_down() {
  EngineSide engine(4096);
  ForkedWorker worker(engine, [&](Port& port) {
    stay_on(1);
    const std::string item(1024 - sizeof(RecordHeader) - 8, 'x');
    for (;;) {
      port.emit(item);
      port.flush();
    }
  });
  stay_on(0);
  const RawWorker page(engine);
  const auto& control = page.map.page();
  std::uint64_t consumed = 0;
  Edge edge;
  play(10 * kRounds, [&] {
    spin_until([&] { return control.out_tail.load(std::memory_order_relaxed) == consumed + 4096; });
    Published record;
    for (int i = 0; i < 2; ++i) {
      REQUIRE(engine.link.peek(record));
      engine.link.consume();
    }
    consumed += 2048;
    edge.wait();
    const bool is_asleep = control.asleep.load(std::memory_order_relaxed) != Sleep::No;
    engine.link.release(engine.wake.get());
    is_asleep ? edge.was_late() : edge.was_early();
  });
}

/// The worker never sleeps: it publishes at the very moment at which the engine lies down.
void publish_while_the_engine_lies_down() {
  EngineSide engine;
  ForkedWorker worker(engine, [&](Port& port) {
    stay_on(1);
    WorkItem item;
    for (;;) {
      const Port::Take got = port.try_take(item);
      if (got == Port::Take::End) break;
      if (got == Port::Take::Item) port.answer(item, item.bytes);
    }
    port.end();
  });
  stay_on(0);
  Edge edge;
  play(10 * kRounds, [&] {
    engine.push({"x"});
    edge.wait();
    engine.link.arm();
    std::atomic_thread_fence(std::memory_order_seq_cst);
    if (engine.link.has_unread()) {
      edge.was_late();
    } else {
      edge.was_early();
      pollfd entry{engine.bell.get(), POLLIN, 0};  // no second look: this is where it sleeps
      REQUIRE(::poll(&entry, 1, 20'000) == 1);
      spin_until([&] { return engine.link.has_unread(); });  // it may have rung for the packet before
    }
    std::uint64_t rung = 0;
    [[maybe_unused]] const ssize_t n = ::read(engine.bell.get(), &rung, sizeof rung);
    static_cast<void>(engine.next());
  });
  engine.link.push_end();
  CHECK(engine.next().kind == RecordKind::End);
}

/// Rings that are always full: each side sleeps for room as often as for items.
void fill_rings(Taker take, std::uint32_t seed) {
  EngineSide engine(4096);
  ForkedWorker worker(engine, [&](Port& port) {
    WorkItem item;
    std::uint32_t n = 0;
    while (take(port, item)) {
      if (++n % 7 == 0) port.open_batch();
      port.answer(item, item.bytes);
      if (n % 7 == 3) port.close_batch();
    }
    port.close_batch();
    port.end();
  });
  Random random(seed);
  std::uint64_t pushed = 0;
  std::uint64_t answered = 0;
  std::uint64_t bytes_in = 0;
  std::uint64_t bytes_out = 0;
  const auto collect = [&] {
    for (const Record& record : engine.read()) {
      answered += record.count;
      bytes_out += record.data.size();
    }
  };
  const Nanos until = monotonic_now() + kBudget / 2;
  while (pushed < 200'000 && (pushed < 1000 || monotonic_now() < until)) {
    const std::string item(random() % 800, 'x');
    const std::uint64_t size = record_bytes(item.size(), 1, 0);
    // Room in the inbox is what it waits for; answers are read at times only, so the outbox fills too.
    const auto has_room = [&] {
      if (random() % 16 == 0) collect();
      return engine.link.has_room(size) || engine.link.has_unread();
    };
    while (!engine.link.has_room(size)) {
      REQUIRE(engine.sleep_until(has_room));
      if (!engine.link.has_room(size)) collect();
    }
    engine.push({item});
    bytes_in += item.size();
    ++pushed;
  }
  engine.link.push_end();
  engine.link.wake(engine.wake.get());
  bool ended = false;
  while (!ended) {
    const Record record = engine.next();
    ended = record.kind == RecordKind::End;
    answered += record.count;
    bytes_out += record.data.size();
  }
  CHECK(answered == pushed);
  CHECK(bytes_out == bytes_in);
  CHECK(worker.wait().is_success());
}

}  // namespace

TEST_CASE("worker process: one that sleeps on its futex wakes for every item, 100,000 times") {
  play_ping_pong(take_by_futex);
}

TEST_CASE("worker process: one that polls wakes for every item, 100,000 times") { play_ping_pong(take_by_poll); }

TEST_CASE("worker process: an item that comes while it lies down to sleep on its futex wakes it") {
  write_while_the_worker_lies_down(take_by_futex);
}

TEST_CASE("worker process: an item that comes while it lies down to poll wakes it") {
  write_while_the_worker_lies_down(take_by_poll);
}

TEST_CASE("worker process: an answer that is published while the engine lies down wakes it") {
  publish_while_the_engine_lies_down();
}

TEST_CASE("worker process: room that comes while it lies down to wait for it wakes it") {
  free_while_the_worker_lies_down();
}

TEST_CASE("worker process: it rings when both its stores are done, and not before") {
  EngineSide engine;
  // A bell that is a full pipe: who rings it stays there.
  int fds[2];
  check(::pipe2(fds, O_CLOEXEC), "pipe2", "bell");
  const Fd out(fds[0]);
  const Fd in(fds[1]);
  const auto capacity = static_cast<std::size_t>(check(::fcntl(in.get(), F_GETPIPE_SZ), "fcntl", "bell"));
  const std::string full(capacity, 'x');
  check(::write(in.get(), full.data(), full.size()), "write", "bell");
  Port port(engine.link.region_fd(), in.get(), engine.wake.get());
  engine.push({"one"});
  engine.link.arm();
  std::thread worker([&] {
    WorkItem item;
    if (port.take(item)) port.answer(item, "answer");
  });
  const RawWorker page(engine);

  CHECK(eventually([&] { return page.map.page().armed.load() == 0; }));
  CHECK(page.map.page().out_tail.load() > 0);
  CHECK(page.map.page().in_head.load() == page.map.page().in_tail.load());

  std::string drained(capacity, '\0');
  check(::read(out.get(), drained.data(), drained.size()), "read", "bell");
  worker.join();
}

TEST_CASE("worker process: full rings stall neither side while it sleeps on its futex") {
  fill_rings(take_by_futex, 1);
}

TEST_CASE("worker process: full rings stall neither side while it polls") { fill_rings(take_by_poll, 2); }

TEST_CASE("worker process: one that has nothing to do sleeps, and says so in its region") {
  EngineSide engine;
  ForkedWorker worker(engine, [](Port& port) {
    WorkItem item;
    while (port.take(item)) port.answer(item, item.bytes);
  });
  RawWorker page(engine);

  for (int round = 0; round < 3; ++round) {
    REQUIRE(eventually([&] { return page.map.page().asleep.load() == Sleep::Futex; }));
    CHECK(eventually([&] { return status_line(worker.child().pid, "State").find('S') != std::string::npos; }));
    engine.push({"one"});
    static_cast<void>(engine.next());
  }
}
