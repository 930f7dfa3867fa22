// SPDX-License-Identifier: MIT
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <system_error>

#include "engine/base/text.h"
#include "engine/config/load.h"
#include "engine/supervisor/engine.h"
#include "tui/app/monitor.h"
#include "tui/cli/commands.h"
#include "tui/cli/finish.h"
#include "tui/cli/launch.h"
#include "tui/cli/output.h"
#include "tui/cli/pipeline_file.h"
#include "tui/cli/resume.h"
#include "tui/cli/watch_plain.h"
#include "tui/cli/watch_screen.h"

namespace pooltop {
namespace {

/// Told now, not when hours of work are over: where the report cannot be written. Nothing is made or emptied yet.
void check_report(const std::string& file) {
  const std::filesystem::path path(file);
  std::error_code none;
  std::string reason;
  if (file.empty() || std::filesystem::is_directory(path, none))
    reason = "a file is needed";
  else if (::access(file.c_str(), F_OK) == 0 ? ::access(file.c_str(), W_OK) != 0
                                             : ::access((path.parent_path() / ".").c_str(), W_OK | X_OK) != 0)
    reason = std::system_category().message(errno);
  if (!reason.empty()) throw CliError(kExitUsage, fmt::format("--report {}: {}", printable(file, 256), reason));
}

/// What a detached run cannot have: its streams are gone when the caller has its prompt back.
void refuse_detached(const PipelineConfig& config) {
  if (uses_stdin(config)) throw CliError(kExitUsage, "--detach: a source reads stdin (\"-\")");
  if (uses_stdout(config)) throw CliError(kExitUsage, "--detach: a sink writes to stdout (\"-\")");
}

/// Why there is no monitor, empty if there is one.
std::string why_plain(const RunOptions& options, bool source_reads_stdin, bool sink_writes_stdout) {
  if (options.plain || options.json_lines) return "not asked for";
  if (source_reads_stdin) return "a source reads stdin (\"-\")";
  if (sink_writes_stdout) return "a sink writes to stdout (\"-\")";
  return why_no_screen().value_or("");
}

/// "None is a warning": known when the source has looked, which may take as long as the run.
void say_empty_globs(const PipelineConfig& config, const std::optional<Snapshot>& last) {
  if (!last) return;
  for (const StageConfig& stage : config.stages) {
    const auto* const source = std::get_if<SourceConfig>(&stage.work);
    if (source == nullptr || !std::holds_alternative<GlobSource>(source->from)) continue;
    for (const StageStatus& status : last->stages)
      if (status.name == stage.name && status.out == 0)
        say(fmt::format("{}: stage {}: no file matched", config.name, stage.name));
  }
}

/// Whether the run's results went to a file of its directory, and some did.
bool has_results(const RunDirectory& directory) {
  std::error_code none;
  const auto size = std::filesystem::file_size(directory.results_file(), none);
  return !none && size > 0;
}

/// Of a run that had finished before: nothing is done, its end is told once more.
int repeat_end(const ResumeDecision& decision, const PipelineConfig& config, const RunOptions& options) {
  const auto directory = RunDirectory::open_existing(config.name);
  const RunFiles run = files_of(*directory, has_results(*directory));
  return finish(run, {*decision.finished, decision.last}, options, /*on_screen=*/false);
}

}  // namespace

int execute(const RunOptions& asked) {
  RunOptions options = asked;
  if (options.json_lines) say_as_json("");
  if (options.resume) enter_first_start_dir(options);
  if (options.report) check_report(*options.report);
  const PipelineConfig config = load_pipeline(options.config);
  if (options.json_lines) say_as_json(config.name);
  if ((options.config.config == "-" || options.config.config == "/dev/stdin") && uses_stdin(config))
    throw CliError(kExitUsage, "the config and a source both read stdin (\"-\")");

  // What is left to stdout once the results of a last stage that is no sink have a file.
  PipelineConfig with_file = config;
  add_results_sink(with_file, "results");
  if (options.detach) refuse_detached(with_file);
  const std::string why = why_plain(options, uses_stdin(config), uses_stdout(with_file));
  const bool plain = !options.detach && !why.empty();
  if (plain && !options.plain && !options.json_lines) say(fmt::format("no monitor: {}", why));

  if (const std::string lacking = why_not_here(config); !lacking.empty()) throw CliError(kExitUsage, lacking);

  MonitorOptions monitor;
  if (!plain && !options.detach) set_screen(monitor, options.screen);  // what is wrong is told before anything runs

  ResumeDecision resume;
  if (options.resume) resume = decide_resume(config);
  if (resume.finished) return repeat_end(resume, config, options);
  // Results that went to a file go on in it.
  const bool to_file = !plain || (resume.launch && has_results(resume.launch->directory));
  if (plain && to_file && resume.launch)
    say(fmt::format("{}: the results go on in {}", config.name, resume.launch->directory.results_file()));

  const FrontSignals signals;
  LaunchedRun run = launch(config,
                           {.results_to_file = to_file,
                            .use_stdin = uses_stdin(config),
                            .use_stdout = !to_file && uses_stdout(config),
                            .report_file = options.report.value_or("")},
                           std::move(resume.launch));
  std::optional<RunEnd> end = wait_ready(run);
  if (!end && options.detach) {
    print(run.name + "\n");
    return 0;
  }
  if (!end)
    end = plain ? watch_plain(run, signals, {.json_lines = options.json_lines, .interval = options.interval})
                : watch_screen(run, signals, options, std::move(monitor));
  if (!end) return 0;  // detached: the run goes on, and its engine writes the report
  say_empty_globs(config, end->last);
  return finish(run, *end, options, /*on_screen=*/!plain);
}

}  // namespace pooltop
