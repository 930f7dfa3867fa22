// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include "engine/control/run_directory.h"
#include "tui/app/monitor.h"
#include "tui/cli/commands.h"
#include "tui/cli/finish.h"
#include "tui/cli/link.h"
#include "tui/cli/output.h"
#include "tui/cli/screen_child.h"
#include "tui/cli/select.h"
#include "tui/cli/watch_screen.h"

namespace pooltop {

int execute(const AttachOptions& options) {
  const std::string name = select_run(options.run, {}).run;
  if (const auto why = why_no_screen())
    throw CliError(kExitUsage, fmt::format("attach: {}; pooltop status {} and pooltop wait {} do without a screen",
                                           *why, name, name));
  const auto directory = RunDirectory::open_existing(name);
  if (!directory) throw CliError(kExitNoSuchTarget, fmt::format("there is no run \"{}\"", name));
  const FrontSignals signals;
  MonitorOptions monitor;
  monitor.socket_path = directory->socket_path();
  monitor.run = name;
  monitor.read_only = options.read_only;
  set_screen(monitor, options.screen);
  monitor.failed_file = directory->failed_file();

  const auto left = show_monitor(monitor, signals, -1, [] {});
  if (left != MonitorEnd::RunEnded && left != MonitorEnd::EngineGone) {
    if (!left) say(fmt::format("the run goes on; pooltop attach {} shows it again", name));
    return left ? 0 : kExitCannotGoOn;
  }
  const auto run = left == MonitorEnd::EngineGone ? find_run(name) : std::nullopt;
  if (run && run->going_on) {
    say(fmt::format("{}: its engine, {}, does not answer; the run goes on, pooltop attach {} tries again", name,
                    run->pid, name));
    return kExitCannotGoOn;
  }
  const auto last = read_report(directory->report_file());
  if (!last || !last->exit_status) {
    say(fmt::format("{}: {}", name, why_no_report(*directory)));
    return kExitCannotGoOn;
  }
  say_unsaved(name, directory->path());
  say_summary(*last, directory->failed_file(), "", /*names_failed=*/true);
  return *last->exit_status;
}

}  // namespace pooltop
