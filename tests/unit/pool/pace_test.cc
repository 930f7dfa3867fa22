// SPDX-License-Identifier: MIT
#include "engine/pool/pace.h"

#include <doctest/doctest.h>

using namespace pooltop;

namespace {

Pace paced(Nanos each, int times = 50) {
  Pace pace;
  for (int i = 0; i < times; ++i) pace.record(each, 1);
  return pace;
}

}  // namespace

TEST_CASE("pool: before anything is known of the work, a worker gets one item") {
  const Pace pace;
  CHECK(pace.items(1024, 4) == 1);
  CHECK(pace.packets() == 1);
  CHECK(!pace.is_slow());
}

TEST_CASE("pool: tiny items travel many at once, up to 1024, and to half a worker's share of the queue") {
  CHECK(paced(10).items(1'000'000, 1) == 1024);
  CHECK(paced(0).items(1'000'000, 1) == 1024);
  CHECK(paced(10).items(1024, 4) == 128);
  CHECK(paced(10).items(4, 4) == 1);
  CHECK(paced(10).items(0, 0) == 1);
  CHECK(paced(10).packets() > 1);
}

TEST_CASE("pool: a packet is about a millisecond of work") {
  CHECK(paced(10 * kMicrosecond).items(1'000'000, 1) == 100);
  CHECK(paced(400 * kMicrosecond).items(1'000'000, 1) == 2);
  CHECK(paced(5 * kMillisecond).items(1'000'000, 1) == 1);
}

TEST_CASE("pool: slow items never wait behind one another") {
  const Pace slow = paced(2 * kMillisecond);
  CHECK(slow.packets() == 1);
  CHECK(slow.is_slow());
  CHECK(!paced(900 * kMicrosecond).is_slow());
}

TEST_CASE("pool: the pace follows work that changes, and nothing that took no item") {
  Pace pace = paced(10 * kMicrosecond);
  for (int i = 0; i < 10; ++i) pace.record(100 * kMillisecond, 10);
  CHECK(pace.is_slow());
  for (int i = 0; i < 60; ++i) pace.record(-5, 10);
  CHECK(!pace.is_slow());
  const std::uint32_t before = pace.items(1'000'000, 1);
  pace.record(kSecond, 0);
  CHECK(pace.items(1'000'000, 1) == before);
}
