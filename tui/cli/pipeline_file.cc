// SPDX-License-Identifier: MIT
#include "tui/cli/pipeline_file.h"

#include <fmt/format.h>
#include <unistd.h>

#include <filesystem>
#include <system_error>

#include "engine/base/io.h"
#include "engine/base/text.h"
#include "engine/config/load.h"
#include "tui/cli/output.h"

namespace pooltop {
namespace {

constexpr std::size_t kMaxConfigBytes = 16u << 20;

std::string read_config(const std::string& file) {
  try {
    auto text = file == "-" ? read_to_end(STDIN_FILENO, kMaxConfigBytes, "stdin") : read_file(file, kMaxConfigBytes);
    if (text) return std::move(*text);
  } catch (const std::system_error& error) {
    throw CliError(kExitUsage, error.what());
  }
  throw CliError(kExitUsage, fmt::format("{}: larger than 16 MiB", file));
}

/// Where the config can be found again by whoever asks later; empty where it came through a pipe, or by the name of a
/// descriptor.
std::string lasting_path(const std::string& file) {
  std::error_code failed;
  const auto path = std::filesystem::absolute(file, failed).lexically_normal();
  const std::string text = path.string();
  const bool is_lasting = file != "-" && !failed && !text.starts_with("/dev/fd/") && !text.starts_with("/dev/std") &&
                          !text.starts_with("/proc/") && std::filesystem::is_regular_file(path, failed);
  return is_lasting ? text : "";
}

/// "NAME=VALUE" of --var.
void add_var(std::map<std::string, std::string>& vars, const std::string& text) {
  const std::size_t equals = text.find('=');
  if (equals == std::string::npos || equals == 0)
    throw CliError(kExitUsage, fmt::format("--var {}: it is NAME=VALUE", printable(text, 64)));
  vars[text.substr(0, equals)] = text.substr(equals + 1);
}

}  // namespace

PipelineConfig load_pipeline(const ConfigOptions& options) {
  LoadOptions load;
  load.file = options.config;
  load.sets = options.set;
  load.name = options.name;
  for (const std::string& var : options.var) add_var(load.vars, var);
  load.text = read_config(options.config);

  LoadResult result = load_config(load);
  for (const std::string& warning : result.warnings) say(warning);
  for (const Diagnostic& error : result.errors) say_line(format(error));
  if (result.errors_left_out > 0) say(fmt::format("and {} errors more", result.errors_left_out));
  if (!result.config) throw CliError(kExitUsage, "");
  result.config->file = lasting_path(options.config);
  return std::move(*result.config);
}

}  // namespace pooltop
