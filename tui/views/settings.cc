// SPDX-License-Identifier: MIT
// The settings of a stage, a row each, with what is known of the one under the cursor below; or what was changed, as a
// diff of the config.
#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/text.h"
#include "engine/config/settings.h"
#include "tui/state/diff_lines.h"
#include "tui/views/panes.h"
#include "tui/views/text_fit.h"

namespace pooltop {
namespace {

constexpr int kKey = 2;   // where columns begin
constexpr int kNow = 23;  // the longest key is 20 wide
constexpr int kConfig = 34;
constexpr int kMarksAt = 45;
constexpr int kAccepts = 61;
constexpr int kNarrowMarks = 31;      // where the config's column is left out
constexpr int kWithConfig = 60;       // columns of the window that it takes to show it
constexpr int kWithAccepted = 100;    // and what is accepted, in the row too
constexpr std::size_t kMostFoot = 6;  // lines below the list
constexpr int kHeadRows = 12;         // rows of the window from which there is a line of column names

struct FootLine {
  std::string text;
  Role role = Role::Text;
};

void draw_fitting(Window& window, int row, int col, int end, std::string_view text, Role role) {
  window.put(row, col, cut_end(text, std::max(0, std::min(end, window.cols()) - col), window.charset()), role);
}

bool is_on_its_way(const UiState& state, const std::string& key) {
  return std::ranges::any_of(state.pending, [&](const Pending& pending) {
    const ControlRequest& request = pending.deed.request;
    if (request.command != "set") return false;
    if (pending.deed.stage.empty()) return true;  // all are dropped
    if (pending.deed.stage != state.settings.stage) return false;
    return std::ranges::any_of(request.params, [&](const auto& param) {
      const auto* const text = std::get_if<std::string>(&param.second);
      return param.first == "key" && text != nullptr && *text == key;
    });
  });
}

// That it was changed is said first, where there is no room for both.
std::string_view marks_of(const Setting& setting, int cells) {
  constexpr std::string_view kBoth = "changed --set";
  const std::string_view changed = setting.is_changed ? "changed" : "";
  if (!setting.is_from_set) return changed;
  return !setting.is_changed ? "--set" : cells < static_cast<int>(kBoth.size()) ? changed : kBoth;
}

void draw_setting(const Frame& frame, Window& window, int row, const Setting& setting) {
  const bool selected = setting.key == frame.state.settings.key;
  const Role role = selected ? Role::Selected : Role::Text;
  const bool wide = window.cols() >= kWithConfig;
  const int marks = wide ? kMarksAt : kNarrowMarks;
  if (selected) window.clear(row, 0, window.cols(), role);
  window.line_stands_for(row, SettingTarget{frame.state.settings.stage, setting.key});
  window.put(row, 0, selected ? ">" : " ", role);
  draw_fitting(window, row, kKey, kNow - 1, setting.key, role);
  const bool accepted_in_row = window.cols() >= kWithAccepted;
  draw_fitting(window, row, kNow, (wide ? kConfig : marks) - 1, value_in_words(setting.value),
               setting.is_changed && !selected ? Role::Warning : role);
  if (wide) draw_fitting(window, row, kConfig, marks - 1, value_in_words(setting.start), role);
  const int marks_end = accepted_in_row ? kAccepts - 1 : window.cols();
  if (is_on_its_way(frame.state, setting.key))
    window.put(row, marks, "setting..", selected ? role : Role::Message);
  else
    draw_fitting(window, row, marks, marks_end, marks_of(setting, marks_end - marks), selected ? role : Role::Warning);
  if (accepted_in_row)
    draw_fitting(window, row, kAccepts, window.cols(), accepted_by_setting(setting.key), selected ? role : Role::Dim);
}

void draw_head(Window& window, int row) {
  const bool wide = window.cols() >= kWithConfig;
  window.put(row, kKey, "KEY", Role::Columns);
  window.put(row, kNow, "NOW", Role::Columns);
  if (wide) window.put(row, kConfig, "CONFIG", Role::Columns);
  if (window.cols() >= kWithAccepted) window.put(row, kAccepts, "ACCEPTED", Role::Columns);
}

void add_wrapped(std::vector<FootLine>& out, std::string_view text, std::size_t most, Role role, const Window& window) {
  for (std::string& part : wrap(text, window.cols() - kKey - 1, most, window.charset()))
    out.push_back({std::move(part), role});
}

// What the engine said against the line that is typed, else what the key under the cursor is for and accepts.
std::vector<FootLine> foot_of(const SettingsState& settings, const Window& window) {
  std::vector<FootLine> out;
  if (!settings.complaint.empty()) {
    add_wrapped(out, "refused: " + printable(settings.complaint), 4, Role::Error, window);
    return out;
  }
  if (!settings.refused.empty()) add_wrapped(out, "not known: " + printable(settings.refused), 2, Role::Error, window);
  const Setting* const setting = settings.selected();
  if (setting == nullptr) return out;
  if (window.rows() >= kHeadRows) {
    add_wrapped(out, about_setting(setting->key), 2, Role::Text, window);
    if (setting->is_from_set)
      add_wrapped(out, "its value at the start came from --set: the file has another one", 2, Role::Text, window);
  }
  add_wrapped(out, "accepted: " + accepted_by_setting(setting->key), 2, Role::Dim, window);
  return out;
}

std::string count_of_changes(const SettingsState& settings) {
  if (!settings.now || settings.now->changed() == 0) return "";
  return fmt::format("{} changed in the run", settings.now->changed());
}

void draw_list(const Frame& frame, Window& window) {
  const SettingsState& settings = frame.state.settings;
  const StageStatus* const stage = find_stage(frame.snapshot, settings.stage);
  const bool has_ended = stage == nullptr || is_over(*stage);
  draw_title(window, 0, fmt::format("Settings of {}{}", printable(settings.stage), has_ended ? " (ended)" : ""),
             window.cols() < kWithConfig ? std::string("Esc back")
                                         : fmt::format("{}{}Esc back", count_of_changes(settings),
                                                       count_of_changes(settings).empty() ? "" : ", "),
             true);
  const auto& rows = settings.rows();
  int row = 1;
  if (rows.empty()) {
    window.put(row++, kKey, settings.refused.empty() ? "asking .." : "", Role::Dim);
  } else if (window.rows() >= kHeadRows) {
    draw_head(window, row++);
  }
  std::vector<FootLine> foot = foot_of(settings, window);
  foot.resize(std::min(foot.size(), kMostFoot));
  const int left = std::max(0, window.rows() - row);
  const int count = static_cast<int>(rows.size());
  const int foot_rows = std::min(static_cast<int>(foot.size()), std::max(0, left - std::min(count, 1)));
  const int list_rows = std::min(count, left - foot_rows);
  const int place = static_cast<int>(settings.place);
  const int top = std::clamp(place - list_rows / 2, 0, std::max(0, count - list_rows));
  for (int i = 0; i < list_rows; ++i) draw_setting(frame, window, row++, rows[static_cast<std::size_t>(top + i)]);
  if (window.rows() - row > foot_rows) ++row;
  for (int i = 0; i < foot_rows; ++i)
    window.put(row++, kKey, foot[static_cast<std::size_t>(i)].text, foot[static_cast<std::size_t>(i)].role);
}

void draw_diff(const Frame& frame, Window& window) {
  const std::vector<DiffLine> lines = diff_lines(frame.state);
  const auto rows = static_cast<std::size_t>(std::max(0, window.rows() - 1));
  const std::size_t last = lines.size() > rows ? lines.size() - rows : 0;
  const std::size_t top = std::min(frame.state.settings.top, last);
  draw_title(window, 0, window.cols() < kWithConfig ? "Diff" : "What was changed, as a diff",
             last > 0 ? fmt::format("{}-{} of {}, Esc back", top + 1, std::min(lines.size(), top + rows), lines.size())
                      : std::string("Esc back"),
             true);
  for (std::size_t i = 0; i < rows && top + i < lines.size(); ++i)
    window.put(static_cast<int>(i) + 1, 1, lines[top + i].text, lines[top + i].role);
}

}  // namespace

void draw_settings(const Frame& frame, Window& window) {
  for (int row = 0; row < window.rows(); ++row) window.clear(row, 0, window.cols());
  if (frame.state.settings.shows_diff) return draw_diff(frame, window);
  draw_list(frame, window);
}

}  // namespace pooltop
