// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/base/text.h"
#include "tui/keys/key_table.h"
#include "tui/state/problems.h"
#include "tui/state/rows.h"
#include "tui/views/panes.h"
#include "tui/views/text_fit.h"

namespace pooltop {
namespace {

struct BarEntry {
  Action action;
  std::string key;
  std::string label;
  std::optional<Action> other = {};  // of two keys "+/-": what the second one does
};

// What one needs first when there is little room; the others follow in the table's order.
constexpr auto kFirst = std::to_array({Action::Help, Action::Freeze, Action::StepBack, Action::Pause, Action::Restart,
                                       Action::Kill, Action::RetryItem, Action::FailItem, Action::Quit});
constexpr auto kFirstInOutput = std::to_array({Action::Help, Action::Filter, Action::Keep, Action::Copy, Action::Quit});

// What goes before the others are said in fewer words: tables have them everywhere, and so has the palette.
constexpr auto kGoBeforeWords = std::to_array({Action::Sort, Action::Mark});

// What goes first where little is missing: what is rarely wanted, then what one tries anyway.
constexpr auto kGoFirst =
    std::to_array({Action::Settings, Action::ScaleUp, Action::Filter, Action::Enter, Action::Palette});

// What can be done from where a worker is looked at closely, and from the list of problems.
constexpr auto kInInspection =
    std::to_array({Action::UserStack, Action::Pause, Action::Restart, Action::Kill, Action::Output, Action::Back});
constexpr auto kInProblems = std::to_array(
    {Action::Enter, Action::Inspect, Action::Pause, Action::Restart, Action::Kill, Action::Output, Action::Back});

// The actions of the overlay that leaves the key bar in sight; empty: there is none.
std::span<const Action> in_overlay(const UiState& state) {
  if (state.overlay == Overlay::Inspect) return kInInspection;
  if (state.overlay == Overlay::Problems) return kInProblems;
  return {};
}

// The same where settings are; what goes first where there is little room.
constexpr auto kInSettings = std::to_array({Action::Enter, Action::Back, Action::ScaleUp, Action::SettingBack,
                                            Action::SettingsDiff, Action::SettingsWrite, Action::SettingsDrop});
constexpr auto kGoFirstInSettings = std::to_array({Action::Back, Action::ScaleUp, Action::SettingBack, Action::Enter});

bool in_output(const Frame& frame) { return frame.state.pane == Pane::Output; }

bool is_in_work(const UiState& state) { return state.item.way && state.item.way->now.state == "in_work"; }

// Enter goes into what has the keys; nowhere from the end of it.
std::string_view enter_label(const Frame& frame) {
  const UiState& state = frame.state;
  if (state.overlay == Overlay::Problems) return "show";
  if (state.screen == Screen::Output) return {};
  if (state.screen == Screen::Detail) return state.worker_item ? "item" : "";
  if (state.screen == Screen::Failed) return state.failed.item && state.failed.count() > 0 ? "its way" : "";
  if (state.screen == Screen::Item) return is_in_work(state) ? "worker" : "";
  if (state.pane == Pane::Output) return "enlarge";
  if (!is_alive(frame.snapshot.state)) return {};
  if (state.screen == Screen::Queues) return state.pane == Pane::Stages ? "items" : "its way";
  if (state.pane == Pane::Workers && state.worker_item && !selected_row(state, frame.snapshot)) return "item";
  return state.pane == Pane::Stages && state.screen == Screen::Pipeline ? "workers" : "detail";
}

bool is_on_worker(const Frame& frame) { return frame.state.screen == Screen::Detail || enter_label(frame) == "detail"; }

// Whether the key that pauses would let what is under the cursor go on; of several, or of what an overlay names, it is
// not said.
bool would_resume(const Frame& frame) {
  const UiState& state = frame.state;
  if (state.overlay != Overlay::None) return false;
  if (is_on_worker(frame)) {
    const WorkerStatus* worker = state.worker ? find_worker(frame.snapshot, *state.worker) : nullptr;
    return worker && state.marks.empty() && worker->state == WorkerState::Paused;
  }
  const StageStatus* stage = find_stage(frame.snapshot, state.stage);
  if (!stage || state.pane != Pane::Stages) return false;
  return is_paused(*stage);
}

BarEntry entry_of(const Frame& frame, const KeyRow& row, bool brief) {
  const Bindings& bindings = frame.state.bindings;
  std::string key = bindings.key_of(row.action);
  if (row.action == Action::ScaleUp && !bindings.keys_for(Action::ScaleDown).empty())
    key += "/" + bindings.key_of(Action::ScaleDown);
  std::string label(brief ? row.bar_short : row.bar);
  const bool leaves = !frame.state.owns_run || !is_alive(frame.snapshot.state);
  if (row.action == Action::Enter) label = enter_label(frame);
  if (row.action == Action::Filter && in_output(frame)) label = "search";
  if (row.action == Action::Back) label = "back";
  if (row.action == Action::Pause && would_resume(frame)) label = "resume";
  if (frame.state.overlay == Overlay::Settings) {
    if (row.action == Action::Enter) label = brief ? "set" : "change";
    if (row.action == Action::ScaleUp) label = brief ? "" : "workers";
    if (row.action == Action::SettingsDiff && frame.state.settings.shows_diff) label = "settings";
  }
  if (row.section == Section::Replay) key += "/" + bindings.key_of((&row + 1)->action);
  if (row.action == Action::Freeze) label = frame.state.replay->paused ? "play" : "pause";
  if (row.action == Action::Quit && frame.state.replay)
    label = "leave";
  else if (row.action == Action::Quit && leaves)
    label = is_alive(frame.snapshot.state) ? "detach" : "leave";
  const bool has_two = row.action == Action::ScaleUp || row.section == Section::Replay;
  const Action second = (&row + 1)->action;
  const bool shows_two = has_two && !bindings.keys_for(second).empty();
  return {row.action, std::move(key), std::move(label), shows_two ? std::optional(second) : std::nullopt};
}

// A click on the label does the key; of two keys each its own.
void stands_for_keys(const Frame& frame, Window& window, const BarEntry& entry, int begin, int end) {
  const UiState& state = frame.state;
  window.stand_for(0, begin, 1, end - begin, KeyTarget{entry.action, state.stage, state.worker});
  if (!entry.other) return;
  const int first = cells_of(entry.key.substr(0, entry.key.find('/', 1) + 1), window.charset());
  const int all = cells_of(entry.key, window.charset());
  window.stand_for(0, begin + first, 1, all - first, KeyTarget{*entry.other, state.stage, state.worker});
}

// What means something among items is not what means something among workers.
bool belongs_on(const UiState& state, const KeyRow& row) {
  const bool of_rows = row.section == Section::Rows || row.section == Section::Marks;
  const bool of_items = row.action == Action::RetryItem || row.action == Action::FailItem;
  switch (state.screen) {
    case Screen::Queues:
      if (row.action == Action::FailItem) return state.pane == Pane::Items;
      return !of_rows && row.action != Action::Kill && row.action != Action::RetryItem;
    case Screen::Failed:
      return of_items || row.action == Action::Mark || row.action == Action::Filter ||
             (row.section != Section::Actions && !of_rows);
    case Screen::Item: {
      const std::string where = state.item.way ? state.item.way->now.state : "";
      if (row.action == Action::RetryItem) return where == "failed" || where == "retrying";
      if (row.action == Action::FailItem) return where == "retrying" || where == "queued" || where == "in_work";
      return row.section != Section::Actions && !of_rows;
    }
    default:
      return !of_items;
  }
}

bool has_settings(const Frame& frame) {
  const UiState& state = frame.state;
  return !state.replay && is_alive(frame.snapshot.state) && state.screen != Screen::Failed &&
         state.screen != Screen::Item;
}

bool applies_in_settings(const Frame& frame, const KeyRow& row) {
  if (std::ranges::find(kInSettings, row.action) == kInSettings.end()) return false;
  const bool of_row = row.action == Action::Enter || row.action == Action::ScaleUp || row.action == Action::SettingBack;
  if (of_row && frame.state.settings.shows_diff) return false;
  return !(of_row || row.changes_run) || !frame.state.read_only;
}

// Whether the key does something here; those without a label in the bar count only where they are asked for.
bool applies(const Frame& frame, const KeyRow& row, bool needs_label = true) {
  if (frame.state.bindings.keys_for(row.action).empty()) return false;
  if (frame.state.overlay == Overlay::Settings) return applies_in_settings(frame, row);
  if (row.section == Section::Settings && (row.action != Action::Settings || !has_settings(frame))) return false;
  const bool replay = frame.state.replay.has_value();
  if (row.action == Action::Freeze) return replay && !frame.state.replay->is_report;
  if (row.section == Section::Replay && (!replay || frame.state.replay->is_report)) return false;
  if (replay && (row.changes_run || row.action == Action::Inspect)) return false;
  const auto overlay = in_overlay(frame.state);
  const bool looks = !overlay.empty();
  if (looks && std::ranges::find(overlay, row.action) == overlay.end()) return false;
  if (needs_label && row.bar.empty() && !(looks && row.action == Action::Back)) return false;
  const bool can_act = !row.changes_run || (!frame.state.read_only && is_alive(frame.snapshot.state));
  if (looks) return can_act;
  if (row.action == Action::UserStack) return false;
  if ((row.action == Action::Inspect || row.action == Action::Kill) && !is_on_worker(frame)) return false;
  const bool of_rows = row.section == Section::Rows || row.section == Section::Marks;
  const bool of_workers = of_rows && frame.state.screen != Screen::Failed;
  if (of_workers && !is_alive(frame.snapshot.state) && !in_output(frame)) return false;
  if (!belongs_on(frame.state, row)) return false;
  // In output the workers' keys mean what they always do, but its own are what one looks for.
  const bool anywhere = row.section == Section::Looking || row.section == Section::Leaving ||
                        row.action == Action::Enter || row.action == Action::Filter;
  if (!anywhere && in_output(frame) != (row.section == Section::Output)) return false;
  if (row.action == Action::Enter && enter_label(frame).empty()) return false;
  return can_act;
}

int width_of(const std::vector<BarEntry>& entries) {
  int width = -1;  // one blank before the first, two before the others
  for (const BarEntry& entry : entries)
    width += 2 + static_cast<int>(entry.key.size() + entry.label.size()) + (entry.label.empty() ? 0 : 1);
  return width;
}

void drop(std::vector<BarEntry>& entries, Action action) {
  std::erase_if(entries, [action](const BarEntry& entry) { return entry.action == action; });
}

std::vector<BarEntry> entries_for(const Frame& frame, int cols) {
  std::vector<BarEntry> entries;
  for (const bool brief : {false, true}) {
    entries.clear();
    for (const KeyRow& row : key_table())
      if (applies(frame, row))
        if (BarEntry entry = entry_of(frame, row, brief); !entry.label.empty()) entries.push_back(std::move(entry));
    for (const Action action : kGoBeforeWords) {
      if (brief || width_of(entries) <= cols) break;
      drop(entries, action);
    }
    if (width_of(entries) <= cols) return entries;
  }
  if (frame.state.overlay == Overlay::Settings) {
    for (const Action action : kGoFirstInSettings)
      if (width_of(entries) > cols) drop(entries, action);
    return entries;
  }
  // Beside a worker's details nothing else leads to its item.
  if (frame.state.screen == Screen::Detail) drop(entries, Action::Palette);
  if (width_of(entries) <= cols) return entries;
  for (const Action action : kGoFirst) {
    drop(entries, action);
    if (width_of(entries) <= cols) return entries;
  }
  entries.clear();
  std::span<const Action> first = kFirst;
  if (in_output(frame)) first = kFirstInOutput;
  if (const auto overlay = in_overlay(frame.state); !overlay.empty()) first = overlay;
  for (const Action action : first)
    if (const KeyRow& row = row_of(action); applies(frame, row)) entries.push_back(entry_of(frame, row, true));
  if (!entries.empty() && entries.back().action == Action::Quit && width_of(entries) > cols)
    entries.back().label.clear();
  return entries;
}

// The sentence, with the advice and its key at the end if both fit; else the key.
void draw_limit(const UiState& state, const Limit& limit, Window& window) {
  const Bindings& bindings = state.bindings;
  const std::string key = bindings.key_of(Action::Why);
  const std::string text = printable(addressed(state, limit.text));
  const int why = cells_of(key, window.charset()) + 6;
  const std::string advice = advice_of(limit, bindings) + "  ";
  const int room = window.cols() - 2 - cells_of(text, window.charset());
  const int all = cells_of(advice, window.charset()) + why;
  const bool has_advice = !limit.advice.empty() && room >= all;
  const int end = window.cols() - (has_advice ? all : why);
  const bool fits = cells_of(text, window.charset()) <= end - 2;
  const std::string first = text.substr(0, text.find(';'));  // who it is, with the evidence; then who waits for it
  const bool first_fits = cells_of(first, window.charset()) <= end - 2;
  const std::string shown = fits         ? text
                            : first_fits ? first
                                         : std::string(cut_end(text, end - 4, window.charset())) + "..";
  window.put(0, 1, shown, Role::Dim);
  const int col = has_advice ? window.put(0, end, advice, Role::Message) : end;
  const int width = cells_of(key, window.charset()) + 4;
  window.put(0, window.put(0, col, key, Role::KeyName) + 1, "why", Role::Dim);
  window.stand_for(0, col, 1, width, KeyTarget{.action = Action::Why, .stage = {}, .worker = {}});
}

std::string replay_hint(const ReplayState& replay, const Bindings& bindings) {
  const std::string quit = bindings.key_of(Action::Quit);
  if (replay.is_report) return fmt::format("no recording of this run is there: this is its report; {} leaves", quit);
  if (replay.position_s < replay.length_s)
    return fmt::format("a recording: nothing here acts on a run; {} leaves", quit);
  return fmt::format("the recording ends here; {} plays it again, {} leaves", bindings.key_of(Action::Freeze), quit);
}

// What can be done where nothing was: the run has ended, or is another's.
std::string rest_hint(const Frame& frame) {
  const UiState& state = frame.state;
  const std::string quit = state.bindings.key_of(Action::Quit);
  if (is_alive(frame.snapshot.state))
    return state.owns_run ? "" : fmt::format("attached; {} detaches, the run goes on", quit);
  const std::string end = quit + " leaves and prints the summary";
  if (state.screen == Screen::Failed)
    return fmt::format("the run has ended; {} shows the summary, {} leaves and prints it",
                       state.bindings.key_of(Action::ScreenPipeline), quit);
  if (frame.snapshot.items.failed == 0 || state.pane == Pane::Items) return "the run has ended; " + end;
  return fmt::format("the run has ended; {} shows what failed, {}", state.bindings.key_of(Action::ScreenFailed), end);
}

}  // namespace

bool is_key_of_this_screen(const Frame& frame, const KeyRow& row) {
  const bool everywhere = row.section == Section::Moving || row.section == Section::Screens ||
                          row.section == Section::Looking || row.section == Section::Leaving;
  return !everywhere && applies(frame, row, /*needs_label=*/false);
}

void draw_keybar(const Frame& frame, Window& window) {
  int col = 1;
  for (const BarEntry& entry : entries_for(frame, window.cols())) {
    const int begin = col;
    col = window.put(0, col, entry.key, Role::KeyName);
    if (!entry.label.empty()) col = window.put(0, col + 1, entry.label, Role::Text);
    stands_for_keys(frame, window, entry, begin, col);
    col += 2;
  }
}

void draw_message(const Frame& frame, Window& window) {
  const UiState& state = frame.state;
  if (!state.message) {
    if (state.replay)
      window.put(0, 1, replay_hint(*state.replay, state.bindings), Role::Dim);
    else if (is_alive(frame.snapshot.state) && frame.snapshot.limit)
      draw_limit(state, *frame.snapshot.limit, window);
    else
      window.put(0, 1, rest_hint(frame), Role::Dim);
    return;
  }
  const std::string text = printable(state.message->text);
  const int end = window.put(0, 1, text, state.message->is_error ? Role::Error : Role::Message);
  if (state.message->cli.empty()) return;
  const std::string cli = "$ " + printable(state.message->cli);
  const int width = cells_of(cli, window.charset());
  // Half a command would do something else when it is copied; `@` has the whole one.
  if (end + 2 + width > window.cols()) return;
  const int half = window.cols() / 2 - 4;
  const bool at_half = half >= end + 2 && half + width <= window.cols();
  window.put(0, at_half ? half : window.cols() - width, cli, Role::Dim);
}

}  // namespace pooltop
