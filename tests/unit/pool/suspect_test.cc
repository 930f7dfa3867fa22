// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <memory>

#include "engine/pool/slot.h"
#include "tests/support/region_support.h"

using namespace pooltop;
using namespace pooltop::testing;

namespace {

/// A slot whose worker holds items 0 to 3, and answered the first.
struct Held {
  Slot slot;
  std::unique_ptr<RegionMap> worker;
  Held() {
    slot.link = std::make_unique<Link>(std::uint64_t{64} << 10, "", false);
    worker = std::make_unique<RegionMap>(RegionMap::attach(slot.link->region_fd()));
    auto packet = std::make_unique<Packet>();
    packet->data = "abcd";
    packet->lengths = {1, 1, 1, 1};
    const std::uint32_t sequence = slot.link->push_packet(packet->data, packet->lengths, "");
    slot.handed = 4;
    Flight& flight = slot.flights.add(sequence, std::move(packet));
    static_cast<void>(slot.flights.settle(flight, 1));
  }
  void says(std::uint32_t sequence, std::uint32_t index) {
    worker->page().current.store(std::uint64_t{sequence} << 32 | (index + 1));
  }
};

}  // namespace

TEST_CASE("pool: the item that a worker says is in work is charged with its death, and none if it says none") {
  Held held;
  CHECK(held.slot.answered() == 1);
  CHECK(held.slot.suspect().sequence == 0);

  held.says(1, 2);

  CHECK(held.slot.suspect().sequence == 1);
  CHECK(held.slot.suspect().index == 2);
}

TEST_CASE(
    "pool: a worker that spoiled its region, or fell silent, is charged its oldest item if it names none that it has") {
  for (const bool is_hostile : {true, false}) {
    Held held;
    if (is_hostile)
      held.slot.hostile = "it wrote nonsense";
    else
      held.slot.silent_at = held.slot.answered();
    CHECK(held.slot.suspect().sequence == 1);
    CHECK(held.slot.suspect().index == 1);
    held.says(1, 0);  // answered
    CHECK(held.slot.suspect().index == 1);
    held.says(7, 0);  // never handed
    CHECK(held.slot.suspect().index == 1);
    held.says(1, 3);
    CHECK(held.slot.suspect().index == 3);
  }
}

TEST_CASE("pool: a worker that answered after it was taken for silent charges nothing that it does not name") {
  Held held;
  held.slot.silent_at = held.slot.answered();

  static_cast<void>(held.slot.flights.settle(*held.slot.flights.find(1), 1));

  CHECK(held.slot.suspect().sequence == 0);
}
