// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/unit/state/crawl.h"

namespace pooltop {

inline Answered settings_answer(const UiState& state, const RunSettings& settings = crawl_settings()) {
  Answered answer{state.settings.asked, {}, {}, "", {}};
  answer.settings = settings;
  return answer;
}

/// The settings of fetch are shown, the cursor is on `key`.
inline Driven in_settings(std::string_view key = "workers", bool read_only = false) {
  Driven ui;
  ui.state.read_only = read_only;
  ui.key(U'c');
  ui.event(settings_answer(ui.state));
  while (ui.state.settings.key != key) ui.key(kKeyDown);
  return ui;
}

inline Answered set_answer(std::uint64_t id, std::vector<SettingChange> changes) {
  Answered answer{id, {}, {}, "", {}};
  answer.changes = std::move(changes);
  return answer;
}

inline ConfigDone compared(const Driven& ui,
                           std::vector<std::string> lines = {"--- a", "+++ a", "@@ -1 +1 @@", "-a", "+b"}) {
  ConfigDone done;
  done.job = ui.config.value_or(ConfigJob{});
  done.diff = {"/home/me/crawl.json", std::move(lines), {}, ""};
  return done;
}

inline std::size_t asked_settings(const Driven& ui) {
  return static_cast<std::size_t>(std::ranges::count(ui.looks, "settings", &ControlRequest::command));
}

}  // namespace pooltop
