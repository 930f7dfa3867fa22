// SPDX-License-Identifier: MIT
#include "tui/state/setting_deeds.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <utility>

#include "engine/base/text.h"
#include "engine/config/settings.h"
#include "tui/theme/cells.h"

namespace pooltop {
namespace {

constexpr std::size_t kMostSaid = 5;  // settings that a dialog names
constexpr int kRoomToType = 12;

// A word as a shell needs it.
std::string shell_word(const std::string& text) {
  constexpr std::string_view kPlain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.=/:%+,@";
  if (!text.empty() && text.find_first_not_of(kPlain) == std::string::npos) return text;
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

bool may_set(Step& step) {
  const UiState& state = step.state();
  if (!may_change_run(step)) return false;
  if (!state.settings.selected()) {
    say(step, "the engine has not told the settings yet", {}, true);
    return false;
  }
  const StageStatus* const stage = find_stage(step.snapshot, state.settings.stage);
  if (layout_of(state, step.snapshot).density <= Density::Header)
    say(step, "no settings are shown at this size: nothing was done", {}, true);
  else if (stage == nullptr || is_over(*stage))
    say(step, fmt::format("{} has ended", printable(state.settings.stage)), {}, true);
  else
    return true;
  return false;
}

// Sends `value`, JSON, for a key of the stage; the request's id, 0 if it could not be sent.
std::uint64_t send_set(Step& step, const std::string& key, const std::string& value) {
  UiState& state = step.state();
  const std::string& stage = state.settings.stage;
  Deed deed;
  deed.request.command = "set";
  deed.request.params = {{"stage", stage}, {"key", key}, {"value", JsonText{value}}};
  deed.stage = stage;
  deed.pending = "setting..";
  deed.done = fmt::format("{}.{} is {}", stage, key, value_in_words(value));
  deed.cli =
      shell_command(step.snapshot, "set", shell_word(fmt::format("{}.{}={}", stage, key, value_in_words(value))));
  const std::uint64_t id = state.next_id;
  send(step, std::move(deed));
  return state.next_id != id ? id : 0;
}

// The value that a setting has or, where one is on its way, will have.
std::string value_wanted(const UiState& state, const Setting& setting) {
  std::string value = setting.value;
  for (const Pending& pending : state.pending) {
    const ControlRequest& request = pending.deed.request;
    if (request.command != "set" || pending.deed.stage != state.settings.stage || request.params.size() != 3) continue;
    if (std::get<std::string>(request.params[1].second) != setting.key) continue;
    value = std::get<JsonText>(request.params[2].second).text;
  }
  return value;
}

void send_typed(Step& step, const Prompt& prompt);

void leave_prompt(Step& step, const Prompt&) {
  step.state().settings.waiting = 0;
  step.state().settings.complaint.clear();
}

bool is_typing_setting(const UiState& state) { return state.prompt && state.prompt->accepted == send_typed; }

void send_typed(Step& step, const Prompt& prompt) {
  UiState& state = step.state();
  SettingsState& settings = state.settings;
  if (settings.waiting == 0) {
    settings.complaint.clear();
    if (may_set(step)) settings.waiting = send_set(step, prompt.about, value_from_words(prompt.line.text));
    if (settings.waiting == 0) return;
  }
  state.prompt = prompt;  // it stays until the engine took it
  label_prompt(step);
}

// "2 settings".
std::string settings_counted(std::uint32_t count) { return fmt::format("{} setting{}", count, count == 1 ? "" : "s"); }

// A line for each that was changed, a few at most.
template <typename Say>
void say_changed(const RunSettings& settings, std::vector<std::string>& lines, Say say) {
  std::size_t told = 0;
  for (const StageSettings& stage : settings.stages)
    for (const Setting& setting : stage.settings)
      if (setting.is_changed && ++told <= kMostSaid)
        lines.push_back(fmt::format("{}.{} {}", printable(stage.stage), setting.key, say(setting)));
  if (told > kMostSaid) lines.push_back(fmt::format("and {} more", told - kMostSaid));
}

std::string file_name(const std::string& path) { return printable(path.substr(path.rfind('/') + 1)); }

std::string written_text(const RunSettings& settings, const std::string& file) {
  const std::string words = changes_in_words(settings);
  return fmt::format("written to {}: {}", file, words.empty() ? "as it was" : words);
}

void take_written(Step& step, const ConfigDone& done) {
  SettingsState& settings = step.state().settings;
  if (!done.failed.empty()) {
    say(step, printable(done.failed), done.job.cli, true);
    return add_to_log(step, "refused: " + done.failed, done.job.cli);
  }
  const std::string& file = done.job.settings.config_file;
  say(step, written_text(done.job.settings, file_name(file)), done.job.cli);
  add_to_log(step, written_text(done.job.settings, file), done.job.cli);
  if (settings.shows_diff && settings.now)
    step.out.config = ConfigJob{ConfigJob::What::Compare, *settings.now, shell_command(step.snapshot, "set", "--diff")};
}

}  // namespace

void label_prompt(Step& step) {
  UiState& state = step.state();
  if (!is_typing_setting(state)) return;
  const SettingsState& settings = state.settings;
  Prompt& prompt = *state.prompt;
  const auto& rows = settings.rows();
  const auto at = std::ranges::find(rows, prompt.about, &Setting::key);
  const std::string now = at != rows.end() ? value_in_words(at->value) : "?";
  prompt.label = fmt::format("{}.{} (now {})", settings.stage, prompt.about, now);
  const auto is_wide = [&] { return cells_of(prompt.label, state.charset) + kRoomToType > state.cols; };
  if (is_wide()) prompt.label = fmt::format("{} (now {})", prompt.about, now);
  if (is_wide()) prompt.label = prompt.about;
  prompt.hint = settings.waiting != 0 ? "setting.." : "Enter sets it, Esc leaves it";
}

void type_setting(Step& step) {
  if (!may_set(step)) return;
  const Setting* const setting = step.state().settings.selected();
  Prompt prompt;
  prompt.line = LineEdit(value_in_words(value_wanted(step.state(), *setting)));
  prompt.about = setting->key;
  prompt.accepted = send_typed;
  prompt.cancelled = leave_prompt;
  step.state().settings.waiting = 0;
  step.state().settings.complaint.clear();
  open_prompt(step, std::move(prompt));
  label_prompt(step);
}

void step_workers(Step& step, int by) {
  if (!may_set(step)) return;
  const Setting* const setting = step.state().settings.selected();
  if (setting->key != "workers")
    return say(step, fmt::format("{} and {} are for workers; Enter changes this one",
                                 step.state().bindings.key_of(Action::ScaleUp),
                                 step.state().bindings.key_of(Action::ScaleDown)));
  std::int64_t workers = 0;
  if (!read_number(value_wanted(step.state(), *setting), workers)) return;
  send_set(step, setting->key, std::to_string(workers + by));
}

void put_setting_back(Step& step) {
  const SettingsState& settings = step.state().settings;
  if (settings.shows_diff || !may_set(step)) return;
  const Setting* const setting = settings.selected();
  if (value_wanted(step.state(), *setting) == setting->start)
    return say(step, fmt::format("{}.{} is {}, as when the run started", printable(settings.stage), setting->key,
                                 value_in_words(setting->start)));
  send_set(step, setting->key, setting->start);
}

void ask_to_drop(Step& step) {
  UiState& state = step.state();
  const RunSettings& now = *state.settings.now;
  if (now.changed() == 0) return say(step, "no setting was changed while the run went on");
  Deed deed;
  deed.request.command = "set";
  deed.request.params.emplace_back("drop", true);
  deed.pending = "setting..";
  deed.done = "dropped";
  deed.cli = shell_command(step.snapshot, "set", "--drop");
  Dialog dialog;
  dialog.title = fmt::format("Drop {} of {}?", settings_counted(now.changed()), step.snapshot.run);
  say_changed(now, dialog.lines, [](const Setting& setting) {
    return fmt::format("goes back from {} to {}", value_in_words(setting.value), value_in_words(setting.start));
  });
  dialog.choices = {{kKeyEsc, "Cancel", {}}, {U'd', "drop", {std::move(deed)}}};
  state.dialog = std::move(dialog);
}

void ask_to_write(Step& step) {
  UiState& state = step.state();
  const RunSettings& now = *state.settings.now;
  const ConfigDiff& diff = *state.settings.diff;
  if (!diff.cannot_write.empty()) return say(step, printable(diff.cannot_write), {}, true);
  if (diff.lines.empty())
    return say(step, diff.left_out.empty() ? fmt::format("{}: nothing to change in it", file_name(diff.name))
                                           : printable(diff.left_out.front()));
  const std::string cli = shell_command(step.snapshot, "set", "--write");
  Dialog dialog;
  dialog.title = now.changed() == 0
                     ? fmt::format("Write {} as it was?", file_name(diff.name))
                     : fmt::format("Write {} into {}?", settings_counted(now.changed()), file_name(diff.name));
  dialog.lines = {printable(diff.name)};
  say_changed(now, dialog.lines, [](const Setting& setting) { return value_in_words(setting.given); });
  for (const std::string& reason : diff.left_out) dialog.lines.push_back("left out: " + printable(reason));
  Choice write{U'w', "write", {}};
  write.config = ConfigJob{ConfigJob::What::Write, now, cli};
  dialog.choices = {{kKeyEsc, "Cancel", {}}, std::move(write)};
  state.dialog = std::move(dialog);
}

std::string changes_text(const std::vector<SettingChange>& changes) {
  if (changes.empty()) return "no setting was changed";
  std::string text;
  for (const SettingChange& change : changes)
    text += fmt::format("{}{}.{} is {}, was {}", text.empty() ? "" : "; ", change.stage, change.key,
                        value_in_words(change.value), value_in_words(change.before));
  return text;
}

void settle_set(Step& step, const Answered& answer) {
  UiState& state = step.state();
  SettingsState& settings = state.settings;
  settings.asked_at = 0;
  if (answer.changes && settings.now)  // what a key does next counts from here
    for (const SettingChange& change : *answer.changes)
      for (StageSettings& stage : settings.now->stages)
        for (Setting& setting : stage.settings)
          if (stage.stage == change.stage && setting.key == change.key) {
            setting.value = change.value;
            setting.is_changed = setting.value != setting.start;
          }
  if (settings.waiting == 0 || settings.waiting != answer.id) return;
  settings.waiting = 0;
  if (!is_typing_setting(state)) return;
  if (!answer.error) return state.prompt.reset();
  settings.complaint = *answer.error;
  state.message.reset();  // it stands beside the line
  label_prompt(step);
}

void take_config(Step& step, const ConfigDone& done) {
  UiState& state = step.state();
  SettingsState& settings = state.settings;
  if (done.job.what == ConfigJob::What::Write) return take_written(step, done);
  if (done.job.what == ConfigJob::What::Unsaved) {
    if (state.dialog && state.dialog->quit && !done.text.empty()) state.dialog->lines.push_back(done.text);
    return;
  }
  settings.no_diff = done.failed;
  settings.diff.reset();
  if (done.failed.empty()) settings.diff = done.diff;
  if (!std::exchange(settings.asks_to_write, false)) return;
  if (!settings.diff) return say(step, printable(done.failed), {}, true);
  if (state.overlay == Overlay::Settings && settings.now) ask_to_write(step);
}

}  // namespace pooltop
