// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/clock.h"
#include "engine/model/run_settings.h"
#include "tui/keys/key_table.h"

namespace pooltop {

/// What a "set" changed, as the engine says it; values are JSON.
struct SettingChange {
  std::string stage;
  std::string key;
  std::string value;
  std::string before;
};

/// Something about the run's config that needs its files; the app room does it.
struct ConfigJob {
  enum class What : std::uint8_t {
    Compare,  ///< what the settings would change in the config
    Write,    ///< puts them into it
    Unsaved   ///< what there is to say of them to somebody who leaves
  };
  What what = What::Compare;
  RunSettings settings;
  std::string cli;  ///< what does the same in a shell
};

/// The config beside the settings that were changed while the run went on.
struct ConfigDiff {
  std::string name;                   ///< of the file; of a config from a pipe "config"
  std::vector<std::string> lines;     ///< as `diff -u` prints them
  std::vector<std::string> left_out;  ///< settings that have no place in it, with the reason
  std::string cannot_write;           ///< why the file cannot be written; empty: it can
};

/// What came of a ConfigJob.
struct ConfigDone {
  ConfigJob job;
  ConfigDiff diff;     ///< of Compare, and of Write as it was before
  std::string text;    ///< of Unsaved: "2 settings changed, not in the config: .."; empty: nothing is to be said
  std::string failed;  ///< why nothing was done
};

/// The settings of a stage, as long as they are shown; of the run, when somebody leaves it.
struct SettingsState {
  std::string stage;
  std::optional<RunSettings> now;  ///< of all stages, as the engine told them last
  std::string refused;             ///< why it tells none
  std::uint64_t asked = 0;         ///< id of the request on its way, 0: none
  Nanos asked_at = 0;
  std::string key;  ///< under the cursor
  std::size_t place = 0;
  std::uint64_t waiting = 0;     ///< id of the "set" whose answer the line that was typed waits for
  std::string complaint;         ///< what the engine said against that line
  std::optional<Action> wanted;  ///< to be done as soon as the settings are known
  bool is_leaving = false;       ///< asked for the dialog of q

  bool shows_diff = false;
  bool asks_to_write = false;      ///< the comparison is for the dialog that asks
  std::optional<ConfigDiff> diff;  ///< the last comparison
  std::string no_diff;             ///< why there is none
  std::size_t top = 0;             ///< its first line shown

  /// The rows of the stage; none while nothing is known.
  [[nodiscard]] const std::vector<Setting>& rows() const;
  /// The one under the cursor; nullptr where there is none.
  [[nodiscard]] const Setting* selected() const;
};

}  // namespace pooltop
