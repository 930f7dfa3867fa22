// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "tui/state/steps.h"

// The close look at one worker: asked for once a second while it is shown, of the process that was chosen and of no
// other. The stack of its own code is another matter: that is taken when it is asked for, by a tool of the user's.

namespace pooltop {
namespace {

constexpr Nanos kLookInterval = kSecond;
constexpr Nanos kLookPatience = 5 * kSecond;

bool is_shown(const UiState& state) { return state.overlay == Overlay::Inspect || state.screen == Screen::Detail; }

void look_at(UiState& state, const WorkerKey& worker) {
  if (state.inspect.worker == worker) return;
  state.inspect = InspectState{};
  state.inspect.worker = worker;
}

bool has_ended(const Snapshot& snapshot, const WorkerKey& key) {
  const WorkerStatus* worker = find_worker(snapshot, key);
  return !worker || worker->state == WorkerState::Exited || worker->state == WorkerState::Killed;
}

}  // namespace

bool open_inspection(Step& step) {
  UiState& state = step.state();
  const WorkerStatus* worker =
      state.worker && acts_on_workers(state) ? find_worker(step.snapshot, *state.worker) : nullptr;
  if (!worker || worker->pid == 0) {
    say(step, "no process is selected here: move to a worker that has a PID", {}, true);
    return false;
  }
  look_at(state, *state.worker);
  state.inspect.asked_at = 0;  // at once, whatever was asked before
  state.overlay = Overlay::Inspect;
  state.overlay_top = 0;
  return true;
}

void take_user_stack(Step& step) {
  UiState& state = step.state();
  if (state.overlay != Overlay::Inspect && !open_inspection(step)) return;
  InspectState& inspect = state.inspect;
  if (inspect.gone) return say(step, "it has ended: there is no stack to take", {}, true);
  if (inspect.stack_asked) return;
  if (!inspect.now) {
    inspect.wants_stack = true;  // of which process, the first look will say
    return;
  }
  inspect.wants_stack = false;
  for (const InspectedProcess& process : inspect.now->processes) {
    if (process.pid != inspect.now->verdict_pid) continue;
    inspect.stack_asked = true;
    inspect.stack_pid = process.pid;
    inspect.stack.clear();
    step.out.take_stack = StackRequest{process.pid, process.name, process.argv};
    return say(step, fmt::format("taking the stack of {}: it stands still for that moment", process.pid),
               shell_command(step.snapshot, "inspect", fmt::format("{} --stack", inspect.worker->pid)));
  }
  say(step, "which of its processes to ask is not known", {}, true);
}

void ask_inspection(Step& step) {
  UiState& state = step.state();
  if (!is_shown(state) || state.frozen_since || state.link == Link::Lost) return;
  if (state.overlay != Overlay::Inspect && state.worker) look_at(state, *state.worker);
  InspectState& inspect = state.inspect;
  if (!inspect.worker || inspect.worker->pid == 0 || !is_alive(step.snapshot.state)) return;
  if (!inspect.gone && has_ended(step.snapshot, *inspect.worker)) {
    inspect.gone = true;
    step.out.changed = true;
  }
  if (inspect.gone) return;
  if (inspect.asked != 0 && state.now - inspect.asked_at < kLookPatience) return;
  if (inspect.asked_at != 0 && state.now - inspect.asked_at < kLookInterval) return;
  inspect.asked = state.next_id++;
  inspect.asked_at = state.now;
  ControlRequest request{inspect.asked, "inspect", {{"pid", static_cast<std::int64_t>(inspect.worker->pid)}}};
  if (!inspect.worker->started_at.empty()) request.params.emplace_back("started_at", inspect.worker->started_at);
  step.out.requests.push_back(std::move(request));
}

void take_inspection(Step& step, const Answered& answer) {
  UiState& state = step.state();
  InspectState& inspect = state.inspect;
  inspect.asked = 0;
  inspect.refused = answer.error.value_or("");
  if (!answer.inspection) return;
  inspect.before = std::move(inspect.now);
  inspect.now = *answer.inspection;
  if (inspect.wants_stack) take_user_stack(step);
}

void take_stack_lines(Step& step, const StackTaken& taken) {
  InspectState& inspect = step.state().inspect;
  if (!inspect.stack_asked || inspect.stack_pid != taken.pid) {
    step.out.changed = false;
    return;
  }
  inspect.stack_asked = false;
  inspect.stack_by = taken.by;
  inspect.stack = taken.lines;
  say(step, taken.by.empty() ? "no stack of its own code: see below"
                             : fmt::format("the stack of {} is here, by {}", taken.pid, taken.by));
}

}  // namespace pooltop
