// SPDX-License-Identifier: MIT
#include "engine/stats/limit.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "engine/base/units.h"

namespace pooltop {
namespace {

constexpr Nanos kLimitFor = 10 * kSecond;
constexpr double kBusy = 0.8;
constexpr double kWaits = 0.2;
constexpr double kMostly = 0.5;
constexpr double kCoresFull = 0.9;
constexpr double kLastItemAfter = 10;  // seconds
constexpr double kRunShare = 0.2;

int percent(double share) { return static_cast<int>(std::lround(std::clamp(share, 0.0, 1.0) * 100)); }

bool goes_on(const StageStatus& stage) {
  return stage.state == StageState::Running || stage.state == StageState::Draining;
}

bool reads_from(const StageStatus& after, const StageStatus& stage) {
  return std::find(after.from.begin(), after.from.end(), stage.name) != after.from.end();
}

bool is_full(const QueueStatus& queue) { return queue.capacity > 0 && queue.depth * 10 >= queue.capacity * 9; }

bool cores_are_full(const LimitFacts& facts) { return facts.cpu_percent >= kCoresFull * 100 * facts.cores; }

std::string cores_text(const LimitFacts& facts) {
  const int used = percent(facts.cpu_percent / (100 * facts.cores));
  return facts.cores <= 1 ? fmt::format("the one core is {} % busy with this run", used)
                          : fmt::format("the {:.0f} cores are {} % busy with this run", facts.cores, used);
}

std::string workers_text(const StageStatus& stage) {
  return stage.workers == 1 ? "its one worker is" : fmt::format("its {} workers are", stage.workers);
}

// "parse waits for input 53 %": what the stages after it do meanwhile.
std::string starving_text(const LimitFacts& facts, const StageStatus& stage) {
  std::string text;
  for (const StageStatus& after : facts.stages)
    if (reads_from(after, stage) && after.time_share.wait >= kWaits)
      text += fmt::format("{} {} waits for input {} %", text.empty() ? ";" : ",", after.name,
                          percent(after.time_share.wait));
  return text;
}

Limit limit_at(const LimitFacts& facts, const StageStatus& stage, std::string text, std::string advice,
               std::string command) {
  return {stage.name, std::move(text), std::move(advice), std::move(command), blocked_chain(facts.stages, stage.name)};
}

// A stage that stands holds up the others when its queue is full, or when nobody else has anything to do.
bool holds_up(const LimitFacts& facts, const StageStatus& stage) {
  if (stage.state == StageState::Done) return false;
  if (stage.queue && stage.queue->depth >= stage.queue->capacity) return true;
  if (stage.queue && stage.queue->depth + stage.queue->in_flight == 0) return false;
  return std::none_of(facts.stages.begin(), facts.stages.end(), [](const StageStatus& any) { return any.busy > 0; });
}

std::optional<Limit> standing(const LimitFacts& facts) {
  for (const StageStatus& stage : facts.stages) {
    const bool paused = stage.state == StageState::Paused || (stage.workers > 0 && stage.paused >= stage.workers);
    const bool holds = holds_up(facts, stage);
    if (paused && holds) {
      const std::string by = stage.paused_by ? fmt::format(" by PID {}", *stage.paused_by) : "";
      const std::string held =
          stage.queue ? fmt::format(", {} of {} wait in its queue", stage.queue->depth, stage.queue->capacity)
                      : std::string(", nothing new comes");
      return limit_at(facts, stage, fmt::format("{} is paused{}{}", stage.name, by, held), "p on it lets it go on",
                      "resume " + stage.name);
    }
    if (goes_on(stage) && holds && stage.queue && stage.busy == 0 && stage.time_share.backoff >= kBusy)
      return limit_at(facts, stage,
                      fmt::format("{} is in backoff {} % of its time: its workers die as soon as they start",
                                  stage.name, percent(stage.time_share.backoff)),
                      "o shows what they wrote before they died", "logs " + stage.name);
  }
  return std::nullopt;
}

std::optional<Limit> rate_limited(const LimitFacts& facts) {
  for (std::size_t i = 0; i < facts.stages.size() && i < facts.rate_limits.size(); ++i) {
    const StageStatus& stage = facts.stages[i];
    const double most = facts.rate_limits[i];
    if (most <= 0 || !goes_on(stage) || !stage.queue || stage.queue->depth == 0) continue;
    if (stage.rate_per_s < 0.9 * most || stage.time_share.busy >= kBusy) continue;
    return limit_at(facts, stage,
                    fmt::format("{} is held at its rate, {:g}/s: {} wait in its queue{}", stage.name, most,
                                stage.queue->depth, starving_text(facts, stage)),
                    "raise or drop its \"rate\" if what it talks to can take more", "");
  }
  return std::nullopt;
}

std::optional<Limit> last_item(const LimitFacts& facts) {
  if (!facts.last || !facts.last->item_id) return std::nullopt;
  const WorkerStatus& worker = *facts.last;
  if (worker.state == WorkerState::Paused) {
    const std::string by = worker.paused_by ? fmt::format(" by PID {}", *worker.paused_by) : "";
    return Limit{worker.stage,
                 fmt::format("one item is left: #{} in {} on {}, which is paused{}", *worker.item_id, worker.stage,
                             worker.pid, by),
                 "p on its worker lets it go on",
                 fmt::format("resume {}", worker.pid),
                 {}};
  }
  if (worker.item_elapsed_s < kLastItemAfter) return std::nullopt;
  return Limit{worker.stage,
               fmt::format("one item is left: #{}, for {} in {} on {}", *worker.item_id,
                           format_short(worker.item_elapsed_s), worker.stage, worker.pid),
               "look at its worker: K gives the item to another one",
               fmt::format("kill {}", worker.pid),
               {}};
}

bool is_bottleneck(const LimitFacts& facts, const StageStatus& stage) {
  if (!stage.queue || !goes_on(stage) || stage.time_share.busy < kBusy) return false;
  const bool drains = stage.queue->closed && stage.queue->depth > stage.workers;
  if (!is_full(*stage.queue) && !drains) return false;
  return std::all_of(facts.stages.begin(), facts.stages.end(), [&](const StageStatus& after) {
    return !reads_from(after, stage) || after.time_share.wait > kWaits;
  });
}

Limit bottleneck(const LimitFacts& facts, const StageStatus& stage) {
  const QueueStatus& queue = *stage.queue;
  const std::string full = is_full(queue) ? "its queue is full" : fmt::format("{} wait in its queue", queue.depth);
  std::string text = fmt::format("{} limits: {} {} % busy and {}{}", stage.name, workers_text(stage),
                                 percent(stage.time_share.busy), full, starving_text(facts, stage));
  if (stage.kind == "sink")
    return limit_at(facts, stage, std::move(text), "a sink has one worker: give it less to write, or a quicker target",
                    "");
  if (cores_are_full(facts))
    return limit_at(facts, stage, std::move(text), cores_text(facts) + ": more workers do not help", "");
  return limit_at(facts, stage, std::move(text), "+ adds a worker",
                  fmt::format("scale {} {}", stage.name, stage.workers + 1));
}

std::optional<Limit> busiest(const LimitFacts& facts) {
  const StageStatus* found = nullptr;
  for (const StageStatus& stage : facts.stages)
    if (is_bottleneck(facts, stage) && (!found || stage.time_share.busy > found->time_share.busy)) found = &stage;
  if (!found) return std::nullopt;
  return bottleneck(facts, *found);
}

std::optional<Limit> machine(const LimitFacts& facts) {
  if (!cores_are_full(facts)) return std::nullopt;
  return Limit{"", "the machine limits: " + cores_text(facts), "more workers do not help", "", {}};
}

// Everything waits for what the sources give.
std::optional<Limit> slow_source(const LimitFacts& facts) {
  const StageStatus* source = nullptr;
  double least = 1;
  const StageStatus* waits = nullptr;
  for (const StageStatus& stage : facts.stages) {
    if (!stage.queue) {
      if (!goes_on(stage)) continue;
      if (stage.time_share.blocked >= kWaits) return std::nullopt;
      if (!source) source = &stage;
      continue;
    }
    if (!goes_on(stage) || stage.time_share.wait < kMostly || stage.queue->depth > stage.workers) return std::nullopt;
    if (stage.time_share.wait <= least) {
      least = stage.time_share.wait;
      waits = &stage;
    }
  }
  if (!source || !waits) return std::nullopt;
  return limit_at(facts, *source,
                  fmt::format("{} limits: it gives {:.1f}/s and all after it wait for input ({} {} %)", source->name,
                              source->rate_per_s, waits->name, percent(waits->time_share.wait)),
                  "more workers do not help; fewer would do", "");
}

void add_blocked(std::span<const StageStatus> stages, const StageStatus& stage, std::vector<std::string>& chain) {
  if (!stage.queue || !is_full(*stage.queue) || chain.size() > stages.size()) return;
  for (const std::string& name : stage.from)
    for (const StageStatus& before : stages) {
      if (before.name != name || before.time_share.blocked < 0.1) continue;
      chain.push_back(fmt::format("{} is blocked by {} (queue full)", before.name, stage.name));
      add_blocked(stages, before, chain);
    }
}

void add_waiting(std::span<const StageStatus> stages, const StageStatus& stage, std::vector<std::string>& chain) {
  for (const StageStatus& after : stages) {
    if (!reads_from(after, stage) || after.time_share.wait < kWaits || chain.size() > 2 * stages.size()) continue;
    chain.push_back(
        fmt::format("{} waits for {} ({} % of its time)", after.name, stage.name, percent(after.time_share.wait)));
    add_waiting(stages, after, chain);
  }
}

bool same_cause(const Limit& a, const Limit& b) { return a.stage == b.stage && a.advice == b.advice; }

}  // namespace

std::vector<std::string> blocked_chain(std::span<const StageStatus> stages, const std::string& name) {
  std::vector<std::string> chain;
  for (const StageStatus& stage : stages)
    if (stage.name == name) {
      add_blocked(stages, stage, chain);
      add_waiting(stages, stage, chain);
    }
  return chain;
}

std::optional<Limit> find_limit(const LimitFacts& facts) {
  for (const auto& look : {standing, rate_limited, last_item, busiest, machine, slow_source})
    if (auto limit = look(facts)) return limit;
  return std::nullopt;
}

void LimitFinder::update(const LimitFacts& facts, Nanos now) {
  if (told_) held_[told_->stage] += now - last_update_;
  last_update_ = now;
  std::optional<Limit> found = find_limit(facts);
  const bool same = found && candidate_ && same_cause(*found, *candidate_);
  if (!same) since_ = now;
  candidate_ = std::move(found);
  const bool at_once = candidate_ && candidate_->command.starts_with("resume ");
  if (candidate_ && (at_once || now - since_ >= kLimitFor))
    told_ = candidate_;
  else
    told_.reset();
}

std::optional<Limit> LimitFinder::of_the_run(Nanos elapsed) const {
  const auto longest =
      std::max_element(held_.begin(), held_.end(), [](const auto& a, const auto& b) { return a.second < b.second; });
  if (longest == held_.end() || static_cast<double>(longest->second) < kRunShare * static_cast<double>(elapsed))
    return std::nullopt;
  const auto seconds = [](Nanos nanos) { return static_cast<double>(nanos) / static_cast<double>(kSecond); };
  const std::string who = longest->first.empty() ? "the machine" : longest->first;
  return Limit{longest->first,
               fmt::format("{} limited the run for {} of {}", who, format_elapsed(seconds(longest->second)),
                           format_elapsed(seconds(elapsed))),
               "",
               "",
               {}};
}

}  // namespace pooltop
