// SPDX-License-Identifier: MIT
#include "engine/pool/restart_policy.h"

#include <doctest/doctest.h>

#include <optional>

using namespace pooltop;

TEST_CASE("pool: a worker that had answered is followed at once, and its slot is given up after too many deaths") {
  RestartPolicy policy(5, 10 * kSecond, kSecond);
  const Nanos now = 100 * kSecond;
  for (int death = 0; death < 5; ++death) CHECK(policy.next_start(now + death, true) == now + death);
  CHECK(policy.next_start(now + 5, true) == std::nullopt);
}

TEST_CASE("pool: deaths long ago are forgotten") {
  RestartPolicy policy(2, 10 * kSecond, kSecond);
  for (Nanos now = kSecond; now < 1000 * kSecond; now += 6 * kSecond) REQUIRE(policy.next_start(now, true).has_value());
  RestartPolicy edge(1, 10 * kSecond, kSecond);
  CHECK(edge.next_start(kSecond, true).has_value());
  CHECK(!edge.next_start(11 * kSecond, true).has_value());
  CHECK(edge.next_start(11 * kSecond + 1, true).has_value());
}

TEST_CASE("pool: with no restarts allowed the first death gives the slot up") {
  RestartPolicy policy(0, 10 * kSecond, kSecond);
  CHECK(policy.next_start(kSecond, true) == std::nullopt);
}

TEST_CASE("pool: workers that die without an answer are given pauses that double, up to a sixteenth of the window") {
  RestartPolicy policy(1000, 16 * kSecond, 10 * kSecond);
  const Nanos now = 100 * kSecond;
  CHECK(policy.next_start(now, false) == now);
  CHECK(policy.next_start(now, false) == now + 100 * kMillisecond);
  CHECK(policy.next_start(now, false) == now + 200 * kMillisecond);
  CHECK(policy.next_start(now, false) == now + 400 * kMillisecond);
  for (int i = 0; i < 100; ++i) static_cast<void>(policy.next_start(now, false));
  CHECK(policy.next_start(now, false) == now + kSecond);
}

TEST_CASE("pool: one answer ends the pauses") {
  RestartPolicy policy(1000, 16 * kSecond, kSecond);
  const Nanos now = 100 * kSecond;
  for (int i = 0; i < 10; ++i) static_cast<void>(policy.next_start(now, false));
  CHECK(policy.next_start(now, true) == now);
  CHECK(policy.next_start(now, false) == now);
  CHECK(policy.next_start(now, false) == now + 100 * kMillisecond);
}

TEST_CASE("pool: a first pause shorter than a tenth of a second is kept") {
  RestartPolicy policy(1000, 16 * kSecond, kMillisecond);
  const Nanos now = 100 * kSecond;
  static_cast<void>(policy.next_start(now, false));
  CHECK(policy.next_start(now, false) == now + kMillisecond);
  CHECK(policy.next_start(now, false) == now + 2 * kMillisecond);
}

TEST_CASE("pool: an item's pauses double from the first to the most") {
  CHECK(backoff_before(1, kSecond, 60 * kSecond) == kSecond);
  CHECK(backoff_before(2, kSecond, 60 * kSecond) == 2 * kSecond);
  CHECK(backoff_before(6, kSecond, 60 * kSecond) == 32 * kSecond);
  CHECK(backoff_before(7, kSecond, 60 * kSecond) == 60 * kSecond);
  CHECK(backoff_before(1000, kSecond, 60 * kSecond) == 60 * kSecond);
  CHECK(backoff_before(3, 5 * kSecond, kSecond) == kSecond);
  CHECK(backoff_before(1000, 0, kSecond) == 0);
}
