// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string_view>
#include <vector>

#include "engine/model/snapshot.h"

namespace pooltop {

/// What the monitor saw of the run's counters, once a second of the run's own time, 600 s at most. A gap (display
/// frozen, connection lost) is spread evenly over its seconds.
class History {
 public:
  static constexpr std::size_t kSeconds = 600;

  /// Takes the snapshot's counters if a new second of the run began; forgets all if the run is another one.
  void take(const Snapshot& snapshot);

  /// Source items a second over the last `seconds` (as much of them as was seen); nullopt before a second passed.
  [[nodiscard]] std::optional<double> run_rate(double seconds) const;
  /// The same second by second; newest last, at most `seconds`.
  [[nodiscard]] std::vector<double> run_rates(std::size_t seconds) const;
  /// Items a second that left all final stages (nobody reads from them), per second; newest last, at most `seconds`.
  [[nodiscard]] std::vector<double> out_rates(std::size_t seconds) const;
  /// The same of one stage, by its index in the snapshot.
  [[nodiscard]] std::vector<double> stage_rates(std::size_t stage, std::size_t seconds) const;
  /// Items a second that left a stage's queue, over the last `seconds` (as much of them as was seen); nullopt before a
  /// second passed.
  [[nodiscard]] std::optional<double> taken_rate(std::size_t stage, double seconds) const;
  [[nodiscard]] std::size_t seconds() const { return samples_.size(); }

 private:
  struct Sample {
    double at_s = 0;
    std::uint64_t finished = 0;        // source items
    std::uint64_t out = 0;             // of final stages
    std::vector<std::uint64_t> outs;   // of each stage
    std::vector<std::uint64_t> taken;  // of each stage: what came in and does not wait any more
  };
  /// The sample `seconds` before the last one, or the first one seen; nullptr while there is but one.
  [[nodiscard]] const Sample* before_last(double seconds) const;
  template <typename Count>
  [[nodiscard]] std::vector<double> rates(std::size_t seconds, Count count) const;

  std::deque<Sample> samples_;
};

/// Items a second that leave the run, as the stages tell it: the sum over the stages that nobody reads from.
[[nodiscard]] double final_rate(const Snapshot& snapshot);

}  // namespace pooltop
