// SPDX-License-Identifier: MIT
#include "tui/plain/progress.h"

#include <fmt/format.h>
#include <signal.h>
#include <string.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "engine/base/text.h"
#include "engine/base/units.h"
#include "engine/model/json_fields.h"
#include "tui/state/rows.h"

namespace pooltop {
namespace {

using nlohmann::ordered_json;

/// The members of an object without its braces, to be put behind others.
std::string members_of(const ordered_json& object) {
  const std::string text = line_of(object);
  return text.substr(1, text.size() - 2);
}

std::string stage_text(const StageStatus& stage, bool is_limit) {
  const QueueStatus& queue = *stage.queue;
  std::string text = fmt::format(" | {} {}/{} q{}", stage.name, stage.busy, stage.workers, queue.depth);
  if (queue.depth >= queue.capacity) text += fmt::format("/{}", queue.capacity);
  if (is_limit) text += " LIMIT";
  if (stage.state == StageState::Paused) text += " PAUSED";
  if (stage.state == StageState::Failed) text += " FAILED";
  if (stage.state != StageState::Paused && stage.paused > 0) text += fmt::format(" ={}", stage.paused);
  return text;
}

}  // namespace

std::string approximate(double seconds) {
  const auto whole = static_cast<std::uint64_t>(std::llround(std::clamp(seconds, 0.0, 1e9)));
  if (whole < 60) return fmt::format("~{}s", whole);
  if (whole < 3600) return fmt::format("~{}m{:02}s", whole / 60, whole % 60 / 10 * 10);
  return fmt::format("~{}h{:02}m", whole / 3600, whole % 3600 / 60);
}

std::string describe(const ExitStatus& end) {
  std::string text = "ended";
  if (end.signal) {
    const char* name = ::sigabbrev_np(*end.signal);
    text = name != nullptr ? fmt::format("killed by SIG{}", name) : fmt::format("killed by signal {}", *end.signal);
  } else if (end.exit) {
    text = fmt::format("exit {}", *end.exit);
  }
  return end.cause.empty() ? text : fmt::format("{} ({})", text, printable(end.cause, 256));
}

PlainLine Progress::progress(const Snapshot& now) {
  const std::uint64_t ended = now.items.done + now.items.failed;
  const double elapsed = now.elapsed_s - elapsed_before_s_;
  // A retry that is given back takes a failed item out of the count: the rate is then 0, not negative.
  const double fresh = ended > ended_before_ ? static_cast<double>(ended - ended_before_) : 0.0;
  const double rate = elapsed > 0 ? fresh / elapsed : 0.0;
  ended_before_ = ended;
  elapsed_before_s_ = now.elapsed_s;

  std::string text = fmt::format("{}", ended);
  if (now.items.total) {
    const double percent =
        *now.items.total == 0 ? 100.0 : 100.0 * static_cast<double>(ended) / static_cast<double>(*now.items.total);
    text += fmt::format("/{} {}%", *now.items.total, static_cast<int>(percent));
  }
  text += fmt::format(" {:.1f}/s", rate);
  if (now.eta_s && is_alive(now.state)) text += " eta " + approximate(*now.eta_s);
  text += fmt::format(" failed {}", now.items.failed);
  if (now.state == RunState::Paused || now.state == RunState::Draining) text += fmt::format(" {}", name_of(now.state));
  const std::string limit = now.limit ? now.limit->stage : "";
  ordered_json stages = ordered_json::array();
  for (const StageStatus& stage : now.stages) {
    if (!stage.queue) continue;
    text += stage_text(stage, stage.name == limit);
    stages.push_back({{"name", stage.name},
                      {"busy", stage.busy},
                      {"workers", stage.workers},
                      {"depth", stage.queue->depth},
                      {"capacity", stage.queue->capacity}});
  }
  const ordered_json members{{"state", name_of(now.state)},
                             {"done", now.items.done},
                             {"failed", now.items.failed},
                             {"total", now.items.total ? ordered_json(*now.items.total) : ordered_json()},
                             {"rate_per_s", std::round(rate * 10) / 10},
                             {"eta_s", now.eta_s ? ordered_json(*now.eta_s) : ordered_json()},
                             {"limit", limit.empty() ? ordered_json() : ordered_json(limit)},
                             {"stages", stages}};
  return {"progress", text, members_of(members)};
}

std::optional<PlainLine> Progress::oldest(const Snapshot& now) const {
  const WorkerStatus* oldest = nullptr;
  for (const WorkerStatus& worker : now.workers)
    if (worker.item_id && worker.state == WorkerState::Busy &&
        (oldest == nullptr || worker.item_elapsed_s > oldest->item_elapsed_s))
      oldest = &worker;
  if (oldest == nullptr) return std::nullopt;
  double usual = 0;
  for (const StageStatus& stage : now.stages)
    if (stage.name == oldest->stage) usual = stage.latency.p99_s;
  if (oldest->item_elapsed_s < std::max(10.0, 5 * usual)) return std::nullopt;
  const ordered_json members{{"stage", oldest->stage},
                             {"pid", oldest->pid},
                             {"id", *oldest->item_id},
                             {"elapsed_s", oldest->item_elapsed_s},
                             {"in_flight", now.items.in_flight}};
  return PlainLine{"wait",
                   fmt::format("WAIT {} pid {} on #{} for {} (oldest of {} in flight)", oldest->stage, oldest->pid,
                               *oldest->item_id, format_short(oldest->item_elapsed_s), now.items.in_flight),
                   members_of(members)};
}

std::vector<PlainLine> Progress::changes(const Snapshot& now) {
  std::vector<PlainLine> lines;
  constexpr double kGoneFor = 5;
  std::erase_if(problems_, [&](const auto& told) { return now.elapsed_s - told.second > kGoneFor; });
  for (const Problem& problem : now.problems) {
    const std::pair<std::string, std::string> key{problem.stage, without_digits(problem.text)};
    if (problems_.insert_or_assign(key, now.elapsed_s).second)
      lines.push_back({"problem",
                       fmt::format("{}{}: {}", problem.severity == "error" ? "ERROR" : "NOTE",
                                   problem.stage.empty() ? "" : " " + problem.stage, printable(problem.text, 512)),
                       members_of({{"severity", problem.severity}, {"stage", problem.stage}, {"text", problem.text}})});
  }
  if (state_ && *state_ != now.state && is_alive(now.state) && *state_ != RunState::Starting)
    lines.push_back(
        {"state", fmt::format("is {} now", name_of(now.state)), members_of({{"state", name_of(now.state)}})});
  if (!state_)
    lines.push_back({"started", fmt::format("started, engine {}", now.pid), fmt::format("\"pid\":{}", now.pid)});
  if (now.limit && !now.limit->text.empty() && now.limit->stage != limit_) {
    limit_ = now.limit->stage;
    const std::string command = now.limit->command.empty() ? "" : shell_command(now, now.limit->command);
    lines.push_back({"limit",
                     fmt::format("LIMIT {}{}", printable(now.limit->text, 512),
                                 command.empty() ? "" : "; to try: " + printable(command, 256)),
                     members_of({{"stage", limit_},
                                 {"text", now.limit->text},
                                 {"command", command.empty() ? ordered_json() : ordered_json(command)}})});
  }
  state_ = now.state;
  return lines;
}

}  // namespace pooltop
