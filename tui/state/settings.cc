// SPDX-License-Identifier: MIT
#include "tui/state/settings.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "engine/base/text.h"
#include "tui/state/diff_lines.h"
#include "tui/state/setting_deeds.h"
#include "tui/state/steps.h"

// The settings of a stage: asked of the engine once a second while they are shown, for somebody else may change them
// too. The cursor is on a key of a stage; what is done is done to that, whatever the engine says next.

namespace pooltop {
namespace {

constexpr Nanos kSettingsInterval = kSecond;
constexpr Nanos kSettingsPatience = 5 * kSecond;

// The stage of what has the keys; says why there is none.
std::string stage_asked_for(Step& step) {
  const UiState& state = step.state();
  const bool of_all = state.pane == Pane::Output && state.output.reach == OutputReach::All;
  if (state.screen == Screen::Failed || state.screen == Screen::Item || of_all) {
    say(step,
        fmt::format("settings are a stage's: {} and {} show stages and workers",
                    step.state().bindings.key_of(Action::ScreenPipeline),
                    step.state().bindings.key_of(Action::ScreenWorkers)),
        {}, true);
    return {};
  }
  const std::string& name = acts_on_workers(state) && state.worker ? state.worker->stage : state.stage;
  if (find_stage(step.snapshot, name)) return name;
  say(step, "no stage is selected", {}, true);
  return {};
}

void open_settings(Step& step, Action action) {
  UiState& state = step.state();
  if (state.replay) return say(step, "this is a recording: what the settings were is not in it", {}, true);
  if (!is_alive(step.snapshot.state))
    return say(step, "the run has ended: its settings are", shell_command(step.snapshot, "set", ""), true);
  if (layout_of(state, step.snapshot).density <= Density::Header)
    return say(step, "no settings are shown at this size", {}, true);
  const std::string stage = action == Action::Settings ? stage_asked_for(step) : state.stage;
  if (stage.empty()) return;
  const bool was_leaving = state.settings.is_leaving;
  state.settings = SettingsState{};
  state.settings.stage = stage;
  state.settings.is_leaving = was_leaving;
  if (action != Action::Settings && action != Action::SettingBack) state.settings.wanted = action;
  state.overlay = Overlay::Settings;
}

void compare_config(Step& step) {
  step.out.config =
      ConfigJob{ConfigJob::What::Compare, *step.state().settings.now, shell_command(step.snapshot, "set", "--diff")};
}

void show_diff(Step& step, bool shown) {
  SettingsState& settings = step.state().settings;
  settings.shows_diff = shown;
  settings.top = 0;
  if (shown) compare_config(step);
}

void do_wanted(Step& step, Action action) {
  SettingsState& settings = step.state().settings;
  switch (action) {
    case Action::SettingsDiff:
      return show_diff(step, !settings.shows_diff);
    case Action::SettingsWrite:
      settings.asks_to_write = true;  // once it is known whether it can be written
      return compare_config(step);
    case Action::SettingsDrop:
      return ask_to_drop(step);
    default:
      return put_setting_back(step);
  }
}

void move_to_setting(SettingsState& settings, Action action, int page) {
  const auto& rows = settings.rows();
  if (rows.empty()) return;
  settings.place = moved(settings.place, distance(action, page), rows.size());
  settings.key = rows[settings.place].key;
}

void scroll_diff(UiState& state, Action action, int page) {
  const std::size_t lines = diff_lines(state).size();
  const std::size_t most = lines - std::min(lines, static_cast<std::size_t>(page));
  state.settings.top = moved(std::min(state.settings.top, most), distance(action, page), most + 1);
}

// The cursor stays on its key.
void settle_setting(SettingsState& settings) {
  const auto& rows = settings.rows();
  if (rows.empty()) return;
  const auto at = std::ranges::find(rows, settings.key, &Setting::key);
  settings.place = at != rows.end() ? static_cast<std::size_t>(at - rows.begin()) : 0;
  settings.key = rows[settings.place].key;
}

}  // namespace

const std::vector<Setting>& SettingsState::rows() const {
  static const std::vector<Setting> kNone;
  const StageSettings* const found = now ? now->find(stage) : nullptr;
  return found != nullptr ? found->settings : kNone;
}

const Setting* SettingsState::selected() const {
  const auto at = std::ranges::find(rows(), key, &Setting::key);
  return at != rows().end() ? &*at : nullptr;
}

void settings_action(Step& step, Action action) {
  UiState& state = step.state();
  if (state.overlay != Overlay::Settings) return open_settings(step, action);
  if (action == Action::Settings) {
    state.overlay = Overlay::None;
    return;
  }
  if (!state.settings.now) return say(step, "the engine has not told the settings yet", {}, true);
  do_wanted(step, action);
}

bool settings_key(Step& step, Action action) {
  UiState& state = step.state();
  SettingsState& settings = state.settings;
  const int page = std::max(1, layout_of(state, step.snapshot).message.row - 1);
  switch (action) {
    case Action::Up:
    case Action::Down:
    case Action::PageUp:
    case Action::PageDown:
    case Action::First:
    case Action::Last:
      if (settings.shows_diff)
        scroll_diff(state, action, page);
      else
        move_to_setting(settings, action, page);
      return true;
    case Action::Enter:
      if (!settings.shows_diff && may_change_run(step)) type_setting(step);
      return true;
    case Action::ScaleUp:
    case Action::ScaleDown:
      if (!settings.shows_diff && may_change_run(step)) step_workers(step, action == Action::ScaleUp ? 1 : -1);
      return true;
    case Action::Back:
      if (!settings.shows_diff) return false;
      show_diff(step, false);
      return true;
    default:
      if (row_of(action).section != Section::Settings) return false;
      do_action(step, action);
      return true;
  }
}

void ask_settings(Step& step) {
  UiState& state = step.state();
  SettingsState& settings = state.settings;
  settings.is_leaving = settings.is_leaving && state.dialog && state.dialog->quit;
  if (state.overlay != Overlay::Settings && !settings.is_leaving) return;
  if (state.replay || state.link == Link::Lost || !is_alive(step.snapshot.state)) return;
  if (settings.asked_at != 0) {
    const Nanos rest = settings.asked != 0 ? kSettingsPatience : kSettingsInterval;
    if (state.now - settings.asked_at < rest) return;
  }
  settings.asked = state.next_id++;
  settings.asked_at = state.now;
  step.out.requests.push_back({settings.asked, "settings", {}});
}

void take_settings(Step& step, const Answered& answer) {
  SettingsState& settings = step.state().settings;
  settings.asked = 0;
  settings.refused = answer.error.value_or("");
  const bool is_leaving = std::exchange(settings.is_leaving, false);
  if (!answer.settings) return;
  settings.now = *answer.settings;
  settle_setting(settings);
  label_prompt(step);
  if (is_leaving)
    step.out.config = ConfigJob{ConfigJob::What::Unsaved, *settings.now, {}};
  else if (settings.wanted)
    do_wanted(step, *std::exchange(settings.wanted, std::nullopt));
  else if (settings.shows_diff)
    compare_config(step);  // the file may be another one by now, too
}

void lose_settings(Step& step) {
  SettingsState& settings = step.state().settings;
  settings.asked = 0;
  if (std::exchange(settings.waiting, 0) == 0) return;
  settings.complaint = "the connection was lost before the engine answered";
  label_prompt(step);
}

}  // namespace pooltop
