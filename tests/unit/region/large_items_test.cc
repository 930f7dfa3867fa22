// SPDX-License-Identifier: MIT
//
// What does not fit into a record, or into a ring.
#include <doctest/doctest.h>

#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "engine/worker/port.h"
#include "tests/support/region_support.h"
#include "tests/support/texts.h"

using namespace pooltop;
using namespace pooltop::testing;

namespace {

std::string pattern(std::size_t bytes) {
  std::string text(bytes, '\0');
  std::uint32_t x = 12345;
  for (char& c : text) c = static_cast<char>((x = x * 1664525 + 1013904223) >> 24);
  return text;
}

}  // namespace

TEST_CASE("port: items of 16 MiB go through a ring of 64 KiB both ways, whole") {
  const std::string large = pattern(16 << 20);
  EngineSide engine;
  Port port = engine.port();
  std::thread worker([&] {
    WorkItem item;
    while (port.take(item)) {
      port.set_current(item);
      const std::vector<std::string_view> outputs = {"before", item.bytes, "after"};
      if (item.bytes.size() > 10)
        port.answer(item, std::span<const std::string_view>(outputs));
      else
        port.answer(item, item.bytes);
    }
    port.emit(large);
    port.emit("tail");
    port.end();
  });

  std::string part;
  std::vector<std::string> items;
  bool ended = false;
  const auto serve = [&] {
    const Record record = engine.next();
    if (record.kind == RecordKind::Part) part += record.data;
    if (record.kind == RecordKind::Part && (record.flags & kLast) != 0) items.push_back(std::exchange(part, {}));
    items.insert(items.end(), record.items.begin(), record.items.end());
    ended |= record.kind == RecordKind::End;
  };
  // The engine that waits for the inbox's room takes nothing in meanwhile: the bell rings for that room too.
  engine.push_large(
      large, [&] { REQUIRE(engine.sleep_until([&] { return engine.link.has_room(engine.link.max_record()); })); });
  engine.push({"small"});
  engine.link.push_end();
  engine.link.wake(engine.wake.get());
  while (!ended) serve();
  worker.join();

  REQUIRE(items.size() == 6);
  CHECK(items[0] == "before");
  CHECK((items[1] == large));
  CHECK(items[2] == "after");
  CHECK(items[3] == "small");
  CHECK((items[4] == large));
  CHECK(items[5] == "tail");
}

TEST_CASE("port: items of every size around a record's limit go through both ways") {
  EngineSide engine(4096);
  Port port = engine.port();
  const std::uint64_t limit = engine.link.max_record();
  std::thread worker([&] {
    WorkItem item;
    while (port.take(item)) port.answer(item, item.bytes);
    port.end();
  });

  for (std::uint64_t size = limit - 120; size < limit + 60; ++size) {
    const std::string item = pattern(size);
    engine.push_large(
        item, [&] { REQUIRE(engine.sleep_until([&] { return engine.link.has_room(engine.link.max_record()); })); });
    std::string got;
    for (;;) {
      const Record record = engine.next();
      got += record.data;
      if (record.kind == RecordKind::Answers || (record.kind == RecordKind::Outputs && (record.flags & kLast) != 0))
        break;
    }
    REQUIRE(got.size() == size);
    REQUIRE((got == item));
  }
  engine.link.push_end();
  engine.link.wake(engine.wake.get());
  CHECK(engine.next().kind == RecordKind::End);
  worker.join();
}

TEST_CASE("port: a hundred thousand outputs of one item come in their order") {
  EngineSide engine;
  Port port = engine.port();
  const auto many = numbers(100'000);
  const std::vector<std::string_view> views(many.begin(), many.end());
  engine.push({"split"});
  std::thread worker([&] {
    WorkItem item;
    static_cast<void>(port.take(item));
    port.answer(item, std::span<const std::string_view>(views));
  });

  std::vector<std::string> got;
  for (bool last = false; !last;) {
    const Record record = engine.next();
    REQUIRE(record.kind == RecordKind::Outputs);
    got.insert(got.end(), record.items.begin(), record.items.end());
    last = (record.flags & kLast) != 0;
  }
  worker.join();
  CHECK((got == many));
}

TEST_CASE("port: a worker whose outbox is full goes on when half of it is free, not before") {
  EngineSide engine(4096);
  Port port = engine.port();
  std::thread worker([&] {
    for (int i = 0; i < 64; ++i) {
      port.emit(std::string(512 - sizeof(RecordHeader) - 8, 'x'));
      port.flush();
    }
  });
  RawWorker page(engine);
  const auto tail = [&] { return page.map.page().out_tail.load(); };
  const auto is_asleep = [&] { return page.map.page().asleep.load() == Sleep::Futex; };
  const Nanos until = monotonic_now() + 20 * kSecond;
  while (!is_asleep() && monotonic_now() < until) std::this_thread::yield();
  REQUIRE(tail() == 4096);

  Published record;
  for (int i = 0; i < 3; ++i) {
    REQUIRE(engine.link.peek(record));
    engine.link.consume();
  }
  engine.link.release(engine.wake.get());
  CHECK(is_asleep());
  CHECK(tail() == 4096);

  int read = 3;
  while (read < 64) {
    static_cast<void>(engine.next());
    ++read;
  }
  worker.join();
  CHECK(tail() == 64 * 512);
}
