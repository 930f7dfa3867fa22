// SPDX-License-Identifier: MIT
// The steps of load_config(), in their order. None throws for a bad config; each tells a Reporter.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/config/load.h"
#include "engine/config/pipeline_config.h"
#include "engine/config/section.h"

namespace pooltop {

/// Puts every "STAGE.KEY=VALUE" into the tree; its values have the place {0, number of the --set from 1}.
void apply_sets(JsonValue& root, std::span<const std::string> sets, Reporter& reporter);

/// Replaces ${NAME} in every text but shell commands and inline items. Returns the names that were asked for.
std::vector<std::string> replace_variables(JsonValue& root, const LoadOptions& options, Reporter& reporter);

struct ReadPipeline {
  PipelineConfig config;
  /// Every stage has a name and a kind: the graph can be looked at. `from` is as in the config.
  bool has_all_stages = false;
};
/// Everything that the keys say.
ReadPipeline read_pipeline(const JsonValue& root, const LoadOptions& options, Reporter& reporter);

/// One stage, `defaults` where it says nothing; nullopt if it has no name or not one kind.
std::optional<StageConfig> read_stage(const JsonValue& value, const std::string& pointer, const StageConfig& defaults,
                                      Reporter& reporter);
/// The settings that every stage may have, of a stage or of `defaults`.
void read_settings(const Section& section, StageConfig& stage);
SourceConfig read_source(const JsonValue& value, const std::string& pointer, Reporter& reporter);
SinkConfig read_sink(const JsonValue& value, const std::string& pointer, Reporter& reporter);
/// The arguments of a built-in operator as its compact JSON.
std::string read_operator_args(const Section& section, std::string_view op);

/// Fills in `from` and checks the graph: every stage is fed, every output read, no cycle.
void check_topology(PipelineConfig& config, Reporter& reporter);

/// No file is written twice, or read and written. Paths are compared as text, with check_system as files.
void check_files_once(const PipelineConfig& config, const LoadOptions& options, Reporter& reporter);

/// The programs, directories and files that it names are there and may be used.
void check_system(const PipelineConfig& config, const LoadOptions& options, Reporter& reporter);

/// The file of a sink that has one; nullptr else.
const std::string* file_of(const SinkConfig& sink);
/// "lines", "jsonl" or "csv": the key under which a sink that has a file names it.
std::string_view file_key_of(const SinkConfig& sink);
/// `path` seen from the directory where pooltop was started.
std::string from_start_dir(const std::string& path, const LoadOptions& options);

}  // namespace pooltop
