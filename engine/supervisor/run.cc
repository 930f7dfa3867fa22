// SPDX-License-Identifier: MIT
#include "engine/supervisor/run.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "engine/base/text.h"

namespace pooltop {

namespace {
constexpr std::size_t kMaxEvents = 512;
}

Run::Run(EngineOptions engine_options, Timeline& time)
    : options(std::move(engine_options)), timeline(time), pipeline(options.config) {
  now = started = timeline.now();
  started_us = wall_now_us();
}

void Run::note(std::string kind, const Stage& stage, pid_t pid, std::string item_id, std::string text) {
  if (events.size() >= kMaxEvents) events.erase(events.begin(), events.begin() + kMaxEvents / 2);
  events.push_back(
      {next_event++, wall_now_us(), std::move(kind), stage.config.name, pid, std::move(item_id), std::move(text)});
}

void Run::cannot_go_on(std::string why, int status) {
  if (is_stopping) return;
  is_stopping = true;
  failure = std::move(why);
  verdict = status;
}

std::string Run::no_stage(std::string_view name) const {
  std::string known;
  for (const auto& stage : pipeline.stages()) known += (known.empty() ? "" : ", ") + stage->config.name;
  return fmt::format("no stage \"{}\" in this run; its stages: {}", printable(name, 80), known);
}

RunState Run::state() const {
  if (is_stopping && verdict == kExitCannotGoOn) return RunState::Failed;
  if (is_stopping || is_draining) return RunState::Draining;
  if (is_paused) return RunState::Paused;
  const auto& stages = pipeline.stages();
  const bool starting = std::all_of(stages.begin(), stages.end(), [](const auto& stage) {
    return std::none_of(stage->slots.begin(), stage->slots.end(),
                        [](const auto& slot) { return slot->phase != SlotPhase::Waiting; });
  });
  return starting ? RunState::Starting : RunState::Running;
}

}  // namespace pooltop
