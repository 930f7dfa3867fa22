// SPDX-License-Identifier: MIT
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "engine/base/text.h"
#include "engine/config/diff.h"
#include "engine/config/settings.h"
#include "engine/control/run_directory.h"
#include "tui/app/config_writer.h"
#include "tui/cli/commands.h"
#include "tui/cli/link.h"
#include "tui/cli/output.h"
#include "tui/cli/select.h"

namespace pooltop {
namespace {

using nlohmann::ordered_json;

/// "fetch.timeout=30s" as the protocol has it.
ordered_json change_of(const std::string& word) {
  const std::size_t equals = word.find('=');
  const std::size_t dot = word.find('.');
  if (dot == std::string::npos || dot == 0 || dot + 1 >= equals)
    throw CliError(kExitUsage,
                   fmt::format("set: it is STAGE.KEY=VALUE, as fetch.timeout=30s; got \"{}\"", printable(word, 128)));
  return {{"stage", word.substr(0, dot)},
          {"key", word.substr(dot + 1, equals - dot - 1)},
          {"value", ordered_json::parse(value_from_words(word.substr(equals + 1)))}};
}

/// [RUN] STAGE.KEY=VALUE...: no run's name has a "=".
struct Words {
  Selection run;
  std::vector<std::string> changes;
};
Words sort_words(const Selection& at) {
  Words words;
  words.run.run = at.run;
  for (const std::string& word : at.words) {
    if (word.find('=') == std::string::npos)
      words.run.words.push_back(word);
    else
      words.changes.push_back(word);
  }
  return words;
}

struct Found {
  std::string run;
  std::string run_dir;
  bool going_on = false;
  RunSettings settings;
};

Found find(const Selection& selection) {
  Found found;
  found.run = select_run(selection, {.ended_will_do = true}).run;
  const auto info = find_run(found.run);
  if (!info) throw CliError(kExitNoSuchTarget, fmt::format("there is no run \"{}\"", found.run));
  found.run_dir = info->path;
  found.going_on = info->going_on;
  if (found.going_on)
    found.settings = run_settings_from_json(ask(found.run, "settings", ordered_json::object()));
  else
    found.settings = left_settings(found.run_dir);
  return found;
}

void list(const Found& found) {
  const RunSettings& settings = found.settings;
  if (settings.stages.empty()) return say(fmt::format("{}: no setting was changed while it ran", found.run));
  std::string text = fmt::format("{:<16}{:<21} {:>10} {:>10}\n", "STAGE", "KEY", "NOW", "CONFIG");
  for (const StageSettings& stage : settings.stages) {
    std::string name = stage.stage;
    for (const Setting& setting : stage.settings) {
      const std::string marks =
          fmt::format("{}{}", setting.is_from_set ? "  --set" : "", setting.is_changed ? "  changed" : "");
      text += fmt::format("{:<15} {:<21} {:>10} {:>10}{}\n", name, setting.key, value_in_words(setting.value),
                          value_in_words(setting.start), marks);
      name.clear();
    }
  }
  print(text);
  if (const std::string line = unsaved_line(found.run, found.run_dir, settings); !line.empty()) say(line);
}

/// Others wrote the config: a terminal gets its control characters escaped; `patch` gets it as it is.
void print_diff(const std::string& diff) {
  if (::isatty(STDOUT_FILENO) != 1) return print(diff);
  std::string text;
  for (std::size_t at = 0; at < diff.size();) {
    const std::size_t end = std::min(diff.find('\n', at), diff.size());
    text += printable(std::string_view(diff).substr(at, end - at)) + "\n";
    at = end + 1;
  }
  print(text);
}

void diff(const Found& found) {
  const RetunedConfig config = retuned_config(found.run_dir, found.settings);
  for (const std::string& reason : config.left_out) say(reason);
  if (!config.cannot_write.empty() && !found.settings.config_file.empty()) say(config.cannot_write);
  if (config.before == config.after) return say(fmt::format("{}: nothing to change in the config", found.run));
  print_diff(unified_diff(config.before, config.after, config.name));
}

void write(const Found& found) {
  const RetunedConfig config = retuned_config(found.run_dir, found.settings);
  for (const std::string& reason : config.left_out) say(reason);
  if (config.is_saved()) return say(fmt::format("{}: nothing to change in the config", found.run));
  write_retuned(found.run_dir, found.settings, config);
  const std::string words = changes_in_words(found.settings);
  say(fmt::format("{}: written to {}: {}", found.run, printable(config.name, 512),
                  words.empty() ? "as it was" : words));
}

void set(const std::string& run, const ordered_json& params) {
  const nlohmann::json answer = ask(run, "set", params);
  for (const auto& change : answer.at("changes"))
    say(fmt::format("{}: {}.{} is {}, was {}", run, change.at("stage").get<std::string>(),
                    change.at("key").get<std::string>(), value_in_words(change.at("value").dump()),
                    value_in_words(change.at("before").dump())));
  if (answer.at("changes").empty()) say(fmt::format("{}: no setting was changed", run));
}

}  // namespace

int execute(const SetOptions& options) {
  const Words words = sort_words(options.at);
  if (options.drop && !words.changes.empty())
    throw CliError(kExitUsage, "set: --drop puts back all that was changed; it goes without STAGE.KEY=VALUE");
  ordered_json changes = ordered_json::array();
  for (const std::string& word : words.changes) changes.push_back(change_of(word));
  if (options.drop || !changes.empty()) {
    const std::string run = select_run(words.run, {}).run;
    set(run, options.drop ? ordered_json{{"drop", true}} : ordered_json{{"changes", changes}});
    if (!options.diff && !options.write && !options.json) return 0;
  }
  const Found found = find(words.run);
  try {
    if (options.diff) diff(found);
    if (options.write) write(found);
  } catch (const ConfigNotWritten& error) {
    throw CliError(kExitUsage, error.what());
  }
  if (options.json) print(to_json(found.settings).dump(2) + "\n");
  if (!options.diff && !options.write && !options.json) list(found);
  return 0;
}

}  // namespace pooltop
