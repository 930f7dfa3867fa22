// SPDX-License-Identifier: MIT
//
// An engine and a worker as two threads at the same addresses, so that a build with -fsanitize=thread sees both; and
// positions and sequences that begin just before they are 0 again.
#include <doctest/doctest.h>

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "tests/support/must.h"
#include "tests/support/random.h"
#include "tests/support/region_support.h"

using namespace pooltop;
using namespace pooltop::testing;

namespace {

constexpr std::uint64_t kItems = 2'000'000;
constexpr std::uint64_t kFewItems = 100'000;  // on a machine, or in a build, that does no more within kEchoBudget
constexpr Nanos kEchoBudget = 8 * kSecond;
constexpr std::uint64_t kEchoRing = 64 << 10;
constexpr std::uint64_t kLargeEvery = 5003;

/// The n-th item: small, or larger than a record.
std::string item_of(std::uint64_t n) {
  std::string text = std::to_string(n);
  text.resize(n % kLargeEvery == kLargeEvery - 1 ? kEchoRing / 4 + n % 5000 : text.size() + n % 40, 'x');
  return text;
}

/// Answers with the items themselves, by turns one by one and many at once, and sleeps by turns in both ways.
void echo(Port& port) {
  Random random(1);
  WorkItem item;
  for (;;) {
    const bool is_batch = random() % 4 != 0;
    if (is_batch) port.open_batch();
    bool has_more = true;
    for (std::uint32_t left = random() % 300; has_more && left > 0; --left) {
      // Who polls gathers nothing: nobody would publish it.
      has_more = is_batch || random() % 2 == 0 ? port.take(item) : take_by_poll(port, item);
      if (!has_more) break;
      port.set_current(item);
      port.answer(item, item.bytes);
    }
    if (is_batch) port.close_batch();
    if (!has_more) break;
  }
  port.end();
}

class Reader {
 public:
  void take(const Record& record) {
    switch (record.kind) {
      case RecordKind::Answers:
        for (const std::string& item : record.items) expect(item);
        break;
      case RecordKind::Part:
        part_ += record.data;
        break;
      case RecordKind::Outputs:
        MUST((record.flags == kLast && record.count == 0));
        expect(part_);
        part_.clear();
        break;
      default:
        MUST(record.kind == RecordKind::End);
        has_ended = true;
    }
  }
  std::uint64_t answered = 0;
  bool has_ended = false;

 private:
  void expect(std::string_view item) {
    MUST(item == item_of(answered));
    ++answered;
  }
  std::string part_;
};

/// Packets of any size go in, now and then some of what was not claimed comes back and goes in again.
void feed(EngineSide& engine, Reader& reader) {
  const auto collect = [&] {
    for (const Record& record : engine.read()) reader.take(record);
  };
  const auto wait_for_room = [&](std::uint64_t record) {
    while (!engine.link.has_room(record)) {
      MUST(engine.sleep_until([&] { return engine.link.has_unread() || engine.link.has_room(record); }));
      collect();
    }
  };
  Random random(2);
  const Nanos until = monotonic_now() + kEchoBudget;
  std::uint64_t next = 0;
  while (next < kItems && (next < kFewItems || monotonic_now() < until)) {
    if (next % kLargeEvery == kLargeEvery - 1) {
      engine.push_large(item_of(next), [&] { wait_for_room(engine.link.max_record()); });
      ++next;
      continue;
    }
    std::vector<std::string> items;
    for (std::uint32_t left = 1 + random() % 200; left > 0 && (next + items.size()) % kLargeEvery != kLargeEvery - 1;
         --left)
      items.push_back(item_of(next + items.size()));
    wait_for_room(engine.link.max_record());
    const std::uint32_t sequence = engine.push(items);
    next += random() % 8 == 0 ? engine.link.revoke(sequence) : items.size();
    if (random() % 16 == 0)
      while (reader.answered < next) reader.take(engine.next());  // all of it: then both have lain down
  }
  engine.link.push_end();
  engine.link.wake(engine.wake.get());
  while (!reader.has_ended) reader.take(engine.next());
  CHECK(reader.answered == next);
  MESSAGE(next << " items");
}

void go_through_from(RegionBegin begin) {
  EngineSide engine(kEchoRing, false, "", begin);
  Port port = engine.port();
  std::thread worker([&] { echo(port); });
  Reader reader;
  feed(engine, reader);
  worker.join();
}

}  // namespace

TEST_CASE("port: millions of items, and large ones, go between two threads as they were") { go_through_from({}); }

TEST_CASE("port: items go through where positions become larger than 32 bits, and sequences begin at 1 again") {
  go_through_from({.position = (std::uint64_t{1} << 32) - (1 << 20), .sequence = UINT32_MAX - 500});
}

TEST_CASE("port: items go through where positions begin at 0 again") {
  go_through_from({.position = 0 - (std::uint64_t{1} << 20), .sequence = UINT32_MAX - 40});
}
