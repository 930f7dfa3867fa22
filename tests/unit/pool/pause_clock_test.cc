// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <memory>

#include "engine/pool/slot.h"
#include "tests/support/region_support.h"

using namespace pooltop;
using namespace pooltop::testing;

namespace {

constexpr Nanos kBegin = 100 * kSecond;

/// A slot whose worker says what it works on.
struct Worker {
  Worker() : slot(std::make_unique<Slot>()) {
    slot->link = std::make_unique<Link>(64 << 10, "", false);
    slot->phase = SlotPhase::Live;
    slot->started = kBegin;
    map = std::make_unique<RegionMap>(RegionMap::attach(slot->link->region_fd()));
  }
  void begins(std::uint32_t item, Nanos at) const {
    map->page().item_started.store(at);
    map->page().current.store(std::uint64_t{7} << 32 | item);
  }
  std::unique_ptr<Slot> slot;
  std::unique_ptr<RegionMap> map;
};

}  // namespace

TEST_CASE("pool: however short the pauses, none of their time is the item's") {
  const Worker worker;
  worker.begins(1, kBegin);
  Nanos now = kBegin;
  for (int i = 0; i < 1000; ++i) {
    now += kMillisecond;
    worker.slot->stand(now);
    now += 3 * kMillisecond;
    worker.slot->go_on(now);
  }
  CHECK(worker.slot->item_elapsed(now) == kSecond);
}

TEST_CASE("pool: while a worker stands, its item's time does too") {
  const Worker worker;
  worker.begins(1, kBegin);
  worker.slot->stand(kBegin + kSecond);
  CHECK(worker.slot->item_elapsed(kBegin + 5 * kSecond) == kSecond);
  CHECK(worker.slot->item_elapsed(kBegin + 50 * kSecond) == kSecond);
  worker.slot->go_on(kBegin + 50 * kSecond);
  CHECK(worker.slot->item_elapsed(kBegin + 51 * kSecond) == 2 * kSecond);
}

TEST_CASE("pool: a pause that is told twice counts once") {
  const Worker worker;
  worker.begins(1, kBegin);
  worker.slot->stand(kBegin + kSecond);
  worker.slot->stand(kBegin + 2 * kSecond);
  worker.slot->go_on(kBegin + 3 * kSecond);
  worker.slot->go_on(kBegin + 4 * kSecond);
  CHECK(worker.slot->item_elapsed(kBegin + 5 * kSecond) == 3 * kSecond);
}

TEST_CASE("pool: the pauses of one item are not those of the next") {
  const Worker worker;
  worker.begins(1, kBegin);
  worker.slot->stand(kBegin + kSecond);
  worker.slot->go_on(kBegin + 10 * kSecond);
  worker.begins(2, kBegin + 11 * kSecond);
  worker.slot->stand(kBegin + 12 * kSecond);
  worker.slot->go_on(kBegin + 14 * kSecond);
  CHECK(worker.slot->item_elapsed(kBegin + 15 * kSecond) == 2 * kSecond);
}
