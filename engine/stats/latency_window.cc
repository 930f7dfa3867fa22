// SPDX-License-Identifier: MIT
#include "engine/stats/latency_window.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace pooltop {

void LatencyWindow::add(Nanos latency, std::uint64_t count) {
  count = std::min(count, kItems);
  if (count == 0) return;
  entries_.push_back({std::max<Nanos>(latency, 0), count});
  total_ += count;
  while (total_ > kItems) {
    const std::uint64_t gone = std::min(total_ - kItems, entries_.front().count);
    entries_.front().count -= gone;
    total_ -= gone;
    if (entries_.front().count == 0) entries_.pop_front();
  }
}

Nanos LatencyWindow::percentile(double share) const {
  if (total_ == 0) return 0;
  std::vector<Nanos> items;
  items.reserve(total_);
  for (const Entry& entry : entries_) items.insert(items.end(), entry.count, entry.latency);
  // The nearest rank; the tiny amount takes back what 0.99 * 1000 has too much in binary.
  const double rank = std::ceil(std::clamp(share, 0.0, 1.0) * static_cast<double>(total_) - 1e-9);
  const auto at = items.begin() + std::max(static_cast<std::ptrdiff_t>(rank), std::ptrdiff_t{1}) - 1;
  std::nth_element(items.begin(), at, items.end());
  return *at;
}

}  // namespace pooltop
