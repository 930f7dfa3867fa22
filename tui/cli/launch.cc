// SPDX-License-Identifier: MIT
#include "tui/cli/launch.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <sstream>

#include "engine/base/error.h"
#include "engine/base/io.h"
#include "engine/base/text.h"
#include "engine/config/load.h"
#include "engine/control/run_directory.h"
#include "engine/model/snapshot_json.h"
#include "engine/supervisor/engine.h"
#include "engine/supervisor/resume.h"
#include "tui/cli/options.h"
#include "tui/cli/output.h"
#include "tui/plain/progress.h"

namespace pooltop {
namespace {

constexpr std::size_t kMaxReportBytes = 256u << 20;

/// A copy of one of this process's streams for the engine alone, or -1.
int copy_of(int stream, bool wanted) {
  if (!wanted) return -1;
  constexpr int kAboveStandard = 3;
  return check(::fcntl(stream, F_DUPFD_CLOEXEC, kAboveStandard), "fcntl F_DUPFD_CLOEXEC", fmt::format("fd {}", stream));
}

/// The engine holds none of the front's streams, so that whoever waits for their end does not wait for it. What it, or
/// a library in it, writes to stderr is kept with the run.
void leave_streams(const RunDirectory& directory) {
  const Fd null(check(::open("/dev/null", O_RDWR | O_CLOEXEC), "open", "/dev/null"));
  const Fd log = directory.open_file("engine.log", O_WRONLY | O_CREAT | O_APPEND);
  check(::dup2(null.get(), STDIN_FILENO), "dup2", "stdin");
  check(::dup2(null.get(), STDOUT_FILENO), "dup2", "stdout");
  check(::dup2(log.get(), STDERR_FILENO), "dup2", "stderr");
}

}  // namespace

LaunchedRun launch(PipelineConfig config, const LaunchStreams& streams, std::optional<ResumedLaunch> resumed) {
  RunDirectory directory = resumed ? std::move(resumed->directory) : RunDirectory::open_new(config.name);
  if (directory.replaced()) say(fmt::format("{}: replaces what the run before left", config.name));
  const std::string start_dir = resumed ? resumed->start_dir : std::filesystem::current_path().string();
  if (resumed) clear_for_resume(config, directory.path(), resumed->run);
  write_origin(directory.path(), config, start_dir);
  const std::string results = streams.results_to_file ? directory.results_file() : "-";
  const bool results_added = add_results_sink(config, results);

  const Fd in(copy_of(STDIN_FILENO, streams.use_stdin));
  const Fd out(copy_of(STDOUT_FILENO, streams.use_stdout));
  EngineOptions engine;
  engine.config = std::move(config);
  engine.run_dir = directory.path();
  engine.socket_path = directory.socket_path();
  engine.start_dir = start_dir;
  if (resumed) engine.resumed = std::move(resumed->run);
  if (!streams.report_file.empty()) engine.report_file = std::filesystem::absolute(streams.report_file);
  engine.stdin_fd = in.get();
  engine.stdout_fd = out.get();
  engine.lock_fd = directory.lock_fd();
  const EngineTraces traces{directory.socket_path(), directory.lock_fd()};
  const auto engine_main = [&](const EngineFds& fds) {
    leave_streams(directory);
    directory.write_owner();
    engine.fds = fds;
    return run_engine(std::move(engine));
  };
  GuardedEngine guarded = start_guarded(engine_main, traces);
  return {files_of(directory, results_added && streams.results_to_file), std::move(guarded.guardian_pidfd),
          ReportReader(std::move(guarded.reports))};
}

RunFiles files_of(const RunDirectory& directory, bool has_results_file) {
  return {.name = directory.name(),
          .socket_path = directory.socket_path(),
          .failed_file = directory.failed_file(),
          .logs_dir = directory.logs_dir(),
          .report_file = directory.report_file(),
          .events_file = directory.events_file(),
          .results_file = has_results_file ? directory.results_file() : ""};
}

std::optional<RunEnd> wait_ready(LaunchedRun& run) {
  for (;;) {
    while (const auto report = run.reports.read()) {
      if (report->kind == Report::Kind::Ready) return std::nullopt;
      if (auto end = take_report(run, *report)) return end;
    }
    pollfd entry{.fd = run.reports.fd(), .events = POLLIN, .revents = 0};
    if (::poll(&entry, 1, -1) < 0 && errno != EINTR) throw_system_error(errno, "poll", "reports of the engine");
  }
}

std::optional<RunEnd> take_report(const LaunchedRun& run, const Report& report) {
  switch (report.kind) {
    case Report::Kind::Ready:
      return std::nullopt;
    case Report::Kind::Error:
      say(fmt::format("{}: {}", run.name, report.text));
      return std::nullopt;
    case Report::Kind::Exit:
      reap_guardian(run.guardian);
      return RunEnd{report.code, read_report(run.report_file)};
    case Report::Kind::Died:
      say(fmt::format("{}: the engine was {}; its workers were ended, what they wrote stays", run.name,
                      describe(ExitStatus{{}, report.code, ""})));
      break;
    case Report::Kind::Lost:
      say(fmt::format("{}: the engine's guardian was killed, so the engine stopped; what was written stays", run.name));
      break;
  }
  reap_guardian(run.guardian);
  return RunEnd{kExitCannotGoOn, std::nullopt};
}

std::string why_no_report(const RunDirectory& directory) {
  constexpr std::size_t kMostLog = 1 << 20;
  constexpr std::string_view kError = "pooltop: ";
  std::string why = "its engine was killed, or had no room for one";
  if (const auto log = read_file(directory.engine_log(), kMostLog)) {
    std::istringstream lines(*log);
    for (std::string line; std::getline(lines, line);)
      if (line.starts_with(kError)) why = printable(line.substr(kError.size()));
  }
  return "it ended without a report: " + why;
}

std::optional<Snapshot> read_report(const std::string& report_file) {
  try {
    const auto text = read_file(report_file, kMaxReportBytes);
    if (text) return snapshot_from_json(nlohmann::json::parse(*text));
  } catch (const std::system_error&) {  // it left none
  } catch (const nlohmann::json::exception& error) {
    say(fmt::format("{}: {}", report_file, error.what()));
  }
  return std::nullopt;
}

}  // namespace pooltop
