// SPDX-License-Identifier: MIT
#include "tui/cli/link.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "engine/base/text.h"
#include "engine/control/run_directory.h"
#include "engine/model/snapshot_json.h"
#include "tui/cli/launch.h"
#include "tui/cli/options.h"

namespace pooltop {
namespace {

constexpr Nanos kAnswerTime = 10 * kSecond;

[[noreturn]] void not_going_on(const std::string& run) {
  throw CliError(kExitNoSuchTarget, fmt::format("the run \"{}\" is not going on", run));
}

}  // namespace

Client connect_to(const std::string& run) {
  const auto directory = RunDirectory::open_existing(run);
  if (!directory) not_going_on(run);
  try {
    return Client::connect(directory->socket_path(), monotonic_now() + kAnswerTime);
  } catch (const ControlError& error) {
    if (error.code() == ErrorCode::Disconnected) not_going_on(run);
    throw;
  }
}

nlohmann::json ask(const std::string& run, std::string_view command, const nlohmann::ordered_json& params) {
  Client client = connect_to(run);
  return client.request(command, params, monotonic_now() + kAnswerTime);
}

Snapshot fetch_status(const std::string& run) {
  const nlohmann::json answer = ask(run, "status", nlohmann::ordered_json::object());
  return snapshot_from_json(answer.at("status"));
}

Snapshot last_status(const std::string& run) {
  const auto info = find_run(run);
  try {
    if (info && info->going_on) return fetch_status(run);
  } catch (const ControlError& error) {  // it is at its end, and has left its report by now
    if (error.code() != ErrorCode::Disconnected && error.code() != ErrorCode::Ended) throw;
  } catch (const CliError&) {
  }
  const auto directory = RunDirectory::open_existing(run);
  if (directory)
    if (auto last = read_report(directory->report_file())) return std::move(*last);
  throw CliError(kExitNoSuchTarget, fmt::format("the run \"{}\" was interrupted and left no status", run));
}

pid_t pid_of(const std::string& word) {
  pid_t pid = 0;
  return read_number(word, pid) && pid > 0 ? pid : 0;
}

nlohmann::ordered_json targets_json(const std::vector<std::string>& words) {
  auto targets = nlohmann::ordered_json::array();
  for (const std::string& word : words) {
    if (const pid_t pid = pid_of(word); pid > 0)
      targets.push_back(pid);
    else
      targets.push_back(word);
  }
  return targets;
}

}  // namespace pooltop
