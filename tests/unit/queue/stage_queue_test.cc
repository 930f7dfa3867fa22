// SPDX-License-Identifier: MIT
#include "engine/queue/stage_queue.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <deque>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/support/must.h"
#include "tests/support/random.h"

using namespace pooltop;
using namespace pooltop::testing;

namespace {

/// What a test knows of an item: its id with its try, and its bytes.
struct Known {
  std::uint32_t source = 0;
  std::string id;
  std::uint32_t attempt = 1;
  std::string bytes;
  bool operator==(const Known&) const = default;
};

Known known(const Packet& packet, std::size_t i) {
  const ItemRef ref = packet.ref(i);
  return {packet.source, id_text("", ref), ref.attempt(), std::string(packet.bytes(i))};
}

std::vector<Known> known(const Packet& packet) {
  std::vector<Known> out;
  for (std::size_t i = 0; i < packet.count(); ++i) out.push_back(known(packet, i));
  return out;
}

/// Items to put, with the memory that the run points to.
struct Batch {
  std::uint32_t source = 0;
  std::uint64_t first = 0;
  std::vector<ItemRef> refs;
  std::string data;
  std::vector<std::uint32_t> lengths;

  Batch& add(std::string_view bytes) {
    data += bytes;
    lengths.push_back(static_cast<std::uint32_t>(bytes.size()));
    return *this;
  }
  [[nodiscard]] ItemRun run() const { return {source, first, refs, data, lengths}; }
};

Batch consecutive(std::uint64_t first, std::size_t count, std::uint32_t source = 0) {
  Batch batch{source, first, {}, {}, {}};
  for (std::size_t i = 0; i < count; ++i) batch.add(std::to_string(first + i));
  return batch;
}

std::vector<std::size_t> packet_sizes(const StageQueue& queue) {
  std::vector<std::size_t> sizes;
  for (const auto& packet : queue.packets()) sizes.push_back(packet->count());
  return sizes;
}

}  // namespace

TEST_CASE(
    "queue: an id is the ordinal and the output indexes behind it, and the source's name where there are several") {
  ItemRef item(17);
  CHECK(id_text("", item) == "17");
  CHECK(id_text("urls", item) == "urls:17");
  item.more().path = {2, 0};
  CHECK(id_text("urls", item) == "urls:17.2.0");
  CHECK(item.attempt() == 1);
  item.more().failures = 2;
  item.more().crashes = 1;
  CHECK(item.attempt() == 4);
}

TEST_CASE("queue: an item's tries stay behind when it goes to the next stage, its path does not") {
  ItemRef item(3);
  item.more().path = {1};
  item.more().failures = 2;
  item.more().attempts.resize(2);

  const ItemRef copy = item.clone();
  const ItemRef next = item.without_history();

  CHECK(copy.attempt() == 3);
  CHECK(copy.extra->attempts.size() == 2);
  CHECK(id_text("", next) == "3.1");
  CHECK(next.attempt() == 1);
  CHECK(ItemRef(3).without_history().extra == nullptr);
  item.extra->path.clear();
  CHECK(item.without_history().extra == nullptr);
}

TEST_CASE("queue: items that arrive one at a time travel in one packet, up to its limits") {
  StageQueue queue;
  queue.set_packet_limits(10, 64 << 10);
  for (std::uint64_t i = 0; i < 25; ++i) queue.put(consecutive(i, 1).run(), 100 + static_cast<Nanos>(i));

  CHECK(packet_sizes(queue) == std::vector<std::size_t>{10, 10, 5});
  CHECK(queue.depth() == 25);
  CHECK(queue.oldest() == 100);
  CHECK(queue.packets().front()->refs.empty());
  CHECK(queue.packets()[1]->first == 10);
}

TEST_CASE("queue: packets keep to their bytes, and one item larger than that is a packet of its own") {
  StageQueue queue;
  queue.set_packet_limits(1000, 100);
  Batch batch{0, 0, {}, {}, {}};
  for (const std::size_t size : {60u, 40u, 1u, 500u, 99u, 1u, 1u}) batch.add(std::string(size, 'x'));

  queue.put(batch.run(), 1);

  CHECK(packet_sizes(queue) == std::vector<std::size_t>{2, 1, 1, 2, 1});
  CHECK(queue.bytes() == 702);
  CHECK(queue.first_item_bytes() == 60);
}

TEST_CASE("queue: a hundred thousand answers to one item become packets within the limits, in order") {
  StageQueue queue;
  queue.set_packet_limits(1024, 64 << 10);
  Batch batch{0, 5, {}, {}, {}};
  for (std::uint32_t i = 0; i < 100'000; ++i) {
    batch.add(std::to_string(i));
    batch.refs.emplace_back(5).more().path = {i};
  }
  queue.put(batch.run(), 1);

  std::uint32_t next = 0;
  while (auto packet = queue.lease(4096)) {
    REQUIRE(packet->count() <= 1024);
    for (std::size_t i = 0; i < packet->count(); ++i, ++next) {
      REQUIRE(packet->bytes(i) == std::to_string(next));
      REQUIRE(packet->refs[i].extra->path.front() == next);
    }
  }
  CHECK(next == 100'000);
  CHECK(queue.high_water() == 100'000);
}

TEST_CASE("queue: few items that do not follow join a packet, an entry each; many begin one of their own") {
  StageQueue queue;
  queue.put(consecutive(0, 5).run(), 1);
  queue.put(consecutive(9, 3).run(), 1);
  CHECK(packet_sizes(queue) == std::vector<std::size_t>{8});
  CHECK(id_text("", queue.packets().front()->ref(5)) == "9");

  StageQueue other;
  other.put(consecutive(0, 40).run(), 1);
  other.put(consecutive(90, 40).run(), 1);
  CHECK(packet_sizes(other) == std::vector<std::size_t>{40, 40});
  CHECK(other.packets().back()->refs.empty());
}

TEST_CASE("queue: a packet holds items of one source") {
  StageQueue queue;
  queue.put(consecutive(0, 2, 0).run(), 1);
  queue.put(consecutive(0, 2, 3).run(), 1);
  queue.put(consecutive(2, 2, 0).run(), 1);
  CHECK(packet_sizes(queue) == std::vector<std::size_t>{2, 2, 2});
  CHECK(queue.packets()[1]->source == 3);
}

TEST_CASE("queue: what is put back comes first, alone, and takes in nothing more") {
  StageQueue queue;
  auto suspect = std::make_unique<Packet>();
  suspect->first = 7;
  suspect->data = "seven";
  suspect->lengths = {5};
  queue.put_front(std::move(suspect));
  queue.put(consecutive(8, 2).run(), 1);
  queue.put_front(nullptr);
  queue.put_front(std::make_unique<Packet>());

  CHECK(packet_sizes(queue) == std::vector<std::size_t>{1, 2});
  auto first = queue.lease(100);
  CHECK(known(*first) == std::vector<Known>{{0, "7", 1, "seven"}});
  CHECK(queue.lease(100)->count() == 2);
  CHECK(queue.lease(100) == nullptr);
  CHECK(queue.is_empty());
  CHECK(queue.oldest() == 0);
}

TEST_CASE("queue: a lease smaller than the packet leaves its rest in front") {
  StageQueue queue;
  Batch batch = consecutive(0, 6);
  for (std::uint64_t i = 0; i < 6; ++i) batch.refs.emplace_back(i).more().path = {static_cast<std::uint32_t>(i * 10)};
  queue.put(batch.run(), 5);

  auto two = queue.lease(2);
  auto none_is_one = queue.lease(0);

  CHECK(known(*two) == std::vector<Known>{{0, "0.0", 1, "0"}, {0, "1.10", 1, "1"}});
  CHECK(two->queued_at == 5);
  CHECK(known(*none_is_one) == std::vector<Known>{{0, "2.20", 1, "2"}});
  CHECK(queue.depth() == 3);
  CHECK(queue.bytes() == 3);
  CHECK(known(*queue.lease(9)).back() == Known{0, "5.50", 1, "5"});
}

TEST_CASE("queue: memory that is given back comes again clean") {
  StageQueue queue;
  Batch batch = consecutive(4, 3, 2);
  batch.refs.resize(3);
  queue.put(batch.run(), 5);
  auto packet = queue.lease(10);
  packet->is_closed = true;
  queue.recycle(std::move(packet));
  queue.recycle(nullptr);

  queue.put(consecutive(100, 2).run(), 6);
  queue.put(consecutive(102, 1).run(), 7);

  CHECK(packet_sizes(queue) == std::vector<std::size_t>{3});
  CHECK(known(*queue.lease(10)) ==
        std::vector<Known>{{0, "100", 1, "100"}, {0, "101", 1, "101"}, {0, "102", 1, "102"}});
}

TEST_CASE("queue: its high water is the most that it held, whatever way it came in") {
  StageQueue queue;
  queue.put(consecutive(0, 7).run(), 1);
  auto packet = queue.lease(5);
  CHECK(queue.high_water() == 7);
  queue.put(consecutive(7, 4).run(), 1);
  queue.put_front(std::move(packet));
  CHECK(queue.depth() == 11);
  CHECK(queue.high_water() == 11);
}

TEST_CASE("queue: whatever is put, leased, cut and put back, it is a deque of items, from any seed") {
  for (std::uint32_t seed = 0; seed < kSeeds; ++seed) {
    CAPTURE(seed);
    Random random(seed);
    StageQueue queue;
    const std::uint32_t max_items = 1 + random() % 50;
    const std::uint32_t max_bytes = 1 + random() % 200;
    queue.set_packet_limits(max_items, max_bytes);
    std::deque<Known> model;
    std::vector<std::unique_ptr<Packet>> out;
    std::uint64_t ordinal = 0;
    std::uint64_t high_water = 0;
    for (int step = 0; step < 120; ++step) {
      switch (random() % 5) {
        case 0:
        case 1: {
          Batch batch{random() % 4 == 0, ordinal += random() % 3, {}, {}, {}};
          const bool has_refs = random() % 3 == 0;
          for (std::uint32_t count = random() % 60; count > 0; --count, ++ordinal) {
            ItemRef ref(ordinal);
            if (has_refs && random() % 2 == 0) ref.more().path = {static_cast<std::uint32_t>(random() % 5)};
            if (has_refs && random() % 4 == 0) ref.more().crashes = random() % 3;
            const std::string bytes(random() % 4 == 0 ? random() % 300 : random() % 5,
                                    static_cast<char>('a' + random() % 26));
            model.push_back({batch.source, id_text("", ref), ref.attempt(), bytes});
            batch.add(bytes);
            if (has_refs) batch.refs.push_back(std::move(ref));
          }
          queue.put(batch.run(), step + 1);
          break;
        }
        case 2:
        case 3: {
          const std::uint32_t want = random() % 40;
          auto packet = queue.lease(want);
          MUST((packet == nullptr) == model.empty());
          if (!packet) break;
          MUST(packet->count() >= 1);
          MUST(packet->count() <= std::max(want, 1u));
          MUST((packet->count() == 1 || packet->data.size() <= max_bytes));
          MUST((packet->refs.empty() || packet->refs.size() == packet->count()));
          for (std::size_t i = 0; i < packet->count(); ++i) {
            MUST(known(*packet, i) == model.front());
            model.pop_front();
          }
          if (random() % 2 == 0)
            queue.recycle(std::move(packet));
          else
            out.push_back(std::move(packet));
          break;
        }
        default: {
          if (out.empty()) break;
          auto packet = std::move(out.back());
          out.pop_back();
          const std::size_t from = random() % packet->count();
          auto rest = packet->cut(from, packet->count());
          for (std::size_t i = rest->count(); i-- > 0;) model.push_front(known(*rest, i));
          queue.put_front(std::move(rest));
        }
      }
      high_water = std::max<std::uint64_t>(high_water, model.size());
      std::uint64_t bytes = 0;
      for (const Known& item : model) bytes += item.bytes.size();
      MUST(queue.depth() == model.size());
      MUST(queue.bytes() == bytes);
      MUST(queue.high_water() == high_water);
      MUST(queue.is_empty() == model.empty());
      if (!model.empty()) MUST(queue.first_item_bytes() == model.front().bytes.size());
      for (const auto& packet : queue.packets()) MUST(packet->count() <= max_items);
    }
  }
}

TEST_CASE("queue: a text is an item's id only if id_text() writes it") {
  for (const char* text : {"0", "17", "17.2.0", "18446744073709551615", "3.4294967295"}) {
    CAPTURE(text);
    const auto item = item_of_text(text);
    REQUIRE(item.has_value());
    CHECK(id_text("", *item) == text);
  }
  for (const char* text : {"", "x", "17x", "17.", "17..2", ".2", "-1", "+1", " 1", "017", "1.02", "18446744073709551616",
                           "3.4294967296", "1 2"}) {
    CAPTURE(text);
    CHECK_FALSE(item_of_text(text).has_value());
  }
}

TEST_CASE("queue: an item is found in its packet by ordinal and path, whatever its tries") {
  Packet plain;
  plain.first = 10;
  plain.lengths = {1, 1, 1};
  ItemRef other(11);
  other.more().path = {0};
  ItemRef tried(11);
  tried.more().failures = 2;

  CHECK(plain.find(ItemRef(12)) == 2u);
  CHECK(plain.find(tried) == 1u);
  CHECK_FALSE(plain.find(ItemRef(9)).has_value());
  CHECK_FALSE(plain.find(ItemRef(13)).has_value());
  CHECK_FALSE(plain.find(other).has_value());
  plain.itemize();
  plain.refs[1].more().path = {0};
  CHECK(plain.find(other) == 1u);
  CHECK_FALSE(plain.find(ItemRef(11)).has_value());
}

TEST_CASE("queue: one item is taken out wherever it stands, and the others keep their order") {
  for (std::uint64_t wanted = 0; wanted < 12; ++wanted) {
    CAPTURE(wanted);
    StageQueue queue;
    queue.set_packet_limits(5, 1000);
    for (std::uint64_t i = 0; i < 12; ++i) queue.put(consecutive(i, 1).run(), 100);
    queue.put_front(queue.lease(3));
    const std::uint64_t bytes = queue.bytes();

    const auto one = queue.take(0, ItemRef(wanted));

    REQUIRE(one != nullptr);
    CHECK(known(*one) == std::vector<Known>{{0, std::to_string(wanted), 1, std::to_string(wanted)}});
    CHECK(queue.depth() == 11);
    CHECK(queue.bytes() == bytes - one->data.size());
    CHECK(queue.take(0, ItemRef(wanted)) == nullptr);
    CHECK(queue.take(1, ItemRef(0)) == nullptr);
    std::vector<std::string> left;
    while (const auto packet = queue.lease(100))
      for (const Known& item : known(*packet)) left.push_back(item.id);
    std::vector<std::string> expected;
    for (std::uint64_t i = 0; i < 12; ++i)
      if (i != wanted) expected.push_back(std::to_string(i));
    CHECK(left == expected);
  }
}
