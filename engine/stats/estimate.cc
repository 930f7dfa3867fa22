// SPDX-License-Identifier: MIT
#include "engine/stats/estimate.h"

#include <algorithm>

namespace pooltop {

namespace {

constexpr Nanos kEtaAfter = 5 * kSecond;
constexpr std::uint64_t kItemsPerWorker = 2;
constexpr double kBusy = 0.8;
constexpr double kFull = 0.9;
constexpr double kWaits = 0.1;  // of the time of the stage after it
constexpr Nanos kLimitFor = 10 * kSecond;

// How many items a stage will have produced in the end, given how many will have entered it.
double final_output(const EtaStage& stage, double entering) {
  if (stage.handled == 0) return entering;  // nothing known yet: one for one
  return entering * static_cast<double>(stage.produced) / static_cast<double>(stage.handled);
}

// nullopt: not known yet.
std::optional<double> stage_eta(const EtaStage& stage, double entering) {
  const double left = entering - static_cast<double>(stage.handled);
  if (left <= 0) return 0;
  if (stage.handled < kItemsPerWorker * std::max(stage.workers, 1u) || stage.worked <= 0) return std::nullopt;
  const double seconds_each =
      static_cast<double>(stage.worked) / static_cast<double>(kSecond) / static_cast<double>(stage.handled);
  return left * seconds_each;
}

bool waits_for(const StageStatus& next, const StageStatus& stage) {
  if (std::find(next.from.begin(), next.from.end(), stage.name) == next.from.end()) return true;  // not after it
  return next.time_share.wait >= kWaits;
}

bool limits(const StageStatus& stage, std::span<const StageStatus> stages) {
  if (!stage.queue || stage.queue->capacity == 0 || stage.time_share.busy < kBusy) return false;
  if (static_cast<double>(stage.queue->depth) < kFull * static_cast<double>(stage.queue->capacity)) return false;
  return std::all_of(stages.begin(), stages.end(), [&](const StageStatus& next) { return waits_for(next, stage); });
}

}  // namespace

std::optional<double> estimate_eta(std::span<const EtaStage> stages, Nanos elapsed) {
  if (elapsed < kEtaAfter) return std::nullopt;
  std::vector<double> outputs;
  double eta = 0;
  for (const EtaStage& stage : stages) {
    double entering = 0;
    for (const std::size_t from : stage.from) entering += outputs.at(from);
    if (stage.from.empty()) {
      if (!stage.total) return std::nullopt;
      entering = static_cast<double>(*stage.total);
    }
    const std::optional<double> own = stage_eta(stage, entering);
    if (!own) return std::nullopt;
    eta = std::max(eta, *own);
    outputs.push_back(final_output(stage, entering));
  }
  return eta;
}

std::optional<std::size_t> limiting_stage(std::span<const StageStatus> stages) {
  std::optional<std::size_t> found;
  for (std::size_t i = 0; i < stages.size(); ++i)
    if (limits(stages[i], stages) && (!found || stages[i].time_share.busy > stages[*found].time_share.busy)) found = i;
  return found;
}

std::optional<std::size_t> LimitFinder::update(std::span<const StageStatus> stages, Nanos now) {
  const std::optional<std::size_t> limit = limiting_stage(stages);
  if (limit != candidate_) {
    candidate_ = limit;
    since_ = now;
  }
  return candidate_ && now - since_ >= kLimitFor ? candidate_ : std::nullopt;
}

}  // namespace pooltop
