// SPDX-License-Identifier: MIT
#include "engine/stats/rate_meter.h"

#include <algorithm>
#include <utility>

namespace pooltop {

namespace {
double rate(std::uint64_t count, Nanos span) {
  return static_cast<double>(count) * static_cast<double>(kSecond) / static_cast<double>(span);
}
}  // namespace

void RateMeter::add(std::uint64_t count, Nanos now) noexcept {
  const std::int64_t bucket = std::max(now / kBucket, newest_);
  const std::int64_t passed = std::min(bucket - newest_, kBuckets);
  for (std::int64_t i = 1; i <= passed; ++i)
    recent_ -= std::exchange(counts_[static_cast<std::size_t>((newest_ + i) % kBuckets)], 0);
  newest_ = bucket;
  counts_[static_cast<std::size_t>(bucket % kBuckets)] += count;
  recent_ += count;
  total_ += count;
}

double RateMeter::per_second(Nanos now) const noexcept {
  const std::int64_t last = std::max(now / kBucket, newest_);
  const std::int64_t first = last - kBuckets + 1;
  std::uint64_t count = recent_;  // less what has become too old since the last add
  const std::int64_t oldest = std::max(newest_ - kBuckets + 1, std::int64_t{0});
  for (std::int64_t bucket = oldest; bucket < std::min(first, newest_ + 1); ++bucket)
    count -= counts_[static_cast<std::size_t>(bucket % kBuckets)];
  // At least one bucket: what happened in the first microsecond is no millions a second.
  const Nanos span = std::max(now - std::max(first * kBucket, started_), kBucket);
  return rate(count, span);
}

double RateMeter::per_second_since_start(Nanos now) const noexcept {
  return rate(total_, std::max(now - started_, kBucket));
}

}  // namespace pooltop
