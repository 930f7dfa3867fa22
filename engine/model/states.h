// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace pooltop {

enum class RunState : std::uint8_t { Starting, Running, Paused, Draining, Done, Failed, Stopped };
enum class StageState : std::uint8_t { Waiting, Running, Paused, Draining, Done, Failed };
enum class WorkerState : std::uint8_t { Starting, Idle, Busy, Blocked, Paused, Backoff, Exited, Killed };

template <typename State>
struct StateRow {
  State state;
  std::string_view name;
  bool alive;  // for a run or stage: not ended; for a worker: there is a process
};

inline constexpr auto kRunStates = std::to_array<StateRow<RunState>>({
    {RunState::Starting, "starting", true},
    {RunState::Running, "running", true},
    {RunState::Paused, "paused", true},
    {RunState::Draining, "draining", true},
    {RunState::Done, "done", false},
    {RunState::Failed, "failed", false},
    {RunState::Stopped, "stopped", false},
});
inline constexpr auto kStageStates = std::to_array<StateRow<StageState>>({
    {StageState::Waiting, "waiting", true},
    {StageState::Running, "running", true},
    {StageState::Paused, "paused", true},
    {StageState::Draining, "draining", true},
    {StageState::Done, "done", false},
    {StageState::Failed, "failed", false},
});
inline constexpr auto kWorkerStates = std::to_array<StateRow<WorkerState>>({
    {WorkerState::Starting, "starting", true},
    {WorkerState::Idle, "idle", true},
    {WorkerState::Busy, "busy", true},
    {WorkerState::Blocked, "blocked", true},
    {WorkerState::Paused, "paused", true},
    {WorkerState::Backoff, "backoff", false},
    {WorkerState::Exited, "exited", false},
    {WorkerState::Killed, "killed", false},
});

namespace detail {
template <typename Rows, typename State>
constexpr bool one_row_per_state(const Rows& rows, State last) {
  for (std::size_t i = 0; i < rows.size(); ++i)
    if (static_cast<std::size_t>(rows[i].state) != i) return false;
  return static_cast<std::size_t>(last) + 1 == rows.size();
}
template <typename Rows>
constexpr auto state_named(const Rows& rows, std::string_view name) -> std::optional<decltype(rows[0].state)> {
  for (const auto& row : rows)
    if (row.name == name) return row.state;
  return std::nullopt;
}
}  // namespace detail
static_assert(detail::one_row_per_state(kRunStates, RunState::Stopped), "one row per RunState, in the enum's order");
static_assert(detail::one_row_per_state(kStageStates, StageState::Failed),
              "one row per StageState, in the enum's order");
static_assert(detail::one_row_per_state(kWorkerStates, WorkerState::Killed), "one row per WorkerState, in order");

/// The state's name in JSON, on screen and in the docs.
constexpr std::string_view name_of(RunState s) { return kRunStates[static_cast<std::size_t>(s)].name; }
constexpr std::string_view name_of(StageState s) { return kStageStates[static_cast<std::size_t>(s)].name; }
constexpr std::string_view name_of(WorkerState s) { return kWorkerStates[static_cast<std::size_t>(s)].name; }
constexpr std::optional<RunState> run_state_named(std::string_view n) { return detail::state_named(kRunStates, n); }
constexpr std::optional<StageState> stage_state_named(std::string_view n) {
  return detail::state_named(kStageStates, n);
}
constexpr std::optional<WorkerState> worker_state_named(std::string_view n) {
  return detail::state_named(kWorkerStates, n);
}
/// False once the run has ended.
constexpr bool is_alive(RunState s) { return kRunStates[static_cast<std::size_t>(s)].alive; }
/// True while there is a process.
constexpr bool is_alive(WorkerState s) { return kWorkerStates[static_cast<std::size_t>(s)].alive; }

}  // namespace pooltop
