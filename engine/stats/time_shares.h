// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "engine/base/clock.h"
#include "engine/model/snapshot.h"

namespace pooltop {

/// What a worker can spend its time with; the members of TimeShare.
enum class TimeKind : std::uint8_t { Busy, Wait, Blocked, Paused, Backoff };

/// How a stage's workers spent the last 30 s, in seconds of resolution, and all their time. No allocation.
class TimeShares {
 public:
  /// One worker spent `duration`, which ends at `now`, with `kind`. Workers are added one by one; a long duration is
  /// spread over the time it covers. Times may not go back by more than the window.
  void add(TimeKind kind, Nanos duration, Nanos now) noexcept;

  /// The shares of the last 30 s; their sum is 1, or all are 0 where nothing was added.
  [[nodiscard]] TimeShare shares(Nanos now) const noexcept;
  /// The shares of all that was added.
  [[nodiscard]] TimeShare overall() const noexcept { return share_out(all_); }

 private:
  static constexpr Nanos kBucket = kSecond;
  static constexpr std::int64_t kBuckets = 30;
  static constexpr std::size_t kKinds = 5;
  using Bucket = std::array<Nanos, kKinds>;

  [[nodiscard]] Bucket& bucket(std::int64_t number) noexcept;
  void advance(std::int64_t number) noexcept;
  [[nodiscard]] static TimeShare share_out(const Bucket& sums) noexcept;

  std::array<Bucket, kBuckets> buckets_{};
  std::int64_t newest_ = 0;
  Bucket all_{};
};

}  // namespace pooltop
