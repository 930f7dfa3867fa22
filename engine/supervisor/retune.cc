// SPDX-License-Identifier: MIT
//
// Everything that looks at a setting looks at its stage's config when it needs it, so a new value counts from now on
// for whatever comes to the point where it is asked for: a timeout at the next tick, for the item in work too; retries
// at the next failure. What has been decided already is taken back where it can be: items that were sent ahead to
// workers under another rate.
#include "engine/supervisor/retune.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "engine/base/io.h"
#include "engine/base/text.h"
#include "engine/config/settings.h"

namespace pooltop {

using nlohmann::json;
using nlohmann::ordered_json;

namespace {

std::string place_of(const Stage& stage, std::string_view key) {
  return fmt::format("{}.{}", stage.config.name, printable(key, 64));
}

}  // namespace

ordered_json Retune::set(const json& request) {
  std::vector<Change> changes;
  if (request.value("drop", false)) {
    changes = back_to_start();
  } else if (request.contains("changes")) {
    for (const json& change : request.at("changes")) changes.push_back(change_from(change));
  } else {
    changes.push_back(change_from(request));
  }
  ordered_json made = ordered_json::array();
  for (const Change& change : changes) made.push_back(make(change));
  keep();
  return {{"changes", std::move(made)}};
}

Retune::Change Retune::change_from(const json& object) {
  Change change{nullptr, object.at("key").get<std::string>(), object.at("value").dump()};
  const auto name = object.at("stage").get<std::string>();
  change.stage = run_.pipeline.find(name);
  if (change.stage == nullptr) refuse(ErrorCode::NoSuchTarget, run_.no_stage(name));
  Stage& stage = *change.stage;
  StageConfig tried;
  if (const std::string wrong = put_setting(stage.config, change.key, change.value, tried); !wrong.empty())
    refuse(ErrorCode::BadRequest, fmt::format("{}: {}", place_of(stage, change.key), wrong));
  if (stage.is_done) refuse(ErrorCode::NotPossible, fmt::format("stage {} has ended", stage.config.name));
  return change;
}

std::vector<Retune::Change> Retune::back_to_start() {
  std::vector<Change> changes;
  for (const auto& stage : run_.pipeline.stages())
    for (const std::string_view key : live_keys()) {
      const std::string start = setting_of(start_of(*stage), key);
      if (start != setting_of(stage->config, key)) changes.push_back({stage.get(), std::string(key), start});
    }
  return changes;
}

ordered_json Retune::make(const Change& change) {
  Stage& stage = *change.stage;
  const std::string before = setting_of(stage.config, change.key);
  StageConfig read;
  (void)put_setting(stage.config, change.key, change.value, read);  // it was tried before
  if (change.key == "workers" && !stage.is_done)
    workers_.scale(stage, read.workers);
  else
    (void)put_setting(stage.config, change.key, change.value, stage.config);
  const std::string after = setting_of(stage.config, change.key);
  given_[{stage.index, change.key}] = change.value;
  if (after != before) {
    run_.note("set", stage, 0, "",
              fmt::format("{} {}, was {}", change.key, value_in_words(after), value_in_words(before)));
    take_effect(stage, change.key);
  }
  return {{"stage", stage.config.name},
          {"key", change.key},
          {"value", ordered_json::parse(after)},
          {"before", ordered_json::parse(before)}};
}

void Retune::take_effect(Stage& stage, std::string_view key) {
  if (key == "rate") {
    // Items that a worker has not begun do not start at the old rate. First: they give their share of it back.
    for (const auto& slot : stage.slots) dispatch_.take_back(*slot);
    stage.rate.change(stage.config.rate_per_s, run_.now);
  }
  for (const auto& slot : stage.slots) {
    if (!slot->is_live()) continue;
    // A worker that has had its items by the new number is let go in the next pass; one that has some left takes more.
    run_.heat(*slot);
    dispatch_.list_if_able(*slot);
  }
}

void Retune::scale(Stage& stage, std::uint32_t workers) {
  (void)make({&stage, "workers", std::to_string(workers)});
  keep();
}

const StageConfig& Retune::start_of(const Stage& stage) const {
  const auto& stages = run_.options.config.stages;
  return *std::find_if(stages.begin(), stages.end(),
                       [&](const StageConfig& config) { return config.name == stage.config.name; });
}

RunSettings Retune::settings() const {
  RunSettings all;
  all.config_file = run_.options.config.file;
  for (const auto& stage : run_.pipeline.stages()) {
    const StageConfig& start = start_of(*stage);
    StageSettings& row = all.stages.emplace_back(StageSettings{stage->config.name, {}});
    for (const std::string_view key : live_keys()) {
      if (!fits_stage(key, stage->config)) continue;
      Setting& setting = row.settings.emplace_back();
      setting.key = key;
      setting.value = setting_of(stage->config, key);
      setting.start = setting_of(start, key);
      setting.is_changed = setting.value != setting.start;
      const auto given = given_.find({stage->index, setting.key});
      setting.given = setting.is_changed && given != given_.end() ? given->second : setting.value;
      setting.is_from_set =
          std::find(start.set_on_start.begin(), start.set_on_start.end(), key) != start.set_on_start.end();
    }
  }
  return all;
}

// For whoever asks when the run has ended.
void Retune::keep() const {
  try {
    replace_file(run_.options.run_dir + "/settings.json", to_json(settings()).dump(2) + "\n");
  } catch (const std::exception& error) {  // they are set all the same
    if (run_.options.fds.report >= 0)
      report_error(run_.options.fds.report, fmt::format("changed settings cannot be kept: {}", error.what()));
  }
}

}  // namespace pooltop
