// SPDX-License-Identifier: MIT
#include "tui/state/history.h"

#include <algorithm>
#include <cmath>

namespace pooltop {
namespace {

bool is_final(const Snapshot& snapshot, const StageStatus& stage) {
  return std::none_of(snapshot.stages.begin(), snapshot.stages.end(), [&](const StageStatus& other) {
    return std::find(other.from.begin(), other.from.end(), stage.name) != other.from.end();
  });
}

// Counters may go back when a resumed run takes back what was not journaled: that is a rate of 0, not a huge one.
double per_second(std::uint64_t before, std::uint64_t after, double seconds) {
  return after > before && seconds > 0 ? static_cast<double>(after - before) / seconds : 0;
}

}  // namespace

double final_rate(const Snapshot& snapshot) {
  double sum = 0;
  for (const StageStatus& stage : snapshot.stages)
    if (is_final(snapshot, stage)) sum += stage.rate_per_s;
  return sum;
}

void History::take(const Snapshot& snapshot) {
  if (!samples_.empty()) {
    const Sample& last = samples_.back();
    const bool another = snapshot.elapsed_s < last.at_s || snapshot.stages.size() != last.outs.size();
    if (another)
      samples_.clear();
    else if (std::floor(snapshot.elapsed_s) <= std::floor(last.at_s))
      return;
  }
  Sample sample{snapshot.elapsed_s, snapshot.items.done + snapshot.items.failed, 0, {}, {}};
  sample.taken.reserve(snapshot.stages.size());
  sample.outs.reserve(snapshot.stages.size());
  for (const StageStatus& stage : snapshot.stages) {
    sample.outs.push_back(stage.out);
    sample.taken.push_back(stage.in - std::min(stage.in, stage.queue ? stage.queue->depth : 0));
    if (is_final(snapshot, stage)) sample.out += stage.out;
  }
  samples_.push_back(std::move(sample));
  if (samples_.size() > kSeconds) samples_.pop_front();
}

const History::Sample* History::before_last(double seconds) const {
  if (samples_.size() < 2) return nullptr;
  const Sample& last = samples_.back();
  const Sample* first = &last;
  for (auto sample = samples_.rbegin(); sample != samples_.rend() && last.at_s - sample->at_s <= seconds; ++sample)
    first = &*sample;
  return first == &last ? &samples_[samples_.size() - 2] : first;
}

std::optional<double> History::run_rate(double seconds) const {
  const Sample* first = before_last(seconds);
  if (first == nullptr) return std::nullopt;
  const Sample& last = samples_.back();
  return per_second(first->finished, last.finished, last.at_s - first->at_s);
}

std::optional<double> History::taken_rate(std::size_t stage, double seconds) const {
  const Sample* first = before_last(seconds);
  if (first == nullptr || stage >= first->taken.size()) return std::nullopt;
  const Sample& last = samples_.back();
  return per_second(first->taken[stage], last.taken[stage], last.at_s - first->at_s);
}

template <typename Count>
std::vector<double> History::rates(std::size_t seconds, Count count) const {
  std::vector<double> newest_first;
  for (std::size_t i = samples_.size(); i >= 2 && newest_first.size() < seconds; --i) {
    const Sample& before = samples_[i - 2];
    const Sample& after = samples_[i - 1];
    const double gap = after.at_s - before.at_s;
    const double rate = per_second(count(before), count(after), gap);
    const auto times = static_cast<std::size_t>(std::clamp(std::round(gap), 1.0, static_cast<double>(kSeconds)));
    for (std::size_t k = 0; k < times && newest_first.size() < seconds; ++k) newest_first.push_back(rate);
  }
  std::reverse(newest_first.begin(), newest_first.end());
  return newest_first;
}

std::vector<double> History::run_rates(std::size_t seconds) const {
  return rates(seconds, [](const Sample& sample) { return sample.finished; });
}

std::vector<double> History::out_rates(std::size_t seconds) const {
  return rates(seconds, [](const Sample& sample) { return sample.out; });
}

std::vector<double> History::stage_rates(std::size_t stage, std::size_t seconds) const {
  return rates(seconds, [stage](const Sample& s) { return stage < s.outs.size() ? s.outs[stage] : 0; });
}

}  // namespace pooltop
