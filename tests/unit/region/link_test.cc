// SPDX-License-Identifier: MIT
//
// The engine's side against a worker that writes whatever it likes: nothing but HostileWorker may come of it.
#include "engine/region/link.h"

#include <doctest/doctest.h>

#include <functional>
#include <string>
#include <vector>

#include "engine/region/failure.h"
#include "engine/region/meta.h"
#include "tests/support/random.h"
#include "tests/support/region_support.h"

using namespace pooltop;
using namespace pooltop::testing;

namespace {

constexpr std::uint64_t kLinkRing = 64 << 10;

bool is_refused(EngineSide& engine) {
  Published record;
  try {
    static_cast<void>(engine.link.peek(record));
  } catch (const HostileWorker&) {
    return true;
  }
  return false;
}

/// Publishes a good record of 3 items with one thing wrong in its header, behind a good record.
bool is_refused_with(const std::function<void(RecordHeader&)>& change) {
  EngineSide engine(kLinkRing);
  RawWorker worker(engine);
  worker.publish(header_of(RecordKind::Answers, 1, 2), "ab", {1, 1});
  worker.publish(header_of(RecordKind::Answers, 1, 3), "abcdef", {1, 2, 3});
  change(worker.last());
  Published record;
  REQUIRE(engine.link.peek(record));
  engine.link.consume();
  return is_refused(engine);
}

}  // namespace

TEST_CASE("region: a link hands out records as they were published, the same one until it is consumed") {
  EngineSide engine(kLinkRing);
  RawWorker worker(engine);
  Published record;
  REQUIRE(!engine.link.peek(record));
  CHECK(!engine.link.has_unread());

  worker.publish(header_of(RecordKind::Answers, 7, 3), "abcdef", {1, 2, 3});
  worker.publish(header_of(RecordKind::Done, 8, 4));
  worker.publish(header_of(RecordKind::End));

  CHECK(engine.link.has_unread());
  for (int again = 0; again < 2; ++again) {
    REQUIRE(engine.link.peek(record));
    CHECK(record.kind() == RecordKind::Answers);
    CHECK(record.header.sequence == 7);
    CHECK(record.lengths[2] == 3);
  }
  engine.link.consume();
  const auto rest = engine.read();
  REQUIRE(rest.size() == 2);
  CHECK(rest[0].kind == RecordKind::Done);
  CHECK(rest[0].count == 4);
  CHECK(rest[1].kind == RecordKind::End);
  CHECK(!engine.link.has_unread());
}

TEST_CASE("region: an outbox position where nothing can be is refused") {
  for (const std::uint64_t tail : {kLinkRing + 1, kLinkRing + 8, std::uint64_t{1} << 63, UINT64_MAX}) {
    EngineSide engine(kLinkRing);
    RawWorker(engine).map.page().out_tail.store(tail);
    CHECK(is_refused(engine));
  }
}

TEST_CASE("region: an outbox position that goes back is refused") {
  EngineSide engine(kLinkRing);
  RawWorker worker(engine);
  worker.publish(header_of(RecordKind::Done, 1, 1));
  REQUIRE(engine.read().size() == 1);

  worker.map.page().out_tail.store(worker.tail - 8);

  CHECK(engine.link.has_unread());
  CHECK(is_refused(engine));
}

TEST_CASE("region: a worker that writes over what was not released to it is refused") {
  EngineSide engine(kLinkRing);
  RawWorker worker(engine);
  Published record;
  const std::string big(kLinkRing / 4 - sizeof(RecordHeader), 'x');
  for (int i = 0; i < 4; ++i) worker.publish(header_of(RecordKind::Part, 1), big);
  for (int i = 0; i < 4; ++i) {
    REQUIRE(engine.link.peek(record));
    engine.link.consume();
  }

  worker.publish(header_of(RecordKind::Part, 1), big);

  CHECK(is_refused(engine));
}

TEST_CASE("region: fewer bytes than a header are refused") {
  for (const std::uint64_t bytes : {1u, 8u, 47u}) {
    EngineSide engine(kLinkRing);
    RawWorker worker(engine);
    worker.publish(header_of(RecordKind::Done, 1, 1));
    worker.map.page().out_tail.store(bytes);
    CHECK(is_refused(engine));
  }
}

TEST_CASE("region: a header whose sizes do not fit is refused, whichever it is") {
  CHECK(!is_refused_with([](RecordHeader&) {}));
  for (const std::uint32_t bytes : {0u, 8u, 47u, 48u, 63u, 65u, 67u, 80u, 56u, 1u << 31, UINT32_MAX, UINT32_MAX - 7})
    CHECK(is_refused_with([&](RecordHeader& h) { h.bytes = bytes; }));
  for (const std::uint32_t count : {0u, 1u, 5u, 1000u, 1u << 30, UINT32_MAX / 4, UINT32_MAX})
    CHECK(is_refused_with([&](RecordHeader& h) { h.count = count; }));
  for (const std::uint32_t bytes : {17u, 1000u, 1u << 31, UINT32_MAX - 3, UINT32_MAX})
    CHECK(is_refused_with([&](RecordHeader& h) { h.data_bytes = bytes; }));
  for (const std::uint32_t bytes : {1u, 8u, UINT32_MAX})
    CHECK(is_refused_with([&](RecordHeader& h) { h.meta_bytes = bytes; }));
}

TEST_CASE("region: records of kinds that no worker writes are refused") {
  for (const int kind : {0, 1, 10, 255, 65535})
    CHECK(is_refused_with([&](RecordHeader& h) { h.kind = static_cast<std::uint16_t>(kind); }));
}

TEST_CASE("region: sizes that only fit when they wrap are refused") {
  EngineSide engine(kLinkRing);
  RawWorker worker(engine);
  auto header = header_of(RecordKind::Answers, 1, (1u << 30) + 1);  // 4 * count is 4 in 32 bits
  header.bytes = static_cast<std::uint32_t>(record_bytes(0, 1, 0));
  worker.publish(header);
  CHECK(is_refused(engine));
}

TEST_CASE("region: a record that changes after it was looked at is refused, whatever changes in it") {
  const std::vector<std::function<void(RecordHeader&)>> changes = {
      [](RecordHeader& h) { h.bytes += 8, h.count += 2; },
      // The same size in all, but fewer items than may have been taken in already.
      [](RecordHeader& h) { h.count -= 2, h.data_bytes += 8; },
      [](RecordHeader& h) { h.kind = static_cast<std::uint16_t>(RecordKind::Emit); },
      [](RecordHeader& h) { h.flags = kLast; },
      [](RecordHeader& h) { h.sequence += 1; },
      [](RecordHeader& h) { h.from += 1; },
      [](RecordHeader& h) { h.data_bytes -= 1; },
      [](RecordHeader& h) { h.elapsed_ns += 1; },
      [](RecordHeader& h) { h.written += 1; },
  };
  for (const auto& change : changes) {
    EngineSide engine(kLinkRing);
    RawWorker worker(engine);
    worker.publish(header_of(RecordKind::Answers, 1, 3), "abcdef", {1, 2, 3});
    RecordHeader& header = worker.last();
    worker.publish(header_of(RecordKind::Done, 1, 1));
    Published record;
    REQUIRE(engine.link.peek(record));
    change(header);
    CHECK(is_refused(engine));
  }
}

TEST_CASE("region: rubbish in the outbox is refused or read within the ring, with 3,000 seeds") {
  for (std::uint32_t seed = 0; seed < 3000; ++seed) {
    CAPTURE(seed);
    Random random(seed);
    EngineSide engine(4096);
    RawWorker worker(engine);
    for (std::uint64_t i = 0; i < 4096; i += 4) {
      // Small numbers are likelier to be taken for sizes.
      const std::uint32_t word = random() % 3 == 0 ? random() : random() % 64;
      std::memcpy(worker.map.outbox(i), &word, 4);
    }
    worker.map.page().out_tail.store(random() % 4 == 0 ? random() : random() % 513 * 8);
    Published record;
    std::uint64_t read = 0;
    try {
      while (engine.link.peek(record)) {
        engine.link.consume();
        read += record.header.bytes;
        REQUIRE(read <= 4096);
      }
    } catch (const HostileWorker&) {
      continue;
    }
    REQUIRE(read == worker.map.page().out_tail.load());
  }
}

TEST_CASE("region: an inbox position where nothing is, or that goes back, is refused") {
  EngineSide engine(4096);
  RawWorker worker(engine);
  engine.push({std::string(900, 'x')});
  const auto room = [&] { return engine.link.has_room(4096); };

  worker.map.page().in_head.store(worker.map.page().in_tail.load() + 8);
  CHECK_THROWS_AS(static_cast<void>(room()), HostileWorker);
  worker.map.page().in_head.store(UINT64_MAX);
  CHECK_THROWS_AS(static_cast<void>(room()), HostileWorker);
  worker.map.page().in_head.store(worker.map.page().in_tail.load());
  CHECK(room());
  worker.map.page().in_head.store(0);
  CHECK_THROWS_AS(static_cast<void>(engine.link.has_room(4096 + 1)), HostileWorker);
}

TEST_CASE("region: an inbox takes 31 unreleased packets, and as many bytes as its ring") {
  EngineSide engine(4096);
  RawWorker worker(engine);
  for (int i = 0; i < 31; ++i) engine.push({""});
  CHECK(!engine.link.has_room(record_bytes(0, 1, 0)));
  worker.map.page().in_head.store(worker.map.page().in_tail.load());
  CHECK(engine.link.has_room(4096));
  CHECK(!engine.link.has_room(4097));
}

TEST_CASE("region: an inbox that is full has room again byte by byte as the worker releases it") {
  EngineSide engine(4096);
  RawWorker worker(engine);
  const std::string item(1024 - sizeof(RecordHeader) - 8, 'x');
  for (int i = 0; i < 4; ++i) engine.push({item});
  CHECK(!engine.link.has_room(8));
  worker.map.page().in_head.store(1024);
  CHECK(engine.link.has_room(1024));
  CHECK(!engine.link.has_room(1032));
}

TEST_CASE("region: sequences are never 0, and revoking says what was claimed by then") {
  EngineSide engine(kLinkRing);
  RawWorker worker(engine);
  const std::uint32_t first = engine.push({"a", "b", "c"});
  const std::uint32_t second = engine.push({"d"});
  CHECK(first == 1);
  CHECK(second == 2);

  worker.map.page().slots[first].claim.fetch_add(1);
  CHECK(engine.link.revoke(first) == 1);
  CHECK(worker.map.page().slots[first].claim.fetch_add(1) == (kRevoked | 1));
  CHECK(engine.link.revoke(second) == 0);
}

TEST_CASE("region: the item in work is read as it was written, and rubbish names no item of a packet") {
  EngineSide engine(kLinkRing);
  RawWorker worker(engine);
  CHECK(engine.link.current().sequence == 0);

  worker.map.page().current.store(std::uint64_t{9} << 32 | 4);
  CHECK(engine.link.current().sequence == 9);
  CHECK(engine.link.current().index == 3);

  worker.map.page().current.store(std::uint64_t{9} << 32);
  CHECK(engine.link.current().index == UINT32_MAX);
}

TEST_CASE("region: a failure's text comes back cut to 4 KiB, its tail of stderr from the end") {
  ItemFailure failure;
  failure.error = std::string(5000, 'e');
  failure.stderr_tail = "first" + std::string(5000, 's') + "last";
  failure.permanent = true;
  failure.exit = 100;
  failure.signal = 9;
  failure.pid = 4242;

  const auto back = decode_failure(encode_failure(failure));

  REQUIRE(back.has_value());
  CHECK(back->error.size() == kStderrTail);
  CHECK(back->stderr_tail.size() == kStderrTail);
  CHECK(back->stderr_tail.ends_with("last"));
  CHECK(back->permanent);
  CHECK(back->exit == 100);
  CHECK(back->signal == 9);
  CHECK(back->pid == 4242);
}

TEST_CASE("region: bytes that are no encoded failure are told, whatever is cut or changed") {
  ItemFailure failure;
  failure.error = "error";
  failure.stderr_tail = "stderr";
  const std::string good = encode_failure(failure);
  for (std::size_t size = 0; size < good.size(); ++size) CHECK(!decode_failure(std::string_view(good).substr(0, size)));
  CHECK(!decode_failure(good + "x"));
  for (std::uint32_t seed = 0; seed < 2000; ++seed) {
    Random random(seed);
    std::string bad = good;
    bad[random() % bad.size()] = static_cast<char>(random());
    static_cast<void>(decode_failure(bad));  // a value or none; nothing read outside (sanitizers look)
  }
}

TEST_CASE("region: ids and attempts come back in their order, and a cut tail gives empty ones") {
  std::string meta;
  append_meta(meta, "urls:17.2", 3);
  append_meta(meta, "", 1);
  append_meta(meta, "18", UINT32_MAX);
  std::string_view rest = meta;

  Meta first = take_meta(rest);
  CHECK(first.id == "urls:17.2");
  CHECK(first.attempt == 3);
  CHECK(take_meta(rest).id.empty());
  Meta last = take_meta(rest);
  CHECK(last.id == "18");
  CHECK(last.attempt == UINT32_MAX);
  CHECK(rest.empty());
  CHECK(take_meta(rest).attempt == 1);

  rest = std::string_view(meta).substr(0, 12);
  CHECK(take_meta(rest).id.empty());
}
