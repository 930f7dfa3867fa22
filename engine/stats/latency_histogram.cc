// SPDX-License-Identifier: MIT
#include "engine/stats/latency_histogram.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace pooltop {

void LatencyHistogram::add(Nanos latency, std::uint64_t count) noexcept {
  if (count == 0) return;
  const double microseconds = std::max(static_cast<double>(latency) / static_cast<double>(kMicrosecond), 1.0);
  const auto step = static_cast<std::size_t>(std::log2(microseconds) * static_cast<double>(kSteps));
  std::uint32_t& bucket = counts_[std::min(step, kBuckets - 1)];
  const std::uint64_t room = std::numeric_limits<std::uint32_t>::max() - bucket;
  const std::uint64_t added = std::min(count, room);
  bucket += static_cast<std::uint32_t>(added);
  total_ += added;
  largest_ = std::max(largest_, latency);
}

Nanos LatencyHistogram::percentile(double share) const noexcept {
  if (total_ == 0) return 0;
  const double rank = std::ceil(std::clamp(share, 0.0, 1.0) * static_cast<double>(total_) - 1e-9);
  const auto wanted = std::max<std::uint64_t>(static_cast<std::uint64_t>(rank), 1);
  std::uint64_t seen = 0;
  for (std::size_t step = 0; step < kBuckets; ++step) {
    if ((seen += counts_[step]) < wanted) continue;
    const double end = std::exp2(static_cast<double>(step + 1) / static_cast<double>(kSteps));
    return std::min(largest_, static_cast<Nanos>(end * static_cast<double>(kMicrosecond)));
  }
  return largest_;
}

}  // namespace pooltop
