// SPDX-License-Identifier: MIT
#include <fmt/format.h>
#include <poll.h>

#include <nlohmann/json.hpp>

#include "engine/control/client.h"
#include "engine/control/run_directory.h"
#include "tui/cli/commands.h"
#include "tui/cli/launch.h"
#include "tui/cli/link.h"
#include "tui/cli/output.h"
#include "tui/cli/select.h"

namespace pooltop {
namespace {

/// Until the run answers, or its engine is gone.
void wait_for_end(const RunInfo& run) {
  for (;;) {
    try {
      Client client = connect_to(run.name);
      client.request("wait", nullptr, std::numeric_limits<Nanos>::max());
      return;
    } catch (const ControlError& error) {
      if (error.code() == ErrorCode::Disconnected || error.code() == ErrorCode::Ended) return;
      if (error.code() != ErrorCode::TimedOut) throw;  // an engine that ends thousands of workers is busy for a while
    } catch (const CliError&) {                        // it ended just now
      return;
    }
  }
}

/// The engine answers before it is gone, and its name is free only then. What holds it longer is not waited for.
void wait_until_left(const std::string& run) {
  constexpr Nanos kPatience = 10 * kSecond;
  constexpr int kPollMs = 5;
  const Nanos deadline = monotonic_now() + kPatience;
  for (auto info = find_run(run); info && info->going_on && monotonic_now() < deadline; info = find_run(run))
    ::poll(nullptr, 0, kPollMs);
}

}  // namespace

int execute(const WaitOptions& options) {
  const std::string name = select_run(options.run, {.ended_will_do = true}).run;
  auto info = find_run(name);
  if (info && info->going_on) {
    wait_for_end(*info);
    wait_until_left(name);
  }
  const auto directory = RunDirectory::open_existing(name);
  const auto last = directory ? read_report(directory->report_file()) : std::nullopt;
  if (last && last->exit_status) return *last->exit_status;
  say(fmt::format("{}: {}", name, directory ? why_no_report(*directory) : "its directory is gone"));
  return kExitCannotGoOn;
}

}  // namespace pooltop
