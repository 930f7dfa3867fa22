// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <algorithm>

#include "engine/base/text.h"
#include "tui/state/stage_table.h"
#include "tui/state/steps.h"

namespace pooltop {
namespace {

constexpr int kColumnStep = 8;

void select_worker(Step& step, const WorkerStatus& worker, std::size_t row) {
  UiState& state = step.state();
  state.worker = key_of(worker);
  state.worker_place = row;
  state.stage = worker.stage;
}

void move_stage(Step& step, Action action, int page) {
  UiState& state = step.state();
  const auto rows = shown_stages(state, step.snapshot);
  if (rows.empty()) return;
  const std::size_t at = place_of_stage(state, rows).value_or(0);
  state.stage = rows[moved(at, distance(action, page), rows.size())]->name;
}

// A cursor whose process is gone goes on from the row where it was.
void move_worker(Step& step, Action action, int page) {
  UiState& state = step.state();
  const auto rows = worker_rows(state, step.snapshot);
  if (rows.empty()) return;
  const auto at = selected_row(state, step.snapshot);
  const std::size_t from = std::min(at.value_or(state.worker_place), rows.size() - 1);
  const bool lost = !at && (action == Action::Up || action == Action::Down);
  const std::size_t to = lost ? from : moved(from, distance(action, page), rows.size());
  select_worker(step, *rows[to], to);
}

void move(Step& step, Action action) {
  UiState& state = step.state();
  const Layout layout = layout_of(state, step.snapshot);
  if (state.pane == Pane::Output) return move_output(step, action);
  if (state.screen == Screen::Failed) return move_in_failed(step, action);
  if (state.screen == Screen::Item) return move_in_way(step, action);
  if (state.pane == Pane::Items) return move_in_queue(step, action);
  if (state.pane == Pane::Stages) return move_stage(step, action, std::max(1, layout.stage_rows() - 1));
  move_worker(step, action, std::max(1, layout.worker_rows() - 1));
}

void scroll_columns(Step& step, Action action) {
  UiState& state = step.state();
  if (state.pane == Pane::Output) return move_output(step, action);
  state.item_left = std::clamp(state.item_left + (action == Action::Left ? -kColumnStep : kColumnStep), 0, 4096);
}

void next_pane(Step& step, bool forward) {
  UiState& state = step.state();
  if (state.screen == Screen::Queues) {
    if (state.pane == Pane::Stages) return enter_queue(step);
    state.pane = Pane::Stages;
    return;
  }
  if (state.screen != Screen::Pipeline) return;
  const bool has_output = layout_of(state, step.snapshot).output.rows > 0;
  std::vector<Pane> panes{Pane::Stages, Pane::Workers};
  if (has_output) panes.push_back(Pane::Output);
  const auto at = std::find(panes.begin(), panes.end(), state.pane) - panes.begin();
  const auto count = static_cast<std::ptrdiff_t>(panes.size());
  state.pane = panes[static_cast<std::size_t>((at + (forward ? 1 : count - 1)) % count)];
  if (state.pane == Pane::Workers) enter_workers(step);
}

void enter(Step& step) {
  UiState& state = step.state();
  if (state.pane == Pane::Output) return open_screen(step, Screen::Output);
  if (enter_item(step)) return;
  if (state.screen == Screen::Queues) return enter_queue(step);
  if (state.pane == Pane::Stages) return enter_workers(step);
  if (state.screen == Screen::Detail || !selected_row(state, step.snapshot)) return;
  open_screen(step, Screen::Detail);
}

void back(Step& step) {
  UiState& state = step.state();
  const bool on_table = state.pane == Pane::Workers && state.screen != Screen::Detail;
  if (on_table && !state.table.filter.text.empty()) return clear_filter(step);
  if (state.pane == Pane::Output && clear_words(step)) return;
  if (state.screen == Screen::Failed && clear_match(step)) return;
  if (state.screen == Screen::Queues && state.pane == Pane::Items) {
    state.pane = Pane::Stages;
    return;
  }
  if (!state.under.empty()) {
    state.screen = state.under.back().screen;
    state.pane = state.under.back().pane;
    state.under.pop_back();
  } else if (state.screen != Screen::Pipeline) {
    state.screen = Screen::Pipeline;
    state.pane = Pane::Stages;
  } else {
    if (state.pane == Pane::Stages) state.marks.clear();
    state.pane = Pane::Stages;
  }
}

void mark(Step& step) {
  UiState& state = step.state();
  const auto row = selected_row(state, step.snapshot);
  // In output it would move the cursor away from the worker that is shown, unseen.
  if (!acts_on_workers(state) || !row || state.pane == Pane::Output)
    return say(step, "a mark is set on a worker: Enter moves to the workers");
  const auto it = std::find(state.marks.begin(), state.marks.end(), *state.worker);
  if (it == state.marks.end())
    state.marks.push_back(*state.worker);
  else
    state.marks.erase(it);
  move_worker(step, Action::Down, 1);
}

void mark_all(Step& step) {
  UiState& state = step.state();
  std::size_t shown = 0;
  std::vector<WorkerKey> added;
  for (const WorkerStatus* worker : worker_rows(state, step.snapshot)) {
    if (!is_shown(state, step.snapshot, *worker)) continue;  // the one under the cursor, which the filter would hide
    ++shown;
    if (!is_marked(state, *worker)) added.push_back(key_of(*worker));
  }
  state.marks.insert(state.marks.end(), added.begin(), added.end());
  const std::size_t others = state.marks.size() - shown;
  say(step, fmt::format("marked {} worker{}{}", shown, shown == 1 ? "" : "s",
                        others > 0 ? fmt::format("; {} more that are not shown are marked", others) : ""));
}

// The pane that takes the keys on a screen; on the pipeline whichever took them, if it is there.
Pane pane_on(Screen screen, Pane before) {
  switch (screen) {
    case Screen::Workers:
    case Screen::Detail:
      return Pane::Workers;
    case Screen::Failed:
    case Screen::Item:
      return Pane::Items;
    case Screen::Queues:
      return Pane::Stages;
    case Screen::Output:
      return Pane::Output;
    case Screen::Pipeline:
      break;
  }
  return before == Pane::Output || before == Pane::Items ? Pane::Stages : before;
}

bool has_worker_table(const UiState& state) {
  const bool of_items =
      state.screen == Screen::Queues || state.screen == Screen::Failed || state.screen == Screen::Item;
  return !of_items || state.pane == Pane::Output;
}

}  // namespace

int distance(Action action, int page) {
  switch (action) {
    case Action::Up:
      return -1;
    case Action::Down:
      return 1;
    case Action::PageUp:
      return -page;
    case Action::PageDown:
      return page;
    case Action::First:
      return -1'000'000'000;
    case Action::Last:
      return 1'000'000'000;
    default:
      return 0;
  }
}

std::size_t moved(std::size_t from, int by, std::size_t count) {
  const auto to = static_cast<long long>(from) + by;
  return static_cast<std::size_t>(std::clamp(to, 0LL, static_cast<long long>(count) - 1));
}

void open_screen(Step& step, Screen screen) {
  UiState& state = step.state();
  if (state.screen == screen) return;
  // A screen is on the way back once: going round in circles does not make the way longer.
  const auto place =
      std::find_if(state.under.begin(), state.under.end(), [&](const Visit& p) { return p.screen == screen; });
  const bool was_there = place != state.under.end();
  state.under.erase(place, state.under.end());
  if (screen == Screen::Pipeline)
    state.under.clear();
  else if (!was_there)
    state.under.push_back({state.screen, state.pane});
  state.screen = screen;
  state.pane = pane_on(screen, state.pane);
  if (screen == Screen::Workers) enter_workers(step);
}

void enter_workers(Step& step) {
  UiState& state = step.state();
  state.pane = Pane::Workers;
  const auto rows = worker_rows(state, step.snapshot);
  if (rows.empty() || selected_row(state, step.snapshot)) return;
  for (std::size_t i = 0; i < rows.size(); ++i)
    if (rows[i]->stage == state.stage) return select_worker(step, *rows[i], i);
  select_worker(step, *rows[0], 0);
}

void go_to_limit(Step& step) {
  const auto& limit = step.snapshot.limit;
  if (!limit || !find_stage(step.snapshot, limit->stage)) return;
  UiState& state = step.state();
  open_screen(step, Screen::Pipeline);
  state.stage = limit->stage;
  state.pane = Pane::Stages;
}

bool acts_on_workers(const UiState& state) {
  if (state.screen == Screen::Workers || state.screen == Screen::Detail) return true;
  if (state.pane != Pane::Output) return state.pane == Pane::Workers;
  return state.output.chosen_pid != 0 && state.output.reach == OutputReach::Chosen;
}

void navigate(Step& step, Action action) {
  UiState& state = step.state();
  if (state.screen == Screen::Failed && row_of(action).section == Section::Marks) return mark_failed(step, action);
  if (state.screen == Screen::Failed && action == Action::Filter) return type_match(step);
  const bool of_workers = row_of(action).section == Section::Rows || row_of(action).section == Section::Marks;
  if (of_workers && !has_worker_table(state))
    return say(
        step, fmt::format("that is for tables of workers: {} shows all", state.bindings.key_of(Action::ScreenWorkers)));
  switch (action) {
    case Action::Left:
    case Action::Right:
      return scroll_columns(step, action);
    case Action::Enter:
      return enter(step);
    case Action::Back:
      return back(step);
    case Action::NextPane:
      return next_pane(step, true);
    case Action::PreviousPane:
      return next_pane(step, false);
    case Action::ScreenPipeline:
      return open_screen(step, Screen::Pipeline);
    case Action::ScreenWorkers:
      return open_screen(step, Screen::Workers);
    case Action::ScreenQueues:
      return open_screen(step, Screen::Queues);
    case Action::ScreenFailed:
      return open_screen(step, Screen::Failed);
    case Action::ScreenOutput:
    case Action::Output:
      return open_screen(step, Screen::Output);
    case Action::Filter:
      if (state.pane == Pane::Output || state.screen == Screen::Detail) return output_action(step, action);
      return type_filter(step);
    case Action::Sort:
      return choose_order(step);
    case Action::Invert:
      return invert_order(step);
    case Action::Group:
      return next_grouping(step);
    case Action::Follow:
    case Action::SearchNext:
    case Action::SearchPrevious:
    case Action::Keep:
    case Action::Wrap:
    case Action::Times:
    case Action::Reach:
    case Action::Copy:
    case Action::CopyAll:
    case Action::Pager:
      return output_action(step, action);
    case Action::Mark:
      return mark(step);
    case Action::MarkAll:
      return mark_all(step);
    case Action::Unmark:
      return state.marks.clear();
    case Action::NextProblem:
      return open_problems(step, true);
    case Action::PreviousProblem:
      return open_problems(step, false);
    default:
      return move(step, action);
  }
}

}  // namespace pooltop
