// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "engine/base/clock.h"
#include "engine/control/client.h"
#include "engine/control/run_directory.h"
#include "tui/cli/commands.h"
#include "tui/cli/output.h"

namespace pooltop {
namespace {

using nlohmann::ordered_json;

/// As the engine has it ("running", "paused", …); of one that does not answer only that it is there.
std::string state_of(const RunInfo& run) {
  constexpr Nanos kPatience = kSecond;
  if (!run.going_on) return run.outcome.value_or(run.state);
  const auto directory = RunDirectory::open_existing(run.name);
  try {
    const Nanos deadline = monotonic_now() + kPatience;
    if (directory)
      return Client::connect(directory->socket_path(), deadline)
          .request("status", {{"workers", {{"limit", 0}}}}, deadline)
          .at("status")
          .at("state")
          .get<std::string>();
  } catch (const ControlError&) {  // starting, ending or stuck
  }
  return "going on";
}

ordered_json to_json(const RunInfo& run, const std::string& state) {
  return {{"run", run.name},
          {"state", state},
          {"pid", run.going_on ? ordered_json(run.pid) : ordered_json()},
          {"started_at", run.started_at.empty() ? ordered_json() : ordered_json(run.started_at)},
          {"exit_status", run.exit_status ? ordered_json(*run.exit_status) : ordered_json()},
          {"resumable", run.resumable},
          {"directory", run.path}};
}

std::string row(const RunInfo& run, const std::string& state) {
  std::string more = run.exit_status ? fmt::format("exit {}", *run.exit_status) : "";
  if (run.resumable) more += more.empty() ? "can be resumed" : ", can be resumed";
  return fmt::format("{:<24} {:>8} {:<12} {:<20} {}\n", run.name, run.going_on ? std::to_string(run.pid) : "-", state,
                     run.started_at, more);
}

}  // namespace

int execute(const PsOptions& options) {
  auto list = ordered_json::array();
  std::string table = fmt::format("{:<24} {:>8} {:<12} {:<20}\n", "RUN", "PID", "STATE", "STARTED");
  std::vector<std::string> left_out;
  const std::vector<RunInfo> runs = list_runs(&left_out);
  for (const std::string& why : left_out) say("left out: " + why);
  for (const RunInfo& run : runs) {
    if (!options.all && !run.going_on && !run.resumable) continue;
    const std::string state = state_of(run);
    list.push_back(to_json(run, state));
    table += row(run, state);
  }
  if (options.json)
    print(list.dump(2) + "\n");
  else if (!list.empty())
    print(table);
  else
    say("no run is going on, and none can be resumed");
  return 0;
}

}  // namespace pooltop
