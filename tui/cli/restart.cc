// SPDX-License-Identifier: MIT
#include <nlohmann/json.hpp>

#include "tui/cli/commands.h"
#include "tui/cli/link.h"
#include "tui/cli/select.h"

namespace pooltop {

int execute(const RestartOptions& options) {
  constexpr const char* kWhich = "restart: which? pooltop restart [RUN] STAGE|PID...";
  if (options.at.words.empty()) throw CliError(kExitUsage, kWhich);
  const SelectedRun selected = select_run(options.at, {.has_targets = true});
  if (selected.targets.empty()) throw CliError(kExitUsage, kWhich);
  ask(selected.run, "restart", {{"targets", targets_json(selected.targets)}, {"now", options.now}});
  return 0;
}

}  // namespace pooltop
