// SPDX-License-Identifier: MIT
#include "tui/cli/watch_screen.h"

#include <fmt/format.h>
#include <poll.h>

#include <cerrno>
#include <cstdlib>
#include <vector>

#include "engine/base/clock.h"
#include "tui/app/monitor.h"
#include "tui/cli/link.h"
#include "tui/cli/output.h"
#include "tui/cli/screen_child.h"
#include "tui/views/summary.h"

namespace pooltop {
namespace {

/// The user left a run that goes on: how far it is.
void say_how_far(const LaunchedRun& run) {
  try {
    say_raw(summary(fetch_status(run.name), {.failed = run.failed_file, .results = run.results_file}));
  } catch (const std::exception&) {  // it ended just now; whoever wants to know asks `pooltop status`
    say(fmt::format("{}: detached", run.name));
  }
}

/// The monitor has seen the end: its report is on its way. nullopt if none comes.
std::optional<RunEnd> await_report(LaunchedRun& run) {
  const Nanos deadline = monotonic_now() + 10 * kSecond;
  for (Nanos left = 10 * kSecond; left > 0; left = deadline - monotonic_now()) {
    pollfd entry{run.reports.fd(), POLLIN, 0};
    if (::poll(&entry, 1, static_cast<int>(left / kMillisecond) + 1) < 0 && errno != EINTR) return std::nullopt;
    bool any = false;
    while (const auto report = run.reports.read()) {
      any = true;
      if (auto end = take_report(run, *report)) return end;
    }
    if ((entry.revents & POLLHUP) != 0 && !any) return std::nullopt;
  }
  return std::nullopt;
}

}  // namespace

void set_screen(MonitorOptions& monitor, const ScreenOptions& options) {
  monitor.color = color_mode_named(options.color).value_or(ColorMode::Auto);
  monitor.theme = theme_named(options.theme).value_or(theme_for(std::getenv("COLORFGBG")));
  monitor.mouse = options.mouse;
  monitor.title = options.title;
  monitor.bell = options.bell;
  monitor.bindings = user_bindings();
}

std::optional<RunEnd> watch_screen(LaunchedRun& run, const FrontSignals& signals, const RunOptions& options,
                                   MonitorOptions monitor) {
  monitor.socket_path = run.socket_path;
  monitor.run = run.name;
  monitor.owns_run = true;
  monitor.exit_at_end = options.exit_at_end;
  monitor.failed_file = run.failed_file;

  // While the monitor has the screen nothing may be written to it: reports wait until it is gone.
  std::vector<Report> reports;
  const auto keep_reports = [&] {
    while (auto report = run.reports.read()) reports.push_back(std::move(*report));
  };
  const auto left = show_monitor(monitor, signals, run.reports.fd(), keep_reports);
  keep_reports();
  for (const Report& report : reports)
    if (auto end = take_report(run, report)) return end;
  if (left == MonitorEnd::Detached) {
    say_how_far(run);
    return std::nullopt;
  }
  if (left == MonitorEnd::RunEnded || left == MonitorEnd::StopRequested)
    if (auto end = await_report(run)) return end;
  if (!left || left == MonitorEnd::NoTerminal)
    say(fmt::format("the run goes on; pooltop attach {} shows it", run.name));
  return watch_plain(run, signals, {.interval = options.interval});
}

}  // namespace pooltop
