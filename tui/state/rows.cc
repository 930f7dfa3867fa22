// SPDX-License-Identifier: MIT
#include "tui/state/rows.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "engine/base/clock.h"
#include "tui/state/worker_table.h"

namespace pooltop {
namespace {

constexpr std::size_t kVerdictLines = 11;  // of the summary that takes the workers' place

}  // namespace

bool WorkerKey::operator==(const WorkerKey& other) const {
  if (pid == 0 && other.pid == 0) return stage == other.stage && slot == other.slot;
  return pid == other.pid && started_at == other.started_at;
}

WorkerKey key_of(const WorkerStatus& worker) { return {worker.pid, worker.started_at, worker.stage, worker.slot}; }

Layout layout_of(const UiState& state, const Snapshot& snapshot) {
  std::size_t workers = snapshot.workers.size();
  std::size_t largest = 0;
  for (const StageStatus& stage : snapshot.stages) largest = std::max<std::size_t>(largest, stage.workers);
  if (state.ended_seen && workers == 0) workers = largest = kVerdictLines;
  const auto has_row = [&](const StageStatus& stage) { return state.screen != Screen::Queues || stage.queue; };
  const auto stages = static_cast<std::size_t>(std::ranges::count_if(snapshot.stages, has_row));
  return layout_of({state.rows, state.cols, state.screen, stages, workers, largest});
}

std::optional<std::size_t> stage_index(const Snapshot& snapshot, std::string_view name) {
  for (std::size_t i = 0; i < snapshot.stages.size(); ++i)
    if (snapshot.stages[i].name == name) return i;
  return std::nullopt;
}

const StageStatus* find_stage(const Snapshot& snapshot, std::string_view name) {
  const auto index = stage_index(snapshot, name);
  return index ? &snapshot.stages[*index] : nullptr;
}

const WorkerStatus* find_worker(const Snapshot& snapshot, const WorkerKey& key) {
  for (const WorkerStatus& worker : snapshot.workers)
    if (worker.pid == key.pid && key_of(worker) == key) return &worker;
  return nullptr;
}

std::optional<std::size_t> selected_row(const UiState& state, const Snapshot& snapshot) {
  if (!state.worker) return std::nullopt;
  const auto rows = worker_rows(state, snapshot);
  for (std::size_t i = 0; i < rows.size(); ++i)
    if (rows[i]->pid == state.worker->pid && key_of(*rows[i]) == *state.worker) return i;
  return std::nullopt;
}

bool is_marked(const UiState& state, const WorkerStatus& worker) {
  return std::any_of(state.marks.begin(), state.marks.end(),
                     [&](const WorkerKey& mark) { return mark.pid == worker.pid && mark == key_of(worker); });
}

std::string_view pending_word(const UiState& state, const WorkerStatus& worker) {
  for (auto it = state.pending.rbegin(); it != state.pending.rend(); ++it) {
    const Deed& deed = it->deed;
    if (deed.worker ? *deed.worker == key_of(worker)
                    : deed.stage == worker.stage && deed.request.command != "scale" && deed.request.command != "set")
      return deed.pending;
  }
  return {};
}

std::string_view pending_word(const UiState& state, const StageStatus& stage) {
  for (auto it = state.pending.rbegin(); it != state.pending.rend(); ++it)
    if (!it->deed.worker && it->deed.stage == stage.name) return it->deed.pending;
  return {};
}

bool is_slow(const WorkerStatus& worker, const Snapshot& snapshot) {
  if (worker.state != WorkerState::Busy || !worker.item_id) return false;
  const StageStatus* stage = find_stage(snapshot, worker.stage);
  if (worker.item_elapsed_s > std::max(10.0, 5 * (stage ? stage->latency.p99_s : 0))) return true;
  return std::ranges::any_of(snapshot.problems, [&](const Problem& problem) { return problem.pid == worker.pid; });
}

bool replaces_a_dead_one(const WorkerStatus& worker, const Snapshot& snapshot) {
  constexpr double kShownFor = 10;
  if (!is_alive(worker.state) || worker.pid == 0 || !worker.last_exit || worker.last_exit->exit == 0) return false;
  const std::int64_t run_us = parse_utc(snapshot.started_at);
  const std::int64_t worker_us = parse_utc(worker.started_at);
  if (run_us < 0 || worker_us < 0) return false;
  const double age = snapshot.elapsed_s - static_cast<double>(worker_us - run_us) / 1e6;
  return age >= -1 && age < kShownFor;  // its start is told in whole seconds
}

std::optional<double> paused_seconds(const StageStatus& stage, const Snapshot& snapshot) {
  if (stage.state != StageState::Paused || !stage.paused_at) return std::nullopt;
  const std::int64_t run_us = parse_utc(snapshot.started_at);
  const std::int64_t paused_us = parse_utc(*stage.paused_at);
  if (run_us < 0 || paused_us < 0) return std::nullopt;
  // Both are told in whole seconds.
  return std::max(snapshot.elapsed_s - static_cast<double>(paused_us - run_us) / 1e6, 0.0);
}

std::string paused_by_text(const UiState& state, const std::optional<pid_t>& client) {
  if (!client) return {};
  return *client == state.own_pid ? " by you" : fmt::format(" by PID {}", *client);
}

std::string addressed(const UiState& state, std::string_view text) {
  const std::string own = fmt::format("by PID {}", state.own_pid);
  std::string out(text);
  const auto at = out.find(own);
  const bool is_own = at != std::string::npos && state.own_pid != 0 &&
                      (at + own.size() == out.size() || out[at + own.size()] < '0' || out[at + own.size()] > '9');
  if (is_own) out.replace(at, own.size(), "by you");
  return out;
}

bool ended_well(const WorkerStatus& worker) {
  return worker.state == WorkerState::Exited && (!worker.last_exit || worker.last_exit->exit == 0);
}

bool is_over(const StageStatus& stage) { return stage.state == StageState::Done || stage.state == StageState::Failed; }

// A stage that cannot hand on what it has is blocked, which is its successor's doing.
bool is_stalled(const StageStatus& stage) {
  constexpr double kBlockedShare = 0.3;  // of 30 s, when it stands for ten
  return stage.state == StageState::Running && stage.queue && stage.queue->depth > 0 && stage.busy == 0 &&
         stage.paused < stage.workers && stage.time_share.blocked < kBlockedShare && stage.in_rate_per_s <= 0 &&
         stage.queue->oldest_age_s >= 10;
}

bool stands_still(const Snapshot& snapshot) {
  std::uint64_t busy = 0;
  std::uint64_t paused = 0;
  for (const StageStatus& stage : snapshot.stages) {
    busy += stage.busy;
    paused += stage.paused;
  }
  return is_alive(snapshot.state) && busy == 0 && paused > 0;
}

bool is_paused(const StageStatus& stage) {
  return stage.state == StageState::Paused || (stage.workers > 0 && stage.paused >= stage.workers);
}

bool is_held(const StageStatus& stage) {
  const bool going = stage.state == StageState::Running || stage.state == StageState::Draining;
  return going && stage.queue && stage.queue->depth == 0 && stage.queue->in_flight > 0 && stage.busy == 0 &&
         stage.paused > 0;
}

std::optional<OldestItem> oldest_item(const Snapshot& snapshot) {
  const WorkerStatus* oldest = nullptr;
  for (const WorkerStatus& worker : snapshot.workers)
    if (worker.item_id && (!oldest || worker.item_elapsed_s > oldest->item_elapsed_s)) oldest = &worker;
  if (!oldest) return std::nullopt;
  return OldestItem{oldest->item_elapsed_s, *oldest->item_id, oldest->stage};
}

std::optional<int> percent_done(const Snapshot& snapshot) {
  if (!snapshot.items.total) return std::nullopt;
  const std::uint64_t finished = snapshot.items.done + snapshot.items.failed;
  const std::uint64_t total = *snapshot.items.total;
  if (finished >= total) return 100;
  const double share = 100.0 * static_cast<double>(finished) / static_cast<double>(total);
  return std::min(99, static_cast<int>(share + 0.5));
}

double run_rate(const UiState& state, const Snapshot& snapshot) {
  if (!is_alive(snapshot.state)) {
    const auto finished = static_cast<double>(snapshot.items.done + snapshot.items.failed);
    return snapshot.elapsed_s > 0 ? finished / snapshot.elapsed_s : 0;
  }
  return state.history.run_rate(10).value_or(final_rate(snapshot));
}

std::string shell_command(const Snapshot& snapshot, std::string_view command, std::string_view rest) {
  // A run that is named like one of its stages needs the clear form.
  const bool clear = find_stage(snapshot, snapshot.run) == nullptr;
  return fmt::format("pooltop {} {}{}{}{}", command, clear ? "" : "--run ", snapshot.run, rest.empty() ? "" : " ",
                     rest);
}

std::string shell_command(const Snapshot& snapshot, std::string_view without_run) {
  const std::size_t space = std::min(without_run.find(' '), without_run.size());
  return shell_command(snapshot, without_run.substr(0, space),
                       without_run.substr(std::min(space + 1, without_run.size())));
}

bool is_eta_doubtful(const UiState& state) {
  constexpr std::size_t kWindow = 30;
  constexpr std::size_t kLast = 10;
  const std::vector<double> rates = state.history.run_rates(kWindow);
  if (rates.size() < kWindow) return false;
  const auto mean = [&](std::size_t from, std::size_t to) {
    return std::accumulate(rates.begin() + static_cast<std::ptrdiff_t>(from),
                           rates.begin() + static_cast<std::ptrdiff_t>(to), 0.0) /
           static_cast<double>(to - from);
  };
  return mean(kWindow - kLast, kWindow) < mean(0, kWindow - kLast) / 2;
}

}  // namespace pooltop
