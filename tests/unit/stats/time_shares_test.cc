// SPDX-License-Identifier: MIT
#include "engine/stats/time_shares.h"

#include <doctest/doctest.h>

using namespace pooltop;

TEST_CASE("stats: shares of time sum to one") {
  TimeShares shares;
  shares.add(TimeKind::Busy, 3 * kSecond, 10 * kSecond);
  shares.add(TimeKind::Wait, kSecond, 10 * kSecond);

  const TimeShare share = shares.shares(10 * kSecond);
  CHECK(share.busy == doctest::Approx(0.75));
  CHECK(share.wait == doctest::Approx(0.25));
  CHECK(share.busy + share.wait + share.blocked + share.paused + share.backoff == doctest::Approx(1));
}

TEST_CASE("stats: shares are zero where no worker lived") { CHECK(TimeShares().shares(kSecond) == TimeShare{}); }

TEST_CASE("stats: time longer ago than thirty seconds does not count") {
  TimeShares shares;
  shares.add(TimeKind::Busy, 10 * kSecond, 10 * kSecond);
  shares.add(TimeKind::Blocked, 5 * kSecond, 45 * kSecond);

  CHECK(shares.shares(45 * kSecond).busy == 0);
  CHECK(shares.shares(45 * kSecond).blocked == doctest::Approx(1));
  CHECK(shares.shares(100 * kSecond) == TimeShare{});
}

TEST_CASE("stats: a long duration added at its end counts only with what lies in the window") {
  TimeShares shares;
  shares.add(TimeKind::Paused, 1000 * kSecond, 1000 * kSecond);
  shares.add(TimeKind::Busy, 30 * kSecond, 1000 * kSecond);

  CHECK(shares.shares(1000 * kSecond).paused == doctest::Approx(0.5).epsilon(0.04));
}

TEST_CASE("stats: the shares of all time count what lies outside the window too") {
  TimeShares shares;
  shares.add(TimeKind::Busy, 30 * kSecond, 30 * kSecond);
  shares.add(TimeKind::Wait, 10 * kSecond, 100 * kSecond);

  CHECK(shares.overall().busy == doctest::Approx(0.75));
  CHECK(shares.overall().wait == doctest::Approx(0.25));
  CHECK(TimeShares().overall() == TimeShare{});
}
