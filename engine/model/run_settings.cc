// SPDX-License-Identifier: MIT
#include "engine/model/run_settings.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace pooltop {

using nlohmann::json;
using nlohmann::ordered_json;

std::uint32_t RunSettings::changed() const {
  std::uint32_t count = 0;
  for (const StageSettings& stage : stages)
    for (const Setting& setting : stage.settings) count += setting.is_changed ? 1 : 0;
  return count;
}

const StageSettings* RunSettings::find(const std::string& stage) const {
  const auto found =
      std::find_if(stages.begin(), stages.end(), [&](const StageSettings& s) { return s.stage == stage; });
  return found == stages.end() ? nullptr : &*found;
}

ordered_json to_json(const RunSettings& settings) {
  ordered_json stages = ordered_json::array();
  for (const StageSettings& stage : settings.stages) {
    ordered_json list = ordered_json::array();
    for (const Setting& setting : stage.settings)
      list.push_back({{"key", setting.key},
                      {"value", ordered_json::parse(setting.value)},
                      {"config", ordered_json::parse(setting.start)},
                      {"given", ordered_json::parse(setting.given)},
                      {"changed", setting.is_changed},
                      {"from_set", setting.is_from_set}});
    stages.push_back({{"stage", stage.stage}, {"settings", std::move(list)}});
  }
  return {{"config_file", settings.config_file.empty() ? ordered_json(nullptr) : ordered_json(settings.config_file)},
          {"changed", settings.changed()},
          {"stages", std::move(stages)}};
}

RunSettings run_settings_from_json(const json& object) {
  RunSettings settings;
  if (const json& file = object.at("config_file"); !file.is_null()) settings.config_file = file.get<std::string>();
  for (const json& stage : object.at("stages")) {
    StageSettings& row = settings.stages.emplace_back();
    row.stage = stage.at("stage").get<std::string>();
    for (const json& one : stage.at("settings"))
      row.settings.push_back({one.at("key").get<std::string>(), one.at("value").dump(), one.at("config").dump(),
                              one.at("given").dump(), one.at("changed").get<bool>(), one.at("from_set").get<bool>()});
  }
  return settings;
}

}  // namespace pooltop
