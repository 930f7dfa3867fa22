// SPDX-License-Identifier: MIT
#include "tui/app/setting_answers.h"

#include <nlohmann/json.hpp>

namespace pooltop {

void read_settings(const nlohmann::json& message, Answered& answer) {
  if (message.contains("config_file") && message.contains("stages")) answer.settings = run_settings_from_json(message);
  const auto changes = message.find("changes");
  if (changes == message.end() || !changes->is_array()) return;
  auto& list = answer.changes.emplace();
  for (const nlohmann::json& change : *changes)
    list.push_back({change.at("stage").get<std::string>(), change.at("key").get<std::string>(),
                    change.at("value").dump(), change.at("before").dump()});
}

}  // namespace pooltop
