// SPDX-License-Identifier: MIT
#include "engine/stats/problems.h"

#include <fmt/format.h>
#include <string.h>

#include <algorithm>
#include <map>
#include <string_view>

#include "engine/base/units.h"

namespace pooltop {

namespace {

constexpr double kTimeoutShare = 0.8;
constexpr Nanos kSlowFactor = 5;
constexpr std::size_t kMostDeaths = 3;  // of a stage, each told by itself

Nanos slow_after(Nanos p99, std::optional<Nanos> timeout) {
  const Nanos usual = std::max(kSlowItemAfter, kSlowFactor * p99);
  if (!timeout) return usual;
  return std::min(usual, static_cast<Nanos>(kTimeoutShare * static_cast<double>(*timeout)));
}

std::string slow_text(const BusyFacts& worker, const StageFacts& stage) {
  std::string text = fmt::format("{} on item {}", format_short(to_seconds(worker.item_elapsed)), worker.item_id);
  if (stage.p99 > 0) text += fmt::format(", p99 is {}", format_short(to_seconds(stage.p99)));
  if (stage.timeout) text += fmt::format(", its timeout is {}", format_duration(*stage.timeout));
  if (stage.p99 == 0 && !stage.no_answer_hint.empty()) text += fmt::format("; no answer yet: {}", stage.no_answer_hint);
  return text;
}

std::optional<Problem> slow_item(const BusyFacts& worker, const StageFacts& stage) {
  if (!is_slow(worker.item_elapsed, stage.p99, stage.timeout)) return std::nullopt;
  const Nanos since = worker.item_elapsed - slow_after(stage.p99, stage.timeout);
  return Problem{"warning", stage.name, worker.pid, to_seconds(since), slow_text(worker, stage)};
}

std::optional<Problem> slow_start(const StartingFacts& worker) {
  if (worker.elapsed <= kSlowStartAfter) return std::nullopt;
  return Problem{"warning", worker.stage, worker.pid, to_seconds(worker.elapsed - kSlowStartAfter),
                 fmt::format("starting for {}: no item is given to it yet", format_short(to_seconds(worker.elapsed)))};
}

std::optional<Problem> stalled_queue(const StageFacts& stage, Nanos now) {
  const auto reason = stall_reason(stage, now);
  if (!reason) return std::nullopt;
  const std::string text =
      fmt::format("stalled: {} {} wait, {}", stage.depth, stage.depth == 1 ? "item" : "items", *reason);
  return Problem{"error", stage.name, std::nullopt, to_seconds(now - stage.last_taken), text};
}

// Of a stage that a user paused: whose doing it is says more than that nobody takes anything. Also of one of which
// nothing waits: it gives nothing or does not end, because those of its workers that could go on are paused.
std::optional<Problem> paused(const StageFacts& stage) {
  const bool stands_still = stage.paused > 0 && stage.busy + stage.blocked + stage.starting + stage.backoff == 0;
  std::string text;
  if (stage.is_paused && stage.depth > 0)
    text = fmt::format("{} {} in its queue", stage.depth, stage.depth == 1 ? "item waits" : "items wait");
  else if (stands_still && stage.is_source)
    text = "no items come from it";
  else if (stands_still && stage.is_closed && stage.depth == 0)
    text = fmt::format("its end waits for {} paused {}", stage.paused, stage.paused == 1 ? "worker" : "workers");
  else
    return std::nullopt;
  const std::string by = stage.paused_by > 0 ? fmt::format(" by PID {}", stage.paused_by) : "";
  return Problem{"warning", stage.name, std::nullopt, to_seconds(stage.paused_for),
                 fmt::format("paused{}: {}", by, text)};
}

std::optional<Problem> given_up(const StageFacts& stage, Nanos now) {
  if (stage.given_up == 0) return std::nullopt;
  const std::string text = fmt::format("{} of its slots given up: max_restarts reached", stage.given_up);
  return Problem{"error", stage.name, std::nullopt, to_seconds(now - stage.given_up_at), text};
}

std::optional<Problem> death(const DeathFacts& dead, Nanos now) {
  if (now - dead.at > kDeathShownFor) return std::nullopt;
  std::string text = describe_end(dead.end);
  if (!dead.item_id.empty()) text += fmt::format(" on item {}", dead.item_id);
  if (dead.successor != 0) text += fmt::format(", replaced by {}", dead.successor);
  return Problem{"warning", dead.stage, dead.pid, to_seconds(now - dead.at), text};
}

// Of a stage whose workers keep dying: one line, about the last of them.
Problem many_deaths(const std::vector<const DeathFacts*>& deaths, Nanos now) {
  const DeathFacts& last = *deaths.back();
  std::string text = fmt::format("{} workers died in {}; the last one: {}", deaths.size(),
                                 format_duration(kDeathShownFor), describe_end(last.end));
  if (!last.item_id.empty()) text += fmt::format(" on item {}", last.item_id);
  return {"warning", last.stage, last.pid, to_seconds(now - deaths.front()->at), text};
}

}  // namespace

bool is_slow(Nanos item_elapsed, Nanos p99, std::optional<Nanos> timeout) {
  return item_elapsed > slow_after(p99, timeout);
}

std::string describe_end(const ExitStatus& end) {
  std::string text = "ended";
  if (end.signal) {
    const char* name = ::sigabbrev_np(*end.signal);
    text = name == nullptr ? fmt::format("killed by signal {}", *end.signal) : fmt::format("killed by SIG{}", name);
  } else if (end.exit) {
    text = fmt::format("exit {}", *end.exit);
  }
  return end.cause.empty() ? text : fmt::format("{} ({})", text, end.cause);
}

std::optional<std::string> stall_reason(const StageFacts& stage, Nanos now) {
  const bool moving = stage.depth == 0 || stage.is_paused || stage.busy > 0 || stage.blocked > 0 || stage.retries_only;
  if (moving || now - stage.last_taken < kStalledAfter) return std::nullopt;
  const std::uint32_t alive = stage.idle + stage.starting + stage.paused + stage.backoff;
  if (alive == 0) return stage.given_up > 0 ? "max_restarts reached" : "it has no worker";
  struct Part {
    std::uint32_t workers;
    std::string_view what;
  };
  const Part parts[] = {{stage.paused, "paused"},
                        {stage.backoff, "in backoff before a restart"},
                        {stage.starting, "still starting"},
                        {stage.idle, "idle"}};
  std::string text;
  for (const Part& part : parts) {
    if (part.workers == alive && alive == 1) return fmt::format("its one worker is {}", part.what);
    if (part.workers == alive) return fmt::format("all {} workers are {}", alive, part.what);
    if (part.workers > 0) text += fmt::format("{}{} {}", text.empty() ? "" : ", ", part.workers, part.what);
  }
  return fmt::format("of {} workers {}", alive, text);
}

std::vector<Problem> find_problems(std::span<const StageFacts> stages, std::span<const BusyFacts> busy,
                                   std::span<const StartingFacts> starting, std::span<const DeathFacts> deaths,
                                   Nanos now) {
  std::vector<Problem> found;
  const auto add = [&](std::optional<Problem> problem) {
    if (problem) found.push_back(std::move(*problem));
  };
  for (const StageFacts& stage : stages) {
    add(given_up(stage, now));
    add(paused(stage));
    add(stalled_queue(stage, now));
  }
  for (const BusyFacts& worker : busy)
    for (const StageFacts& stage : stages)
      if (stage.name == worker.stage) add(slow_item(worker, stage));
  for (const StartingFacts& worker : starting) add(slow_start(worker));
  std::map<std::string_view, std::vector<const DeathFacts*>> by_stage;
  for (const DeathFacts& dead : deaths)
    if (now - dead.at <= kDeathShownFor) by_stage[dead.stage].push_back(&dead);
  for (const auto& [stage, here] : by_stage) {
    if (here.size() > kMostDeaths)
      add(many_deaths(here, now));
    else
      for (const DeathFacts* dead : here) add(death(*dead, now));
  }
  std::stable_sort(found.begin(), found.end(), [](const Problem& a, const Problem& b) {
    if (a.severity != b.severity) return a.severity == "error";
    return a.since_s > b.since_s;
  });
  return found;
}

}  // namespace pooltop
