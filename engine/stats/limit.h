// SPDX-License-Identifier: MIT
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/base/clock.h"
#include "engine/model/snapshot.h"

namespace pooltop {

/// What is asked for the limit of a run: its stages as the status has them, and what the status does not say.
struct LimitFacts {
  std::span<const StageStatus> stages;
  std::vector<double> rate_limits;   ///< of each stage, items a second as configured; 0 or left out: none
  double cpu_percent = 0;            ///< of all workers with their children, in percent of one core
  double cores = 1;                  ///< that the run may use
  std::optional<WorkerStatus> last;  ///< the only item in work, if it is the only one left in the run
};

/// What limits the run at this instant, or nullopt: no stage is busy with a full queue. The first of these that holds:
/// a stage that is paused or in backoff while items wait for it; a configured rate; the one item that is left; a stage
/// that is busy >= 80 % of its time with a queue >= 90 % full (or one that nothing more comes to), while the stages
/// after it wait; the machine's cores; the source. Never two.
[[nodiscard]] std::optional<Limit> find_limit(const LimitFacts& facts);

/// Who waits for whom because of `stage`: upstream "urls is blocked by fetch (queue full)", downstream "parse waits for
/// fetch (53 % of its time)"; the nearest first.
[[nodiscard]] std::vector<std::string> blocked_chain(std::span<const StageStatus> stages, const std::string& stage);

/// The same over time: a limit is told once it was so for ten seconds (a full queue of a moment is no bottleneck), a
/// pause at once. Remembers for how long which stage limited.
class LimitFinder {
 public:
  void update(const LimitFacts& facts, Nanos now);
  [[nodiscard]] const std::optional<Limit>& now() const { return told_; }
  /// Of a run of `elapsed` that has ended: the stage that limited it longest, if that was a fifth of the time.
  [[nodiscard]] std::optional<Limit> of_the_run(Nanos elapsed) const;

 private:
  std::optional<Limit> candidate_;
  std::optional<Limit> told_;
  Nanos since_ = 0;
  Nanos last_update_ = 0;
  std::map<std::string, Nanos> held_;  // by stage: how long it was the limit
};

}  // namespace pooltop
