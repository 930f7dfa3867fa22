// SPDX-License-Identifier: MIT
// The top level of a config: the run's name, limits, defaults, the list of stages.
#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>

#include "engine/config/load_steps.h"

namespace pooltop {

namespace {

constexpr std::size_t kMaxStages = 10'000;

// A run's name of a file's name: "jobs/2026 march.json" is "run-2026-march".
std::string name_of_file(std::string_view file) {
  if (file == "-") return "stdin";
  std::string stem(file.substr(file.find_last_of('/') + 1));
  if (const std::size_t dot = stem.find_last_of('.'); dot != stem.npos && dot > 0) stem.resize(dot);
  std::string name;
  for (const char c : stem) name += is_name(std::string{'x', c}, /*dots=*/true) ? c : '-';
  const bool is_good = is_name(name.substr(0, 64), /*dots=*/true);
  return (is_good ? name : "run-" + name).substr(0, 64);
}

std::string read_run_name(const Section& section, const LoadOptions& options) {
  constexpr std::string_view kAccepted =
      "must be a name: a letter, then letters, digits, \".\", \"_\" or \"-\", at most 64";
  std::string name;
  if (const JsonValue* const given = section.find("name")) {
    name = given->text;
    if (!given->is(JsonType::Text) || !is_name(name, /*dots=*/true))
      section.refuse("name", fmt::format("{}, got {}", kAccepted, shown(*given)));
  }
  if (options.name && !is_name(*options.name, /*dots=*/true))
    section.reporter().at({}, "", fmt::format("--name {}, got {}", kAccepted, in_quotes(*options.name)));
  if (options.name) return *options.name;
  return name.empty() ? name_of_file(options.file) : name;
}

StageConfig read_defaults(const Section& section) {
  StageConfig defaults;
  if (const JsonValue* const value = section.find("defaults")) {
    const Section inner(section.reporter(), *value, section.pointer("defaults"), stage_keys(), stage_kind::kInDefaults,
                        "\"defaults\"");
    read_settings(inner, defaults);
  }
  return defaults;
}

bool refuse_doubled_names(const JsonValue& list, Reporter& reporter) {
  const std::size_t before = reporter.count();
  std::unordered_map<std::string_view, std::size_t> first;
  for (std::size_t i = 0; i < list.members->size(); ++i) {
    const JsonValue* const name = (*list.members)[i].value.find("name");
    if (name == nullptr || !name->is(JsonType::Text)) continue;
    const auto [it, is_new] = first.emplace(name->text, i);
    if (!is_new)
      reporter.value(fmt::format("/stages/{}/name", i),
                     fmt::format("{} is the name of two stages, /stages/{} too", in_quotes(name->text), it->second));
  }
  return reporter.count() > before;
}

// False if the graph cannot be looked at.
bool read_stages(const Section& section, std::vector<StageConfig>& stages) {
  const StageConfig defaults = read_defaults(section);
  const JsonValue* const list = section.find("stages");
  if (list == nullptr) {
    section.reporter().value("", "must have \"stages\", the list of its stages");
    return false;
  }
  if (!list->is(JsonType::Array) || list->members->empty()) return section.refuse("stages"), false;
  if (list->members->size() > kMaxStages) {
    section.refuse("stages", fmt::format("must be at most {} stages, got {}", kMaxStages, list->members->size()));
    return false;
  }
  const bool is_doubled = refuse_doubled_names(*list, section.reporter());
  for (std::size_t i = 0; i < list->members->size(); ++i) {
    const std::string pointer = fmt::format("/stages/{}", i);
    auto stage = read_stage((*list->members)[i].value, pointer, defaults, section.reporter());
    if (stage) stages.push_back(std::move(*stage));
  }
  return !is_doubled && stages.size() == list->members->size();
}

// An item that a queue could never hold would stand in front of it for ever.
void check_item_size(const Section& section, const PipelineConfig& config) {
  const JsonValue* const given = section.find("max_item_bytes");
  if (given == nullptr) return;
  for (const StageConfig& stage : config.stages)
    if (!stage.is_source() && stage.queue_bytes < config.max_item_bytes) {
      section.refuse("max_item_bytes",
                     fmt::format("must be at most the \"queue_bytes\" of every stage ({} has {}), got {}", stage.name,
                                 stage.queue_bytes, shown(*given)));
      return;
    }
}

void check_inline_items(const PipelineConfig& config, Reporter& reporter) {
  for (std::size_t i = 0; i < config.stages.size(); ++i) {
    const auto* const source = std::get_if<SourceConfig>(&config.stages[i].work);
    const auto* const inline_items = source == nullptr ? nullptr : std::get_if<ItemsSource>(&source->from);
    if (inline_items == nullptr) continue;
    for (std::size_t k = 0; k < inline_items->items.size(); ++k)
      if (const std::size_t size = inline_items->items[k].size(); size > config.max_item_bytes)
        reporter.value(
            fmt::format("/stages/{}/source/items/{}", i, k),
            fmt::format("must be at most max_item_bytes ({}), its item has {}", config.max_item_bytes, size));
  }
}

}  // namespace

ReadPipeline read_pipeline(const JsonValue& root, const LoadOptions& options, Reporter& reporter) {
  ReadPipeline read;
  const Section section(reporter, root, "", pipeline_keys());
  if (!root.is(JsonType::Object)) return read;
  std::string schema;
  std::uint32_t version = 1;
  section.read("$schema", schema);
  section.read("version", version);
  section.read("description", read.config.description);
  section.read_size("max_item_bytes", read.config.max_item_bytes);
  section.read_choice("durability", read.config.durability);
  read.config.name = read_run_name(section, options);
  read.config.text = options.text;
  read.has_all_stages = read_stages(section, read.config.stages);
  check_item_size(section, read.config);
  check_inline_items(read.config, reporter);
  return read;
}

}  // namespace pooltop
