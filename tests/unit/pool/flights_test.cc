// SPDX-License-Identifier: MIT
#include "engine/pool/flights.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <map>
#include <string>
#include <vector>

#include "engine/pool/slot.h"
#include "tests/support/random.h"
#include "tests/support/region_support.h"

using namespace pooltop;
using namespace pooltop::testing;

namespace {

std::unique_ptr<Packet> packet_of(std::uint64_t first, std::size_t count, bool with_refs = false) {
  auto packet = std::make_unique<Packet>();
  packet->first = first;
  for (std::size_t i = 0; i < count; ++i) {
    const std::string text = std::to_string(first + i);
    packet->data += text;
    packet->lengths.push_back(static_cast<std::uint32_t>(text.size()));
    if (!with_refs) continue;
    packet->refs.emplace_back(first + i).more().crashes = static_cast<std::uint32_t>(i);
  }
  return packet;
}

std::vector<std::uint64_t> ordinals(const Packet& packet) {
  std::vector<std::uint64_t> out;
  for (std::size_t i = 0; i < packet.count(); ++i) {
    out.push_back(packet.ordinal(i));
    CHECK(packet.bytes(i) == std::to_string(out.back()));
  }
  return out;
}

std::vector<std::vector<std::uint64_t>> ordinals(const std::vector<std::unique_ptr<Packet>>& packets) {
  std::vector<std::vector<std::uint64_t>> out;
  for (const auto& packet : packets) out.push_back(ordinals(*packet));
  return out;
}

using Groups = std::vector<std::vector<std::uint64_t>>;

/// An engine that hands packets over, with its books.
struct Handed {
  EngineSide engine;
  Flights flights;
  std::uint32_t hand(std::uint64_t first, std::size_t count) {
    auto packet = packet_of(first, count);
    REQUIRE(engine.link.has_room(record_bytes(packet->data.size(), count, 0)));
    const std::uint32_t sequence = engine.link.push_packet(packet->data, packet->lengths, {});
    engine.link.wake(engine.wake.get());
    flights.add(sequence, std::move(packet));
    return sequence;
  }
};

}  // namespace

TEST_CASE("pool: a flight is over, and its packet free again, with its last answer") {
  Flights flights;
  flights.add(4, packet_of(10, 3));
  flights.add(5, packet_of(13, 2));
  CHECK(flights.items() == 5);
  CHECK(flights.packets() == 2);
  CHECK(flights.find(6) == nullptr);

  CHECK(flights.settle(*flights.find(4), 2) == nullptr);
  CHECK(flights.items() == 3);
  CHECK(flights.find(4)->open() == 1);
  const auto packet = flights.settle(*flights.find(4), 1);

  REQUIRE(packet != nullptr);
  CHECK(ordinals(*packet) == std::vector<std::uint64_t>{10, 11, 12});
  CHECK(flights.find(4) == nullptr);
  CHECK(flights.oldest().sequence == 5);
  CHECK(!flights.is_empty());
}

TEST_CASE("pool: a dead worker's items come back in order, the one in work alone, for every position of it") {
  // 8 items: [0, 2) answered, the packet behind it untouched.
  for (std::uint32_t index = 0; index < 8; ++index) {
    CAPTURE(index);
    Flights flights;
    Flight& flight = flights.add(1, packet_of(0, 8, true));
    flights.add(2, packet_of(8, 3));
    static_cast<void>(flights.settle(flight, 2));

    auto back = flights.reclaim({1, index});

    Groups wanted;
    std::optional<std::size_t> suspect;
    std::vector<std::uint64_t> group;
    for (std::uint64_t i = 2; i < 8; ++i) {
      if (i == index) {
        if (!group.empty()) wanted.push_back(group);
        suspect = wanted.size();
        wanted.push_back({i});
        group.clear();
      } else {
        group.push_back(i);
      }
    }
    if (!group.empty()) wanted.push_back(group);
    wanted.push_back({8, 9, 10});
    CHECK(ordinals(back.packets) == wanted);
    CHECK(back.suspect == suspect);
    if (suspect) CHECK(back.packets[*suspect]->refs.front().extra->crashes == index);
    CHECK(flights.is_empty());
    CHECK(flights.items() == 0);
  }
}

TEST_CASE("pool: an item in work that was answered, was taken back, or never was, charges nobody") {
  const std::vector<Link::Current> currents = {{0, 0},          {1, 0}, {1, 6},         {1, 7},
                                               {1, UINT32_MAX}, {2, 0}, {UINT32_MAX, 3}};
  for (const Link::Current current : currents) {
    CAPTURE(current.sequence);
    CAPTURE(current.index);
    Handed handed;
    handed.hand(0, 8);
    RawWorker worker(handed.engine);
    worker.map.page().slots[1].claim.store(6);
    REQUIRE(ordinals(handed.flights.revoke(handed.engine.link)) == Groups{{6, 7}});
    static_cast<void>(handed.flights.settle(*handed.flights.find(1), 1));

    auto back = handed.flights.reclaim(current);

    CHECK(!back.suspect.has_value());
    CHECK(ordinals(back.packets) == Groups{{1, 2, 3, 4, 5}});
  }
}

TEST_CASE("pool: what was not claimed comes back in order, once") {
  Handed handed;
  const std::uint32_t first = handed.hand(0, 4);
  handed.hand(4, 4);
  handed.hand(8, 4);
  RawWorker worker(handed.engine);
  worker.map.page().slots[first].claim.store(4);
  worker.map.page().slots[first + 1].claim.store(1);

  CHECK(ordinals(handed.flights.revoke(handed.engine.link)) == Groups{{5, 6, 7}, {8, 9, 10, 11}});
  CHECK(handed.flights.items() == 5);
  CHECK(handed.flights.packets() == 2);  // nothing of the third is out
  CHECK(handed.flights.revoke(handed.engine.link).empty());
  // The worker looks once more, and finds that the rest is not its own.
  worker.map.page().slots[first + 1].claim.fetch_add(1);
  CHECK(handed.flights.revoke(handed.engine.link).empty());
  CHECK(handed.flights.settle(*handed.flights.find(first + 1), 1) != nullptr);
}

TEST_CASE("pool: a worker that answered more than it claimed is refused") {
  Handed handed;
  const std::uint32_t sequence = handed.hand(0, 4);
  static_cast<void>(handed.flights.settle(*handed.flights.find(sequence), 2));
  CHECK_THROWS_AS(static_cast<void>(handed.flights.revoke(handed.engine.link)), HostileWorker);
}

TEST_CASE("pool: a slot whose process is forgotten keeps its history and nothing of the process") {
  Slot slot;
  slot.pid = 4242;
  slot.done = 7;
  slot.restarts = 2;
  slot.is_blocked = slot.end_sent = slot.ended = slot.is_stopped_by_other = true;
  slot.is_stopped = true;
  slot.leaving = Leaving::Restart;
  slot.kill_cause = KillCause::Timeout;
  slot.held.sequence = 3;
  slot.accepted = 5;

  slot.forget_process();

  CHECK(slot.pid == 0);
  CHECK(slot.done == 7);
  CHECK(slot.done_before == 7);
  CHECK(slot.restarts == 2);
  CHECK(slot.is_stopped);  // a paused slot's next worker is paused too
  CHECK(!slot.is_stopped_by_other);
  CHECK(slot.leaving == Leaving::No);
  CHECK(slot.kill_cause == KillCause::None);
  CHECK(slot.held.sequence == 0);
  CHECK(slot.accepted == 0);
  CHECK(!slot.end_sent);
}

TEST_CASE("pool: answered, in work, given back: whatever happens in any order adds up, with 2,000 seeds") {
  for (std::uint32_t seed = 0; seed < 2000; ++seed) {
    CAPTURE(seed);
    Random random(seed);
    Handed handed;
    RawWorker worker(handed.engine);
    struct Held {
      std::uint64_t first;
      std::uint32_t count, claimed, answered, effective;
    };
    std::map<std::uint32_t, Held> model;
    std::uint64_t next = 0;
    std::vector<int> ended;  // times that an item was answered or came back, by ordinal
    for (int step = 0; step < 30; ++step) {
      const std::uint32_t what = random() % 5;
      if (what == 0 && model.size() < 20) {
        const std::uint32_t count = 1 + random() % 9;
        model[handed.hand(next, count)] = {next, count, 0, 0, count};
        next += count;
        ended.resize(next);
      } else if (what == 1 && random() % 3 == 0) {
        for (const auto& packet : handed.flights.revoke(handed.engine.link))
          for (const std::uint64_t ordinal : ordinals(*packet)) ++ended[ordinal];
        for (auto& [sequence, held] : model) held.effective = held.claimed;
      } else {
        for (auto& [sequence, held] : model) {
          if (random() % 2 == 0 && held.claimed < held.effective) {
            worker.map.page().slots[sequence % kPacketSlots].claim.fetch_add(1);
            ++held.claimed;
          }
          if (what > 2 && held.answered < held.claimed) {
            ++ended[held.first + held.answered++];
            static_cast<void>(handed.flights.settle(*handed.flights.find(sequence), 1));
          }
        }
        std::erase_if(model, [](const auto& entry) { return entry.second.answered == entry.second.count; });
      }
      std::uint64_t items = 0;
      for (const auto& [sequence, held] : model) items += held.effective - held.answered;
      REQUIRE(handed.flights.items() == items);
    }
    Link::Current current;
    if (!model.empty() && random() % 4 != 0) {
      const auto at = std::next(model.begin(), static_cast<std::ptrdiff_t>(random() % model.size()));
      current = {at->first, static_cast<std::uint32_t>(random() % at->second.count)};
    }
    const auto held = model.find(current.sequence);
    const bool is_charged =
        held != model.end() && current.index >= held->second.answered && current.index < held->second.effective;
    auto back = handed.flights.reclaim(current);
    REQUIRE(back.suspect.has_value() == is_charged);
    if (is_charged) REQUIRE(ordinals(*back.packets[*back.suspect]) == std::vector{held->second.first + current.index});
    std::uint64_t last = 0;
    for (const auto& packet : back.packets)
      for (const std::uint64_t ordinal : ordinals(*packet)) {
        REQUIRE(ordinal >= last);
        last = ordinal;
        ++ended[ordinal];
      }
    for (const int times : ended) REQUIRE(times == 1);
  }
}

TEST_CASE("pool: a worker killed at any instant leaves each item answered, or given back, once") {
  Random random(11);
  std::uint32_t charged = 0;
  std::uint32_t given_back = 0;
  int kills = 0;
  const Nanos until = monotonic_now() + 10 * kSecond;
  for (; kills < 400 && (kills < 20 || monotonic_now() < until); ++kills) {
    Handed handed;
    const bool in_batches = kills % 2 == 0;
    ForkedWorker worker(handed.engine, [&](Port& port) {
      WorkItem item;
      while (port.take(item)) {
        if (in_batches) port.open_batch();
        do {
          port.set_current(item);
          port.answer(item, item.bytes);
        } while (port.try_take(item) == Port::Take::Item);
        if (in_batches) port.close_batch();
      }
    });
    std::vector<int> ended;
    const auto collect = [&] {
      for (const Record& record : handed.engine.read()) {
        Flight* const flight = handed.flights.find(record.sequence);
        REQUIRE(flight != nullptr);
        REQUIRE(record.from == flight->answered);
        for (std::uint32_t i = 0; i < record.count; ++i) {
          const std::uint64_t ordinal = flight->packet->ordinal(flight->answered + i);
          REQUIRE(record.items[i] == std::to_string(ordinal));
          ++ended[ordinal];
        }
        static_cast<void>(handed.flights.settle(*flight, record.count));
      }
    };
    std::uint64_t next = 0;
    const std::uint64_t enough = random() % 20'000;
    while (next < enough) {
      const std::size_t count = 1 + random() % 100;
      ended.resize(next + count);
      if (handed.engine.link.has_room(record_bytes(8 * count, count, 0)) && handed.flights.packets() < 8) {
        handed.hand(next, count);
        next += count;
      }
      collect();
    }
    ended.resize(next);
    worker.kill();
    collect();
    auto back = handed.flights.reclaim(handed.engine.link.current());
    charged += back.suspect.has_value();
    for (const auto& packet : back.packets)
      for (const std::uint64_t ordinal : ordinals(*packet)) ++ended[ordinal], ++given_back;
    for (std::uint64_t i = 0; i < next; ++i) REQUIRE(ended[i] == 1);
  }
  MESSAGE(kills << " kills, " << charged << " with an item in work, " << given_back << " items given back");
}
