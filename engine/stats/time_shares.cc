// SPDX-License-Identifier: MIT
#include "engine/stats/time_shares.h"

#include <algorithm>

namespace pooltop {

TimeShares::Bucket& TimeShares::bucket(std::int64_t number) noexcept {
  return buckets_[static_cast<std::size_t>(number % kBuckets)];
}

void TimeShares::advance(std::int64_t number) noexcept {
  const std::int64_t passed = std::min(number - newest_, kBuckets);
  for (std::int64_t i = 0; i < passed; ++i) bucket(number - i) = {};
  newest_ = std::max(newest_, number);
}

void TimeShares::add(TimeKind kind, Nanos duration, Nanos now) noexcept {
  all_[static_cast<std::size_t>(kind)] += std::max<Nanos>(duration, 0);
  advance(now / kBucket);
  Nanos begin = std::max<Nanos>(now - std::max<Nanos>(duration, 0), (newest_ - kBuckets + 1) * kBucket);
  begin = std::max<Nanos>(begin, 0);
  while (begin < now) {
    const std::int64_t number = begin / kBucket;
    const Nanos end = std::min(now, (number + 1) * kBucket);
    bucket(number)[static_cast<std::size_t>(kind)] += end - begin;
    begin = end;
  }
}

TimeShare TimeShares::shares(Nanos now) const noexcept {
  Bucket sums{};
  const std::int64_t last = std::max(now / kBucket, newest_);
  const std::int64_t first = std::max({last - kBuckets + 1, newest_ - kBuckets + 1, std::int64_t{0}});
  for (std::int64_t number = first; number <= newest_; ++number)
    for (std::size_t kind = 0; kind < kKinds; ++kind)
      sums[kind] += buckets_[static_cast<std::size_t>(number % kBuckets)][kind];
  return share_out(sums);
}

TimeShare TimeShares::share_out(const Bucket& sums) noexcept {
  Nanos all = 0;
  for (const Nanos sum : sums) all += sum;
  if (all == 0) return {};
  const auto share = [&](TimeKind kind) {
    return static_cast<double>(sums[static_cast<std::size_t>(kind)]) / static_cast<double>(all);
  };
  return {.busy = share(TimeKind::Busy),
          .wait = share(TimeKind::Wait),
          .blocked = share(TimeKind::Blocked),
          .paused = share(TimeKind::Paused),
          .backoff = share(TimeKind::Backoff)};
}

}  // namespace pooltop
