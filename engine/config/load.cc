// SPDX-License-Identifier: MIT
#include "engine/config/load.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

#include "engine/config/load_steps.h"

namespace pooltop {

namespace {

std::optional<std::string> process_environment(const std::string& name) {
  const char* const value = std::getenv(name.c_str());
  return value == nullptr ? std::nullopt : std::optional<std::string>(value);
}

void warn_of_unused_vars(const LoadOptions& options, const std::vector<std::string>& used, LoadResult& result) {
  for (const auto& [name, value] : options.vars)
    if (std::find(used.begin(), used.end(), name) == used.end())
      result.warnings.push_back(fmt::format("--var {}: the config has no ${{{}}}", in_quotes(name), name));
}

// A command that never sees its item is mostly a forgotten {}.
void warn_of_unused_items(const PipelineConfig& config, LoadResult& result) {
  for (const StageConfig& stage : config.stages) {
    const auto* const work = std::get_if<CommandWork>(&stage.work);
    if (work == nullptr || work->is_shell || work->item_on_stdin) continue;
    if (std::none_of(work->argv.begin(), work->argv.end(),
                     [](const std::string& arg) { return arg.find("{}") != arg.npos; }))
      result.warnings.push_back(fmt::format(
          "stage {}: the command does not get its item: no argument has {{}}, and \"stdin\" is not true", stage.name));
  }
}

// The steps that look at the tree; the tree is good JSON.
void load_tree(JsonDocument& document, const LoadOptions& options, Reporter& reporter, LoadResult& result) {
  apply_sets(document.root, options.sets, reporter);
  const std::vector<std::string> used = replace_variables(document.root, options, reporter);
  warn_of_unused_vars(options, used, result);
  ReadPipeline read = read_pipeline(document.root, options, reporter);
  if (read.has_all_stages) {
    check_topology(read.config, reporter);
    check_files_once(read.config, options, reporter);
    if (options.check_system) check_system(read.config, options, reporter);
  }
  warn_of_unused_items(read.config, result);
  if (reporter.count() == 0) result.config = std::move(read.config);
}

}  // namespace

LoadResult load_config(const LoadOptions& given) {
  LoadOptions options = given;
  if (!options.environment) options.environment = process_environment;
  LoadResult result;
  JsonDocument document = parse_json(options.text);
  Reporter reporter(options.file, document.root, options.sets);
  for (JsonError& error : document.errors) {
    reporter.at(error.at, error.pointer, std::move(error.message));
    if (!error.pointer.empty()) reporter.told(error.pointer);
  }
  if (document.is_whole) load_tree(document, options, reporter, result);
  result.errors = reporter.take();
  result.errors_left_out = reporter.count() - result.errors.size();
  return result;
}

bool uses_stdin(const PipelineConfig& config) {
  return std::any_of(config.stages.begin(), config.stages.end(), [](const StageConfig& stage) {
    const auto* const source = std::get_if<SourceConfig>(&stage.work);
    const auto* const lines = source == nullptr ? nullptr : std::get_if<LinesSource>(&source->from);
    return lines != nullptr && lines->file == "-";
  });
}

bool uses_stdout(const PipelineConfig& config) {
  if (!config.stages.empty() && !config.stages.back().is_sink()) return true;
  return std::any_of(config.stages.begin(), config.stages.end(), [](const StageConfig& stage) {
    const auto* const sink = std::get_if<SinkConfig>(&stage.work);
    const std::string* const file = sink == nullptr ? nullptr : file_of(*sink);
    return file != nullptr && *file == "-";
  });
}

bool add_results_sink(PipelineConfig& config, const std::string& file) {
  if (config.stages.empty() || config.stages.back().is_sink()) return false;
  const auto is_taken = [&](const std::string& name) {
    return std::any_of(config.stages.begin(), config.stages.end(),
                       [&](const StageConfig& stage) { return stage.name == name; });
  };
  StageConfig sink;
  sink.name = "results";
  for (int i = 2; is_taken(sink.name); ++i) sink.name = fmt::format("results-{}", i);
  sink.work = SinkConfig{.to = LinesSink{.file = file}, .ordered = false};
  sink.from = {config.stages.back().name};
  config.stages.push_back(std::move(sink));
  return true;
}

}  // namespace pooltop
