// SPDX-License-Identifier: MIT
#include "tui/state/problems.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "engine/base/text.h"
#include "tui/state/steps.h"

namespace pooltop {
namespace {

// What stays the same of a text whose figures go on.
std::string without_digits(std::string text) {
  std::erase_if(text, [](char c) { return (c >= '0' && c <= '9') || c == '.'; });
  return text;
}

void select(UiState& state, const Snapshot& snapshot, std::size_t place) {
  state.problem = key_of(snapshot.problems[place]);
  for (std::size_t i = 0; i < place; ++i)
    if (key_of(snapshot.problems[i]) == key_of(snapshot.problems[place])) ++state.problem->same_before;
  state.problem_place = place;
}

// The cursor onto what the problem is about: the worker, where it still is, else the stage.
void go_to(Step& step, const Problem& problem) {
  UiState& state = step.state();
  state.overlay = Overlay::None;
  if (stage_index(step.snapshot, problem.stage)) state.stage = problem.stage;
  const WorkerStatus* worker = worker_of(problem, step.snapshot);
  if (worker == nullptr || state.screen != Screen::Workers) open_screen(step, Screen::Pipeline);
  state.pane = worker == nullptr ? Pane::Stages : Pane::Workers;
  if (worker != nullptr) state.worker = key_of(*worker);  // a filter that would hide it shows it under the cursor
}

void move_problem(Step& step, Action action, int page) {
  UiState& state = step.state();
  const std::size_t count = step.snapshot.problems.size();
  if (count == 0) return;
  const auto at = selected_problem(state, step.snapshot);
  const std::size_t from = std::min(at.value_or(state.problem_place), count - 1);
  const bool lost = !at && (action == Action::Up || action == Action::Down);
  select(state, step.snapshot, lost ? from : moved(from, distance(action, page), count));
}

void next_problem(Step& step, bool forward) {
  const std::size_t count = step.snapshot.problems.size();
  if (count == 0) return;
  const auto at = selected_problem(step.state(), step.snapshot);
  const std::size_t first = forward ? 0 : count - 1;
  select(step.state(), step.snapshot, at ? (*at + (forward ? 1 : count - 1)) % count : first);
}

}  // namespace

ProblemKey key_of(const Problem& problem) {
  return {problem.stage, problem.pid.value_or(0), problem.pid ? "" : without_digits(problem.text), 0};
}

std::optional<std::size_t> selected_problem(const UiState& state, const Snapshot& snapshot) {
  if (!state.problem) return std::nullopt;
  ProblemKey key = *state.problem;
  std::size_t same_before = std::exchange(key.same_before, 0);
  for (std::size_t i = 0; i < snapshot.problems.size(); ++i)
    if (key_of(snapshot.problems[i]) == key && same_before-- == 0) return i;
  return std::nullopt;
}

const WorkerStatus* worker_of(const Problem& problem, const Snapshot& snapshot) {
  if (!problem.pid) return nullptr;
  const auto worker = std::ranges::find(snapshot.workers, *problem.pid, &WorkerStatus::pid);
  return worker != snapshot.workers.end() && is_alive(worker->state) ? &*worker : nullptr;
}

std::string next_step(const Problem& problem, const Snapshot& snapshot, const Bindings& bindings) {
  const auto key = [&](Action action) { return bindings.key_of(action); };
  if (const WorkerStatus* worker = worker_of(problem, snapshot)) {
    const std::string tries = worker->attempt > 0 && worker->max_attempts > 0
                                  ? fmt::format("try {}/{}; ", worker->attempt, worker->max_attempts)
                                  : "";
    return fmt::format("{}{}: where it is; {}: its output; {}: kill it, {}", tries, key(Action::Inspect),
                       key(Action::Output), key(Action::Kill),
                       worker->item_id ? "its item goes back" : "another one takes its place");
  }
  const StageStatus* stage = find_stage(snapshot, problem.stage);
  if (stage == nullptr) return {};
  if (problem.pid) return fmt::format("{}: what the stage's workers wrote", key(Action::Output));
  if (is_paused(*stage)) return fmt::format("{}: resume it", key(Action::Pause));
  return fmt::format("{}: what its workers wrote", key(Action::Output));
}

std::string advice_of(const Limit& limit, const Bindings& bindings) {
  std::string text = printable(limit.advice);
  if (text.starts_with("+ ")) text.replace(0, 1, bindings.key_of(Action::ScaleUp));
  return text;
}

void show_problem(Step& step, std::size_t at) {
  const Problem& problem = step.snapshot.problems[at];
  select(step.state(), step.snapshot, at);
  go_to(step, problem);
  say(step, fmt::format("problem {} of {}: {}: {}", at + 1, step.snapshot.problems.size(), printable(problem.stage),
                        printable(addressed(step.state(), problem.text))));
}

void open_problems(Step& step, bool forward) {
  UiState& state = step.state();
  if (step.snapshot.problems.empty()) {
    const std::uint64_t failed = step.snapshot.items.failed;
    if (failed == 0) return say(step, "no problems");
    return say(step, fmt::format("no problems now; {} item{} failed: {} shows {}", failed, failed == 1 ? "" : "s",
                                 state.bindings.key_of(Action::ScreenFailed), failed == 1 ? "it" : "them"));
  }
  state.overlay = Overlay::Problems;
  state.overlay_top = 0;
  if (!selected_problem(state, step.snapshot))
    select(state, step.snapshot, forward ? 0 : step.snapshot.problems.size() - 1);
}

bool problem_key(Step& step, Action action) {
  UiState& state = step.state();
  switch (action) {
    case Action::NextProblem:
    case Action::PreviousProblem:
      next_problem(step, action == Action::NextProblem);
      return true;
    case Action::Up:
    case Action::Down:
    case Action::PageUp:
    case Action::PageDown:
    case Action::First:
    case Action::Last:
      move_problem(step, action, std::max(1, state.rows / 3));
      return true;
    case Action::Enter:
    case Action::Inspect:
    case Action::Output:
    case Action::Pause:
    case Action::Restart:
    case Action::Kill:
      break;
    default:
      return false;
  }
  const auto at = selected_problem(state, step.snapshot);
  if (!at) {
    say(step, "this problem is over: Up and Down go to the others", {}, true);
    return true;
  }
  const Problem problem = step.snapshot.problems[*at];
  const bool needs_worker = action == Action::Kill || action == Action::Inspect ||
                            (problem.pid && (action == Action::Pause || action == Action::Restart));
  if (needs_worker && worker_of(problem, step.snapshot) == nullptr) {
    say(step,
        problem.pid ? fmt::format("worker {} has ended", *problem.pid) : "that is for a worker: this is about a stage",
        {}, true);
    return true;
  }
  const bool acts = row_of(action).changes_run;
  if (acts && !state.marks.empty()) {  // they are what it would be done to
    say(step,
        fmt::format("{} marked elsewhere: Esc, then {} unmarks; or Enter goes there", state.marks.size(),
                    state.bindings.key_of(Action::Unmark)),
        {}, true);
    return true;
  }
  go_to(step, problem);
  if (action != Action::Enter) do_action(step, action);
  return true;
}

}  // namespace pooltop
