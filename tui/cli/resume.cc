// SPDX-License-Identifier: MIT
#include "tui/cli/resume.h"

#include <fmt/format.h>
#include <unistd.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <system_error>

#include "engine/base/io.h"
#include "engine/base/text.h"
#include "engine/supervisor/resume.h"
#include "tui/cli/output.h"

namespace pooltop {
namespace {

constexpr std::size_t kMostOfConfig = 16u << 20;
constexpr Nanos kLockPatience = 5 * kSecond;  // the last processes of the run before may still be dying

/// The run's name as far as it can be told before the config is checked; what is wrong with it is told then.
std::string name_of_run(const RunOptions& options) {
  if (options.config.name) return *options.config.name;
  const std::filesystem::path file(options.config.config);
  try {
    const auto text = read_file(file, kMostOfConfig);
    const auto config = nlohmann::json::parse(text.value_or(""), nullptr, /*allow_exceptions=*/false,
                                              /*ignore_comments=*/true);
    if (config.is_object() && config.contains("name") && config["name"].is_string()) return config["name"];
  } catch (const std::system_error&) {  // told when it is read in earnest
  }
  return file.stem();
}

}  // namespace

void enter_first_start_dir(RunOptions& options) {
  if (options.config.config == "-") return;  // it can be read once only
  std::error_code failed;
  const auto config = std::filesystem::absolute(options.config.config, failed);
  if (failed || !std::filesystem::is_regular_file(config, failed)) return;
  const auto directory = RunDirectory::open_existing(name_of_run(options));
  const std::string start = directory ? first_start_dir(directory->path()) : "";
  if (start.empty() || start == std::filesystem::current_path(failed).string()) return;
  if (options.report) options.report = std::filesystem::absolute(*options.report).string();
  options.config.config = config.string();
  if (::chdir(start.c_str()) != 0)
    throw CliError(kExitUsage,
                   fmt::format("--resume: {}: {}; the run was started there, and its config's relative paths "
                               "are relative to it",
                               printable(start, 256), std::generic_category().message(errno)));
  say(fmt::format("{}: goes on in {}, where it was started", directory->name(), printable(start, 256)));
}

ResumeDecision decide_resume(const PipelineConfig& config) {
  ResumeDecision decision;
  auto directory = RunDirectory::open_resume(config.name, monotonic_now() + kLockPatience);
  if (!directory) return decision;
  const std::string start_dir = std::filesystem::current_path();
  ResumePlan plan;
  try {
    plan = plan_resume(config, directory->path(), start_dir);
  } catch (const CannotResume& error) {
    for (const std::string& reason : error.reasons()) say(fmt::format("{}: --resume: {}", config.name, reason));
    throw CliError(kExitUsage, fmt::format("{}: nothing was changed; without --resume it begins anew", config.name));
  }
  if (plan.kind == ResumePlan::Kind::Nothing) return decision;
  for (const std::string& change : plan.named) say(fmt::format("{}: changed since: {}", config.name, change));
  if (plan.kind == ResumePlan::Kind::Finished) {
    decision.last = read_report(directory->report_file());
    if (decision.last && decision.last->exit_status) {
      say(fmt::format("{}: it has finished; there is nothing to go on with", config.name));
      decision.finished = decision.last->exit_status;
      return decision;
    }
  }
  decision.launch = ResumedLaunch{std::move(*directory), std::move(plan.run), start_dir};
  return decision;
}

}  // namespace pooltop
