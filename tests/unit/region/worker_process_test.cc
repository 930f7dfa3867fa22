// SPDX-License-Identifier: MIT
//
// A worker killed at any point, or robbed of its packets, leaves books that add up.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <atomic>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/error.h"
#include "tests/support/process_support.h"
#include "tests/support/random.h"
#include "tests/support/region_support.h"

using namespace pooltop;
using namespace pooltop::testing;

namespace {

/// A worker that stops for ever at a point of its own, and says so.
class StoppedWorker {
 public:
  StoppedWorker(const EngineSide& engine, const std::function<void(Port&)>& before)
      : worker_(engine, [&](Port& port) {
          before(port);
          check(::write(pipe_[1], "x", 1), "write", "pipe");
          for (;;) ::pause();
        }) {
    pollfd entry{pipe_[0], POLLIN, 0};
    POOLTOP_ASSERT(::poll(&entry, 1, 20'000) == 1);
    worker_.kill();
  }
  ~StoppedWorker() {
    ::close(pipe_[0]);
    ::close(pipe_[1]);
  }

 private:
  struct Pipe {
    int fds[2];
    Pipe() { check(::pipe2(fds, O_CLOEXEC), "pipe2", "test"); }
    int operator[](int i) const { return fds[i]; }
  };
  Pipe pipe_;
  ForkedWorker worker_;
};

void take_some(Port& port, std::vector<WorkItem>& items, int count) {
  WorkItem item;
  for (int i = 0; i < count; ++i) {
    POOLTOP_ASSERT(port.take(item));
    items.push_back(item);
  }
}

}  // namespace

TEST_CASE("worker process: killed after a claim, it charges nothing and keeps the claimed item only") {
  EngineSide engine;
  const std::uint32_t sequence = engine.push({"a", "b", "c"});
  StoppedWorker worker(engine, [](Port& port) {
    std::vector<WorkItem> items;
    take_some(port, items, 2);
  });

  CHECK(engine.read().empty());
  CHECK(engine.link.current().sequence == 0);
  CHECK(engine.link.revoke(sequence) == 2);
}

TEST_CASE("worker process: killed with an item in work, it names that one") {
  EngineSide engine;
  const std::uint32_t sequence = engine.push({"a", "b", "c"});
  StoppedWorker worker(engine, [](Port& port) {
    std::vector<WorkItem> items;
    take_some(port, items, 2);
    port.set_current(items[0]);
    port.answer(items[0], "A");
    port.set_current(items[1]);
  });

  const auto records = engine.read();
  REQUIRE(records.size() == 1);
  CHECK(records[0].items.front() == "A");
  CHECK(engine.link.current().sequence == sequence);
  CHECK(engine.link.current().index == 1);
  CHECK(engine.link.revoke(sequence) == 2);
}

TEST_CASE("worker process: killed after a publication, its answer counts and nothing is charged") {
  EngineSide engine;
  const std::uint32_t sequence = engine.push({"a", "b"});
  StoppedWorker worker(engine, [](Port& port) {
    std::vector<WorkItem> items;
    take_some(port, items, 1);
    port.set_current(items[0]);
    port.answer(items[0], "A");
  });

  CHECK(engine.read().size() == 1);
  CHECK(engine.link.current().sequence == 0);
  CHECK(engine.link.revoke(sequence) == 1);
}

TEST_CASE("worker process: killed before it publishes a batch, it gave no answer and names the last item") {
  EngineSide engine;
  const std::uint32_t sequence = engine.push({"a", "b", "c"});
  StoppedWorker worker(engine, [](Port& port) {
    std::vector<WorkItem> items;
    take_some(port, items, 3);
    port.open_batch();
    for (const WorkItem& item : items) {
      port.set_current(item);
      port.answer(item, "x");
    }
  });

  // The batch may have been published by the clock's tick on the way; never the last one.
  std::uint32_t answered = 0;
  for (const Record& record : engine.read()) answered += record.count;
  CHECK(answered < 3);
  CHECK(engine.link.current().sequence == sequence);
  CHECK(engine.link.current().index == 2);
}

TEST_CASE("worker process: killed within an answer of many, half of it is there and never its end") {
  EngineSide engine(4096);
  engine.push({"a"});
  ForkedWorker worker(engine, [](Port& port) {
    WorkItem item;
    static_cast<void>(port.take(item));
    port.set_current(item);
    const std::string piece(500, 'x');
    const std::vector<std::string_view> many(100, piece);
    port.answer(item, std::span<const std::string_view>(many));
  });
  RawWorker page(engine);
  REQUIRE(eventually([&] { return page.map.page().asleep.load() == Sleep::Futex; }));  // its outbox is full
  worker.kill();

  const auto records = engine.read();
  CHECK(!records.empty());
  for (const Record& record : records) CHECK(record.flags == 0);
  CHECK(engine.link.current().sequence == 1);
  CHECK(engine.link.current().index == 0);
}

TEST_CASE("worker process: items taken back while it claims are the engine's or the worker's, never both") {
  EngineSide engine;
  ForkedWorker worker(engine, [](Port& port) {
    WorkItem item;
    while (port.take(item)) {
      port.set_current(item);
      port.answer(item, item.bytes);
    }
    port.end();
  });
  Random random(7);
  const Nanos until = monotonic_now() + 6 * kSecond;
  std::uint64_t split = 0;
  int rounds = 0;
  for (; rounds < 20'000 && (rounds < 500 || monotonic_now() < until); ++rounds) {
    const std::uint32_t count = 1 + random() % 1000;
    const std::uint32_t sequence = engine.push(std::vector<std::string>(count, "item"));
    for (std::uint32_t spin = random() % 40'000; spin > 0; --spin) std::atomic_signal_fence(std::memory_order_seq_cst);
    const std::uint32_t claimed = engine.link.revoke(sequence);
    REQUIRE(claimed <= count);
    split += claimed > 0 && claimed < count;
    for (std::uint32_t answered = 0; answered < claimed;) {
      const Record record = engine.next();
      REQUIRE(record.sequence == sequence);
      REQUIRE(record.from == answered);
      answered += record.count;
      REQUIRE(answered <= claimed);
    }
    // A packet that was taken back is released: the ring never fills up.
    REQUIRE(engine.sleep_until([&] { return engine.link.has_room(engine.link.max_record()); }));
    REQUIRE(engine.read().empty());
  }
  MESSAGE(rounds << " rounds, " << split << " of them split");
  engine.link.push_end();
  engine.link.wake(engine.wake.get());
  CHECK(engine.next().kind == RecordKind::End);
  CHECK(worker.wait().is_success());
}
