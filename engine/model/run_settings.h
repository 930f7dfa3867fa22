// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

namespace pooltop {

/// What a stage can be told while it runs, and what it was told: the answer of `settings`. Values are JSON texts: 8,
/// "30s" (with its quotes), null.
struct Setting {
  std::string key;
  std::string value;         ///< now
  std::string start;         ///< when the run started
  std::string given;         ///< as it was last given; `value` where nobody did
  bool is_changed = false;   ///< `value` is another than `start`
  bool is_from_set = false;  ///< `start` came from --set: the file says something else
  bool operator==(const Setting&) const = default;
};

struct StageSettings {
  std::string stage;
  std::vector<Setting> settings;
  bool operator==(const StageSettings&) const = default;
};

struct RunSettings {
  std::string config_file;  ///< absolute; empty: the config came through a pipe
  std::vector<StageSettings> stages;

  [[nodiscard]] std::uint32_t changed() const;
  [[nodiscard]] const StageSettings* find(const std::string& stage) const;
  bool operator==(const RunSettings&) const = default;
};

[[nodiscard]] nlohmann::ordered_json to_json(const RunSettings& settings);
/// Unknown keys are passed over; a wrong type throws nlohmann::json::exception.
[[nodiscard]] RunSettings run_settings_from_json(const nlohmann::json& object);

}  // namespace pooltop
