// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "engine/control/run_directory.h"
#include "engine/model/snapshot_json.h"
#include "tui/cli/commands.h"
#include "tui/cli/launch.h"
#include "tui/cli/link.h"
#include "tui/cli/output.h"
#include "tui/cli/select.h"
#include "tui/plain/status_text.h"

namespace pooltop {
namespace {

Snapshot status_of(const std::string& name) {
  const auto info = find_run(name);
  if (info && info->going_on) return fetch_status(name);
  const auto directory = RunDirectory::open_existing(name);
  if (directory)
    if (auto last = read_report(directory->report_file())) return std::move(*last);
  throw CliError(kExitNoSuchTarget, fmt::format("the run \"{}\" was interrupted and left no status", name));
}

}  // namespace

int execute(const StatusOptions& options) {
  const Snapshot status = status_of(select_run(options.run, {.ended_will_do = true}).run);
  print(options.json ? to_json(status).dump(2) + "\n" : status_text(status));
  return 0;
}

}  // namespace pooltop
