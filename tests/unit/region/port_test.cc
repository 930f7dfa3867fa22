// SPDX-License-Identifier: MIT
//
// Both sides of a region in one process: what one hands over is what the other gets.
#include "engine/worker/port.h"

#include <doctest/doctest.h>

#include <atomic>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "engine/region/meta.h"
#include "tests/support/region_support.h"
#include "tests/support/texts.h"

using namespace pooltop;
using namespace pooltop::testing;

namespace {

/// Items that can be taken without waiting.
std::vector<WorkItem> take_all(Port& port) {
  std::vector<WorkItem> items;
  WorkItem item;
  while (port.try_take(item) == Port::Take::Item) items.push_back(item);
  return items;
}

}  // namespace

TEST_CASE("port: items come as they were handed over, any bytes, with their place in their packet") {
  EngineSide engine;
  Port port = engine.port();
  CHECK(engine.link.is_ready());
  const std::string bytes("nul \0 newline \n", 15);
  const std::uint32_t first = engine.push({"a", "", bytes});
  const std::uint32_t second = engine.push({"d"});

  const auto items = take_all(port);

  REQUIRE(items.size() == 4);
  CHECK(items[0].bytes == "a");
  CHECK(items[1].bytes.empty());
  CHECK(items[2].bytes == bytes);
  CHECK(items[2].sequence == first);
  CHECK(items[2].index == 2);
  CHECK(items[3].sequence == second);
  CHECK(items[3].id.empty());
  WorkItem none;
  CHECK(port.try_take(none) == Port::Take::Empty);
}

TEST_CASE("port: ids and attempts travel with their items") {
  EngineSide engine(64 << 10, /*carries_ids=*/true);
  Port port = engine.port();
  std::string meta;
  append_meta(meta, "urls:17.2", 3);
  append_meta(meta, "18", 1);
  const std::vector<std::uint32_t> lengths = {3, 1};
  engine.link.push_packet("abcd", lengths, meta);

  const auto items = take_all(port);

  REQUIRE(items.size() == 2);
  CHECK(items[0].id == "urls:17.2");
  CHECK(items[0].attempt == 3);
  CHECK(items[1].id == "18");
  CHECK(items[1].bytes == "d");
}

TEST_CASE("port: the four ways to answer are told apart") {
  EngineSide engine;
  Port port = engine.port();
  const std::uint32_t sequence = engine.push(numbers(6));
  const auto items = take_all(port);
  const std::vector<std::string_view> many = {"x", "", "zz"};
  const std::vector<std::string_view> one = {"only"};
  ItemFailure failure;
  failure.error = "no";

  port.answer(items[0], "one");
  port.answer(items[1], std::span<const std::string_view>());
  port.answer(items[2], std::span<const std::string_view>(many));
  port.fail(items[3], failure);
  port.acknowledge(items[4], 4096);
  port.answer(items[5], std::span<const std::string_view>(one));

  const auto records = engine.read();
  REQUIRE(records.size() == 6);
  CHECK(records[0].kind == RecordKind::Answers);
  CHECK(records[0].items == std::vector<std::string>{"one"});
  CHECK(records[1].kind == RecordKind::Done);
  CHECK(records[1].from == 1);
  CHECK(records[2].kind == RecordKind::Outputs);
  CHECK(records[2].flags == kLast);
  CHECK(records[2].items == std::vector<std::string>{"x", "", "zz"});
  CHECK(records[3].kind == RecordKind::Failed);
  CHECK(decode_failure(records[3].data)->error == "no");
  CHECK(records[4].kind == RecordKind::Done);
  CHECK(records[4].written == 4096);
  CHECK(records[5].kind == RecordKind::Answers);
  CHECK(records[5].items == std::vector<std::string>{"only"});
  for (std::uint32_t i = 0; i < 6; ++i) {
    CHECK(records[i].sequence == sequence);
    CHECK(records[i].from == i);
  }
}

TEST_CASE("port: a batch is one record a kind, published when it is closed") {
  EngineSide engine;
  Port port = engine.port();
  engine.push(numbers(100));
  engine.push(numbers(50));
  const auto items = take_all(port);

  port.open_batch();
  for (std::size_t i = 0; i < 100; ++i) port.answer(items[i], items[i].bytes);
  CHECK(engine.read().empty());
  for (std::size_t i = 100; i < 150; ++i) port.acknowledge(items[i], i);
  const auto first = engine.read();
  port.close_batch();
  const auto second = engine.read();

  REQUIRE(first.size() == 1);
  CHECK(first[0].items == numbers(100));
  REQUIRE(second.size() == 1);
  CHECK(second[0].kind == RecordKind::Done);
  CHECK(second[0].count == 50);
  CHECK(second[0].written == 149);
}

TEST_CASE("port: an answer that is none, many or a failure publishes the batch before it, in order") {
  EngineSide engine;
  Port port = engine.port();
  engine.push(numbers(4));
  const auto items = take_all(port);
  const std::vector<std::string_view> two = {"x", "y"};

  port.open_batch();
  port.answer(items[0], "0");
  port.answer(items[1], std::span<const std::string_view>(two));
  port.answer(items[2], "2");
  port.fail(items[3], {});
  port.close_batch();

  std::vector<std::uint32_t> from;
  for (const Record& record : engine.read()) from.push_back(record.from);
  CHECK(from == std::vector<std::uint32_t>{0, 1, 2, 3});
}

TEST_CASE("port: packets are answered in any order, and the oldest one's release frees them all") {
  EngineSide engine(4096);
  Port port = engine.port();
  std::vector<WorkItem> items;
  for (int i = 0; i < 4; ++i) engine.push({std::string(1024 - sizeof(RecordHeader) - 8, 'x')});
  items = take_all(port);
  REQUIRE(items.size() == 4);

  for (const std::size_t i : {3u, 1u, 2u}) {
    port.answer(items[i], "ok");
    CHECK(!engine.link.has_room(1024));
  }
  port.answer(items[0], "ok");

  CHECK(engine.link.has_room(4096));
  CHECK(engine.read().size() == 4);
}

TEST_CASE("port: what was not claimed goes back when it is revoked, what was claimed stays") {
  EngineSide engine;
  Port port = engine.port();
  const std::uint32_t first = engine.push(numbers(10));
  const std::uint32_t second = engine.push(numbers(10));
  WorkItem item;
  std::vector<WorkItem> mine;
  for (int i = 0; i < 3; ++i) {
    REQUIRE(port.try_take(item) == Port::Take::Item);
    mine.push_back(item);
  }

  CHECK(engine.link.revoke(first) == 3);
  CHECK(engine.link.revoke(second) == 0);

  CHECK(port.try_take(item) == Port::Take::Empty);
  for (const WorkItem& one : mine) port.answer(one, "ok");
  CHECK(engine.read().size() == 3);
  CHECK(engine.link.has_room(64 << 10));  // both are released
  engine.push({"next"});
  REQUIRE(port.try_take(item) == Port::Take::Item);
  CHECK(item.bytes == "next");
}

TEST_CASE("port: tiny items are claimed a few at once: those stay, each of the others goes back") {
  EngineSide engine;
  Port port = engine.port();
  WorkItem item;
  std::uint32_t claimed = 0;
  std::vector<WorkItem> mine;
  // Until the machine lets a thousand empty answers be made at less than a microsecond each.
  for (int round = 0; round < 1000 && claimed < 2; ++round) {
    engine.push(numbers(1000));
    port.open_batch();
    while (port.try_take(item) == Port::Take::Item) port.answer(item, "");
    port.close_batch();
    static_cast<void>(engine.read());

    const std::uint32_t sequence = engine.push(numbers(100));
    port.open_batch();
    REQUIRE(port.try_take(item) == Port::Take::Item);
    mine = {item};
    claimed = engine.link.revoke(sequence);
    while (port.try_take(item) == Port::Take::Item) mine.push_back(item);
    CHECK(mine.size() == claimed);
    CHECK(mine.back().bytes == std::to_string(claimed - 1));
    for (const WorkItem& one : mine) port.answer(one, "ok");
    port.close_batch();
    static_cast<void>(engine.read());
  }
#ifndef POOLTOP_SANITIZED  // under the sanitizers no answer is that quick
  CHECK(claimed > 1);
#endif
  CHECK(claimed >= 1);
  CHECK(claimed <= 16);
  CHECK(engine.link.has_room(60 << 10));  // the packet is released
}

TEST_CASE("port: END comes behind everything, again and again, and stays behind what was revoked") {
  EngineSide engine;
  Port port = engine.port();
  const std::uint32_t sequence = engine.push(numbers(2));
  engine.link.push_end();
  WorkItem item;
  REQUIRE(port.take(item));
  engine.link.revoke(sequence);

  CHECK(!port.take(item));
  CHECK(port.try_take(item) == Port::Take::End);
  CHECK(!port.arm_wake());  // nothing to sleep for
}

TEST_CASE("port: an item in work is named until it is answered") {
  EngineSide engine;
  Port port = engine.port();
  const std::uint32_t sequence = engine.push(numbers(3));
  const auto items = take_all(port);
  CHECK(engine.link.current().sequence == 0);

  const Nanos before = monotonic_now();
  port.set_current(items[1]);
  CHECK(engine.link.current().sequence == sequence);
  CHECK(engine.link.current().index == 1);
  CHECK(engine.link.item_started() >= before);
  port.answer(items[0], "ok");
  CHECK(engine.link.current().index == 1);  // another item's answer
  port.answer(items[1], "ok");
  CHECK(engine.link.current().sequence == 0);
  port.set_current(items[2]);
  port.clear_current();
  CHECK(engine.link.current().sequence == 0);
  port.set_child(4242);
  CHECK(engine.link.child() == 4242);
}

TEST_CASE("port: a source's items come in their order, gathered until they are flushed or many") {
  EngineSide engine;
  Port port = engine.port();
  for (const std::string& item : numbers(10)) port.emit(item);
  CHECK(engine.read().empty());
  port.flush();
  for (const std::string& item : numbers(1024 + 5, 10)) port.emit(item);
  port.flush();

  std::vector<std::string> got;
  for (const Record& record : engine.read()) got.insert(got.end(), record.items.begin(), record.items.end());
  CHECK(got == numbers(1024 + 15));
}

TEST_CASE("port: a source whose engine sleeps flushes by itself") {
  EngineSide engine;
  Port port = engine.port();
  engine.link.arm();
  for (const std::string& item : numbers(16)) port.emit(item);
  CHECK(engine.read().size() == 1);
}

TEST_CASE(
    "port: a source that is in no hurry gathers as many items as the engine says, but holds none back by a flush") {
  EngineSide engine;
  Port port = engine.port();
  engine.link.arm(100);
  for (const std::string& item : numbers(99)) port.emit(item);
  CHECK(engine.read().empty());
  for (const std::string& item : numbers(20, 99)) port.emit(item);
  REQUIRE(engine.read().size() == 1);
  engine.link.arm(100);
  port.emit("one");
  port.flush();
  CHECK(engine.read().size() == 1);
}

TEST_CASE("port: the last thing that a worker says is END, and it stays until that is read") {
  EngineSide engine;
  Port port = engine.port();
  std::atomic<bool> has_ended = false;
  std::thread worker([&] {
    port.emit("last");
    port.end();
    has_ended = true;
  });

  CHECK(engine.next().kind == RecordKind::Emit);
  Published record;
  REQUIRE(engine.sleep_until([&] { return engine.link.peek(record); }));
  CHECK(record.kind() == RecordKind::End);
  CHECK(!has_ended);
  CHECK(engine.next().kind == RecordKind::End);
  worker.join();
}

TEST_CASE("port: a whole packet is acknowledged at once, but for what was taken back of it") {
  EngineSide engine;
  Port port = engine.port();
  const std::uint32_t first = engine.push(numbers(10));
  WorkItem item;
  REQUIRE(port.try_take(item) == Port::Take::Item);
  port.acknowledge(item, 0);
  REQUIRE(port.acknowledge_packet());
  CHECK(engine.link.revoke(first) == 10);
  const std::uint32_t second = engine.push(numbers(10));
  CHECK(engine.link.revoke(second) == 0);
  engine.push({"last"});
  REQUIRE(port.acknowledge_packet());
  CHECK(engine.link.has_room(64 << 10));  // all are released
  engine.link.push_end();
  CHECK(!port.acknowledge_packet());

  const auto records = engine.read();
  REQUIRE(records.size() == 3);
  CHECK(records[0].count == 1);
  CHECK(records[1].from == 1);
  CHECK(records[1].count == 9);
  CHECK(records[2].sequence == second + 1);
}

TEST_CASE("port: trouble says why and whether it may pass, behind what was emitted") {
  EngineSide engine;
  Port port = engine.port();
  port.emit("last");
  port.trouble("write f: No space left on device", true);
  port.trouble(std::string(10'000, 'x'), false);

  const auto records = engine.read();
  REQUIRE(records.size() == 3);
  CHECK(records[0].kind == RecordKind::Emit);
  CHECK(records[1].kind == RecordKind::Trouble);
  CHECK(records[1].flags == kRetry);
  CHECK(records[1].data == "write f: No space left on device");
  CHECK(records[2].flags == 0);
  CHECK(records[2].data.size() == kStderrTail);
}
