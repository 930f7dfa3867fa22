// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <algorithm>
#include <type_traits>
#include <utility>

#include "engine/base/text.h"
#include "tui/state/looked_at.h"
#include "tui/state/output_move.h"
#include "tui/state/problems.h"
#include "tui/state/stage_table.h"
#include "tui/state/steps.h"

// What the mouse does. A click says what was painted where it fell (see target.h); here that is looked for in what
// there is now. What is gone meanwhile is said, and nobody else is selected in its place.

namespace pooltop {
namespace {

constexpr Nanos kTwice = 400 * kMillisecond;  // between the two presses of a double click
constexpr int kWheelRows = 3;

// The same text for the same thing, whatever else became of it.
std::string identity_of(const MouseTarget& target) {
  return std::visit(
      [](const auto& t) -> std::string {
        using T = std::decay_t<decltype(t)>;
        if constexpr (std::is_same_v<T, StageTarget>) return fmt::format("stage {}", t.stage);
        if constexpr (std::is_same_v<T, WorkerTarget>)
          return fmt::format("worker {} {} {} {}", t.worker.pid, t.worker.started_at, t.worker.stage, t.worker.slot);
        if constexpr (std::is_same_v<T, ItemTarget>) return fmt::format("item {} of {}", t.item.id, t.item.stage);
        if constexpr (std::is_same_v<T, LineTarget>) return fmt::format("line {}", t.line);
        if constexpr (std::is_same_v<T, ProblemTarget>)
          return fmt::format("problem {} of {}", t.problem.pid.value_or(0), t.problem.stage);
        if constexpr (std::is_same_v<T, SettingTarget>) return fmt::format("setting {} of {}", t.key, t.stage);
        if constexpr (std::is_same_v<T, ChoiceTarget>) return "choice " + t.choice.label;
        if constexpr (std::is_same_v<T, EntryTarget>) return fmt::format("entry {} {} of {}", t.id, t.label, t.menu);
        return {};  // where a second click is another first one
      },
      target);
}

bool is_second(Step& step, const MousePressed& press) {
  UiState& state = step.state();
  const std::string what = identity_of(press.target);
  const auto& before = state.click;
  const bool twice = !what.empty() && before && before->row == press.input.row && before->col == press.input.col &&
                     before->what == what && state.now - before->at <= kTwice;
  state.click.reset();
  if (!twice) state.click = Click{press.input.row, press.input.col, state.now, what};
  return twice;
}

bool has_stages(const UiState& state) { return state.screen == Screen::Pipeline || state.screen == Screen::Queues; }
bool has_workers(const UiState& state) { return state.screen == Screen::Pipeline || state.screen == Screen::Workers; }

// Each of these is about one kind of target; false: it is not there any more, which was said.

bool select(Step& step, const StageTarget& target) {
  UiState& state = step.state();
  if (!has_stages(state) || !find_stage(step.snapshot, target.stage)) return false;
  state.stage = target.stage;
  state.pane = Pane::Stages;
  return true;
}

bool select(Step& step, const WorkerTarget& target) {
  UiState& state = step.state();
  if (!has_workers(state)) return false;
  const WorkerStatus* worker = find_worker(step.snapshot, target.worker);
  if (worker == nullptr) {
    say(step,
        target.worker.pid == 0 ? "the slot has a process again" : fmt::format("worker {} is gone", target.worker.pid));
    return false;
  }
  state.worker = target.worker;
  state.worker_lost = false;
  state.stage = worker->stage;
  state.pane = Pane::Workers;
  state.worker_place = selected_row(state, step.snapshot).value_or(0);
  return true;
}

bool select_in_queue(Step& step, const ItemKey& item) {
  UiState& state = step.state();
  QueueState& queue = state.queue;
  const auto& items = queue.now ? queue.now->items : std::vector<PeekedItem>{};
  const auto here = std::ranges::find(items, item.id, &PeekedItem::id);
  if (queue.stage != item.stage || here == items.end()) {
    say(step, fmt::format("#{} of {} waits here no more", printable(item.id), printable(item.stage)));
    return false;
  }
  queue.item = item;
  queue.place = static_cast<std::size_t>(here - items.begin());
  state.pane = Pane::Items;
  return true;
}

bool select_failed(Step& step, const ItemKey& item) {
  FailedState& list = step.state().failed;
  for (std::uint64_t at = 0; at < list.count(); ++at) {
    const FailedRow* row = list.row_at(at);
    if (row == nullptr || row->key != item) continue;
    list.item = item;
    list.place = at;
    list.is_there = true;
    step.state().stage = item.stage;
    return true;
  }
  say(step, fmt::format("#{} of {} is not on the list any more", printable(item.id), printable(item.stage)));
  return false;
}

bool select(Step& step, const ItemTarget& target) {
  const Screen screen = step.state().screen;
  if (screen == Screen::Queues) return select_in_queue(step, target.item);
  return screen == Screen::Failed && select_failed(step, target.item);
}

// Beside a worker's details the output has no cursor.
bool select(Step& step, const LineTarget& target) {
  UiState& state = step.state();
  if (state.screen == Screen::Detail) return true;
  const auto& shown = state.output.shown;
  state.pane = Pane::Output;
  if (!std::binary_search(shown.begin(), shown.end(), target.line)) return false;
  go_to_line(state.output, OutputPage(state, step.snapshot), target.line);
  return true;
}

bool select(Step& step, const ProblemTarget& target) {
  UiState& state = step.state();
  const auto before = std::exchange(state.problem, key_of(target.problem));
  const auto at = selected_problem(state, step.snapshot);
  if (!at) {
    state.problem = before;
    say(step, "that problem is gone");
    return false;
  }
  state.problem_place = *at;
  if (state.overlay != Overlay::Problems) show_problem(step, *at);
  return true;
}

bool select(Step& step, const SettingTarget& target) {
  SettingsState& settings = step.state().settings;
  const auto& rows = settings.rows();
  const auto at = std::ranges::find(rows, target.key, &Setting::key);
  if (settings.stage != target.stage || settings.shows_diff || at == rows.end()) return false;
  settings.place = static_cast<std::size_t>(at - rows.begin());
  settings.key = at->key;
  return true;
}

void click_pane(Step& step, Pane pane) {
  UiState& state = step.state();
  if (pane == Pane::Stages && has_stages(state)) state.pane = pane;
  if (pane == Pane::Workers && has_workers(state)) enter_workers(step);
  if (pane == Pane::Items && state.screen == Screen::Queues) enter_queue(step);
  if (pane == Pane::Output && state.screen == Screen::Pipeline) state.pane = pane;
}

void click_column(Step& step, WorkerColumn column) {
  if (!has_workers(step.state())) return;
  if (step.state().table.sort == column) return invert_order(step);
  sort_by(step, column);
}

// A key acts on what the cursor is on: it must be what the screen showed when its label was clicked.
void click_key(Step& step, const KeyTarget& target) {
  const UiState& state = step.state();
  const bool is_same = state.stage == target.stage && state.worker == target.worker;
  if (row_of(target.action).changes_run && !is_same)
    return say(step, "the cursor has moved meanwhile: nothing was done", {}, true);
  press_action(step, target.action);
}

// What it would send must have been there when it was painted; of several workers some may have ended since.
bool was_painted(const Choice& now, const Choice& painted) {
  return std::ranges::all_of(now.deeds, [&](const Deed& deed) {
    return std::ranges::find(painted.deeds, deed.request, &Deed::request) != painted.deeds.end();
  });
}

void click_in_dialog(Step& step, const MouseTarget& target, bool twice) {
  Dialog& dialog = *step.state().dialog;
  const auto* clicked = std::get_if<ChoiceTarget>(&target);
  if (clicked == nullptr) return;
  for (std::size_t i = 0; i < dialog.choices.size(); ++i) {
    const Choice& choice = dialog.choices[i];
    if (choice.key != clicked->choice.key || choice.label != clicked->choice.label) continue;
    if ((dialog.target_gone && i > 0) || !was_painted(choice, clicked->choice)) return;
    dialog.focus = i;
    if (twice) dialog_key(step, i == 0 ? kKeyEsc : kKeyEnter);
    return;
  }
}

void click_in_menu(Step& step, const MouseTarget& target, bool twice) {
  Menu& menu = *step.state().menu;
  const auto* clicked = std::get_if<EntryTarget>(&target);
  if (clicked == nullptr || clicked->menu != menu.title) return;
  for (std::size_t i = 0; i < menu.shown.size(); ++i) {
    const MenuEntry& entry = menu.entries[menu.shown[i]];
    if (entry.id != clicked->id || entry.label != clicked->label) continue;
    menu.at = i;
    if (twice) menu_key(step, kKeyEnter);
    return;
  }
}

void click(Step& step, const MousePressed& press) {
  UiState& state = step.state();
  const bool twice = is_second(step, press);
  if (state.dialog) return click_in_dialog(step, press.target, twice);
  if (state.prompt) return;  // it has the keys until it is closed
  if (state.menu) return click_in_menu(step, press.target, twice);
  if (const auto* key = std::get_if<KeyTarget>(&press.target)) return click_key(step, *key);
  if (state.overlay == Overlay::Problems) {
    const auto* problem = std::get_if<ProblemTarget>(&press.target);
    if (problem != nullptr && select(step, *problem) && twice) press_action(step, Action::Enter);
    return;
  }
  if (state.overlay == Overlay::Settings) {
    const auto* setting = std::get_if<SettingTarget>(&press.target);
    if (setting != nullptr && select(step, *setting) && twice) press_action(step, Action::Enter);
    return;
  }
  if (state.overlay != Overlay::None) return;
  state.loose = {};
  if (const auto* pane = std::get_if<PaneTarget>(&press.target)) return click_pane(step, pane->pane);
  if (const auto* column = std::get_if<ColumnTarget>(&press.target)) return click_column(step, column->column);
  bool selected = false;
  if (const auto* stage = std::get_if<StageTarget>(&press.target)) selected = select(step, *stage);
  if (const auto* worker = std::get_if<WorkerTarget>(&press.target)) selected = select(step, *worker);
  if (const auto* item = std::get_if<ItemTarget>(&press.target)) selected = select(step, *item);
  if (const auto* line = std::get_if<LineTarget>(&press.target)) selected = select(step, *line);
  if (const auto* problem = std::get_if<ProblemTarget>(&press.target)) selected = select(step, *problem);
  if (!selected || !twice) return;
  const bool is_line = std::holds_alternative<LineTarget>(press.target);
  press_action(step, is_line ? Action::Output : Action::Enter);
}

template <typename Number>
void scroll(Number& top, int rows, std::size_t last) {
  const auto to = static_cast<long long>(std::min<std::size_t>(top, last)) + rows;
  top = static_cast<Number>(std::clamp(to, 0LL, static_cast<long long>(last)));
}

std::size_t last_top(std::size_t count, int visible) {
  const auto rows = static_cast<std::size_t>(std::max(visible, 1));
  return count > rows ? count - rows : 0;
}

void scroll_pane(Step& step, Pane pane, int rows) {
  UiState& state = step.state();
  const Layout layout = layout_of(state, step.snapshot);
  if (pane == Pane::Output) return scroll_output(step, rows);
  if (pane == Pane::Stages && has_stages(state)) {
    state.loose.stages = true;
    scroll(state.stage_top, rows, last_top(shown_stages(state, step.snapshot).size(), layout.stage_rows()));
  }
  if (pane == Pane::Workers && has_workers(state)) {
    const std::size_t count = worker_lines(state, worker_rows(state, step.snapshot)).size();
    state.loose.workers = true;
    scroll(state.worker_top, rows, last_top(count, layout.worker_rows()));
  }
  if (pane != Pane::Items) return;
  state.loose.items = true;
  if (state.screen == Screen::Queues && state.queue.now)
    scroll(state.queue.top, rows, last_top(state.queue.now->items.size(), layout.item_rows()));
  if (state.screen == Screen::Failed)
    scroll(state.failed.top, rows, last_top(static_cast<std::size_t>(state.failed.count()), layout.item_rows()));
}

std::optional<Pane> pane_of(const UiState& state, const MouseTarget& target) {
  if (const auto* pane = std::get_if<PaneTarget>(&target)) return pane->pane;
  if (std::holds_alternative<StageTarget>(target)) return Pane::Stages;
  if (std::holds_alternative<WorkerTarget>(target) || std::holds_alternative<ColumnTarget>(target))
    return Pane::Workers;
  if (std::holds_alternative<LineTarget>(target)) return Pane::Output;
  if (std::holds_alternative<ItemTarget>(target) && state.screen != Screen::Item) return Pane::Items;
  return std::nullopt;
}

void turn_wheel(Step& step, const MouseTarget& target, int rows) {
  UiState& state = step.state();
  const auto* text = std::get_if<TextTarget>(&target);
  if (state.dialog || state.prompt) return;
  if (state.menu) {
    const bool is_list = text != nullptr || std::holds_alternative<EntryTarget>(target);
    if (is_list && !state.menu->shown.empty()) scroll(state.menu->at, rows, state.menu->shown.size() - 1);
    return;
  }
  const Action action = rows < 0 ? Action::Up : Action::Down;
  if (state.overlay == Overlay::Problems || state.overlay == Overlay::Settings) {  // their cursor is what scrolls them
    const int times = state.overlay == Overlay::Settings && state.settings.shows_diff ? kWheelRows : 1;
    for (int i = 0; i < times; ++i) press_action(step, action);
    return;
  }
  if (state.overlay != Overlay::None) {
    if (text != nullptr) scroll(state.overlay_top, rows, text->last_top);
    return;
  }
  if (text != nullptr && state.screen == Screen::Item) return scroll(state.item.top, rows, text->last_top);
  if (const auto pane = pane_of(state, target)) scroll_pane(step, *pane, rows);
}

}  // namespace

void press_mouse(Step& step, const MousePressed& press) {
  const UiState& state = step.state();
  if (!state.mouse || press.screen != state.screen) {
    step.out.changed = false;
    return;
  }
  if (press.input.button == MouseButton::Left) return click(step, press);
  turn_wheel(step, press.target, press.input.button == MouseButton::WheelUp ? -kWheelRows : kWheelRows);
}

void toggle_mouse(Step& step) {
  UiState& state = step.state();
  if (!state.no_mouse.empty()) return say(step, state.no_mouse, {}, true);
  state.mouse = !state.mouse;
  const std::string key = state.bindings.key_of(Action::Mouse);
  say(step, state.mouse
                ? fmt::format("the mouse clicks and scrolls here; Shift-drag selects text, {} gives it back", key)
                : fmt::format("the mouse is the terminal's: it selects text as always; {} takes it again", key));
}

bool is_cursor_hidden(const UiState& state, const Snapshot& snapshot) {
  const Layout layout = layout_of(state, snapshot);
  const auto is_out = [](std::size_t at, std::size_t top, int visible) {
    return at < top || at - top >= static_cast<std::size_t>(std::max(visible, 1));
  };
  if (state.pane == Pane::Stages && state.loose.stages) {
    const auto at = place_of_stage(state, shown_stages(state, snapshot));
    return is_out(at.value_or(0), state.stage_top, layout.stage_rows());
  }
  if (state.pane == Pane::Workers && state.loose.workers)  // marked ones have a rule of their own
    return state.marks.empty() && state.worker && !is_in_sight(state, snapshot, *state.worker);
  if (state.pane != Pane::Items || !state.loose.items) return false;
  if (state.screen == Screen::Queues) return is_out(state.queue.place, state.queue.top, layout.item_rows());
  const bool marked = state.failed.all_marked || !state.failed.marks.empty();
  return state.screen == Screen::Failed && !marked &&
         is_out(static_cast<std::size_t>(state.failed.place), static_cast<std::size_t>(state.failed.top),
                layout.item_rows());
}

}  // namespace pooltop
