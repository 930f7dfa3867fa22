// SPDX-License-Identifier: MIT
#include "engine/stats/estimate.h"

#include <algorithm>

namespace pooltop {

namespace {

constexpr Nanos kEtaAfter = 5 * kSecond;
constexpr std::uint64_t kItemsPerWorker = 2;

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

}  // namespace pooltop
