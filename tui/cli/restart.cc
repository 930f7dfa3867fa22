// SPDX-License-Identifier: MIT
#include <nlohmann/json.hpp>

#include "tui/cli/commands.h"
#include "tui/cli/link.h"
#include "tui/cli/select.h"

namespace pooltop {

int execute(const RestartOptions& options) {
  const SelectedRun selected = select_run(options.at, {.has_targets = true});
  if (selected.targets.empty()) throw CliError(kExitUsage, "restart: which? pooltop restart [RUN] STAGE|PID...");
  ask(selected.run, "restart", {{"targets", targets_json(selected.targets)}, {"now", options.now}});
  return 0;
}

}  // namespace pooltop
