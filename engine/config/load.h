// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "engine/config/diagnostic.h"
#include "engine/config/pipeline_config.h"

namespace pooltop {

struct LoadOptions {
  std::string file;                         ///< as the user named it, for messages and for the run's name; "-" is stdin
  std::string text;                         ///< the config itself
  std::map<std::string, std::string> vars;  ///< --var
  std::vector<std::string> sets;            ///< --set: "STAGE.KEY=VALUE"
  std::optional<std::string> name;          ///< --name
  /// Asked for ${NAME} after `vars`, and for PATH. Empty: the environment of this process.
  std::function<std::optional<std::string>(const std::string&)> environment;
  std::string start_dir;     ///< what relative paths are relative to; empty: the working directory
  bool check_system = true;  ///< look for programs, directories and files
};

struct LoadResult {
  std::optional<PipelineConfig> config;  ///< if there are no errors
  std::vector<Diagnostic> errors;        ///< at most 20, in the order of the file
  std::size_t errors_left_out = 0;       ///< how many more there are
  std::vector<std::string> warnings;     ///< printable lines
};

/// Reads and checks a config. Starts nothing, opens no file for writing and no pipe; with check_system it looks at what
/// the config names (stat, access, the first line of scripts). Never throws for a bad config.
[[nodiscard]] LoadResult load_config(const LoadOptions& options);

/// Whether a source reads standard input.
[[nodiscard]] bool uses_stdin(const PipelineConfig& config);
/// Whether a sink, or the last stage because it is none, writes to standard output.
[[nodiscard]] bool uses_stdout(const PipelineConfig& config);

/// When the last stage is no sink: appends a sink "results" (results-2 ... where that name is taken) that writes lines
/// to `file`, "-" being standard output. True if it did.
bool add_results_sink(PipelineConfig& config, const std::string& file);

}  // namespace pooltop
