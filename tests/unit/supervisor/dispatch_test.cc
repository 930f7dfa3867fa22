// SPDX-License-Identifier: MIT
//
// Dispatch against workers that write rubbish where the engine looks for room and claims: they end, the engine does
// not, and what they held stays in the books.
#include "engine/supervisor/dispatch.h"

#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <vector>

#include "tests/support/region_support.h"
#include "tests/unit/pipeline/graphs.h"

using namespace pooltop;
using namespace pooltop::testing;

namespace {

EngineOptions two_workers() {
  EngineOptions options;
  options.config.stages = {source("in"), work("work", {"in"}, 1000, 2), sink("out", {"work"}, 10'000)};
  return options;
}

/// A run whose stage "work" has slots with regions and no processes.
struct Bench {
  explicit Bench(EngineOptions options = two_workers(), std::uint64_t ring_bytes = 64 << 10)
      : run(std::move(options)), dispatch(run) {
    add_slots(run.pipeline);
    for (const auto& slot : stage().slots) {
      slot->link = std::make_unique<Link>(ring_bytes, "", false);
      slot->wake = make_eventfd();
      slot->phase = SlotPhase::Live;
      pages.push_back(std::make_unique<RegionMap>(RegionMap::attach(slot->link->region_fd())));
      dispatch.list_if_able(*slot);
    }
  }
  Stage& stage() { return *run.pipeline.find("work"); }
  Slot& slot(std::size_t i) { return *stage().slots[i]; }
  void admit(std::uint64_t count, std::uint32_t bytes = 1) {
    const std::string data(count * bytes, 'x');
    const std::vector<std::uint32_t> lengths(count, bytes);
    run.pipeline.admit(*run.pipeline.find("in"), ItemRun{0, 0, {}, data, lengths}, 1);
  }
  [[nodiscard]] std::uint64_t in_books() { return stage().queue.depth() + stage().in_flight(); }

  Run run;
  Dispatch dispatch;
  std::vector<std::unique_ptr<RegionMap>> pages;
};

}  // namespace

TEST_CASE("supervisor: a worker whose inbox position makes no sense is told apart, and its item goes to another") {
  Bench bench;
  bench.pages[0]->page().in_head.store(UINT64_MAX);
  for (int i = 0; i < 31; ++i)
    static_cast<void>(bench.slot(0).link->push_packet("x", std::vector<std::uint32_t>{1}, ""));
  bench.admit(3);

  CHECK(bench.dispatch.hand_out(bench.stage()));

  CHECK(!bench.slot(0).hostile.empty());
  CHECK(bench.slot(0).is_hot);  // the loop will end it
  CHECK(bench.slot(0).flights.is_empty());
  CHECK(bench.slot(1).flights.items() == 1);
  CHECK(bench.in_books() == 3);
  bench.dispatch.list_if_able(bench.slot(0));
  CHECK(!bench.slot(0).is_listed);
}

TEST_CASE("supervisor: a worker that claims less than it answered keeps what it was handed until it is dead") {
  Bench bench;
  bench.stage().pace.record(0, 1);
  bench.admit(20);
  bench.dispatch.hand_out(bench.stage());
  Slot& slot = bench.slot(0);
  REQUIRE(slot.flights.packets() >= 2);
  // The first packet is as it should be; the second was answered and never claimed.
  const std::uint32_t second = slot.flights.oldest().sequence + 1;
  static_cast<void>(slot.flights.settle(*slot.flights.find(second), 1));
  const std::uint64_t before = bench.in_books();

  bench.dispatch.take_back(slot);

  CHECK(!slot.hostile.empty());
  CHECK(bench.in_books() == before);
  CHECK(slot.flights.reclaim({}).packets.size() >= 2);
}

TEST_CASE("supervisor: what a worker has not claimed is taken back to the front, in order") {
  Bench bench;
  bench.stage().pace.record(0, 1);
  bench.admit(20);
  bench.dispatch.hand_out(bench.stage());
  const std::uint64_t held = bench.slot(0).flights.items();
  REQUIRE(held > 1);
  const std::uint32_t first = bench.slot(0).flights.oldest().sequence;
  bench.pages[0]->page().slots[first % kPacketSlots].claim.store(1);

  bench.dispatch.take_back(bench.slot(0));

  CHECK(bench.slot(0).flights.items() == 1);
  CHECK(bench.in_books() == 20);
  std::uint64_t last = 0;
  for (const auto& packet : bench.stage().queue.packets())
    for (std::size_t i = 0; i < packet->count(); ++i) {
      CHECK(packet->ordinal(i) >= last);
      last = packet->ordinal(i);
    }
}

TEST_CASE("supervisor: however far a worker may be sent ahead, no claim word serves two packets that are out") {
  EngineOptions options = two_workers();
  WorkerWork json;
  json.argv = {"child"};
  json.protocol = WorkerProtocol::Json;
  json.window = 1000;
  options.config.stages[1].work = json;
  options.config.stages[1].workers = 1;
  Bench bench(std::move(options));
  bench.admit(200);
  Slot& slot = bench.slot(0);

  // The worker is quick: it has released all; what it answered waits in its outbox, unread.
  for (int pass = 0; pass < 100; ++pass) {
    bench.pages[0]->page().in_head.store(bench.pages[0]->page().in_tail.load());
    bench.dispatch.list_if_able(slot);
    bench.dispatch.hand_out(bench.stage());
  }

  CHECK(slot.flights.packets() == kPacketSlots - 1);
}

TEST_CASE("supervisor: an item larger than a record goes in parts, and comes back whole when its worker dies") {
  Bench bench(two_workers(), 4096);
  bench.admit(1, 10'000);
  bench.dispatch.hand_out(bench.stage());
  Slot& slot = bench.slot(0);
  REQUIRE(slot.outgoing != nullptr);
  CHECK(bench.in_books() == 1);
  CHECK(!bench.dispatch.continue_outgoing(slot));

  int passes = 0;
  while (slot.outgoing) {
    bench.pages[0]->page().in_head.store(bench.pages[0]->page().in_tail.load());
    REQUIRE(bench.dispatch.continue_outgoing(slot));
    REQUIRE(++passes < 20);
  }
  CHECK(slot.flights.items() == 1);
  CHECK(bench.in_books() == 1);
  auto back = slot.flights.reclaim({});
  CHECK(back.packets.front()->data.size() == 10'000);
}

TEST_CASE("supervisor: a stage that may begin nothing for another reason does not wait for its rate") {
  EngineOptions options = two_workers();
  options.config.stages[1].rate_per_s = 10;
  options.config.stages[2].capacity = 3;
  Bench bench(std::move(options));
  bench.admit(100);
  bench.dispatch.hand_out(bench.stage());
  REQUIRE(bench.stage().rate.available(bench.run.now) == 0);
  CHECK(bench.dispatch.next_start(bench.stage()) > bench.run.now);

  SUBCASE("it is paused") { bench.stage().is_paused = true; }
  SUBCASE("the run is paused") { bench.run.is_paused = true; }
  SUBCASE("there is no room for the journal") { bench.run.waits_for_journal = true; }
  SUBCASE("there is no room behind it") {
    const std::string data = "xyz";
    const std::vector<std::uint32_t> lengths(3, 1);
    bench.run.pipeline.pass_on(bench.stage(), ItemRun{0, 0, {}, data, lengths}, 1);
    REQUIRE(bench.run.pipeline.room_behind(bench.stage()) == 0);
  }
  CHECK(bench.dispatch.next_start(bench.stage()) == 0);
}
