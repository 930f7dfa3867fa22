// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "engine/base/text.h"
#include "tui/cli/commands.h"
#include "tui/cli/link.h"
#include "tui/cli/select.h"

namespace pooltop {

int execute(const KillOptions& options) {
  const SelectedRun selected = select_run(options.at, {.has_targets = true});
  if (selected.targets.empty()) throw CliError(kExitUsage, "kill: which? pooltop kill [RUN] PID...");
  for (const std::string& word : selected.targets)
    if (pid_of(word) == 0)
      throw CliError(kExitUsage, fmt::format("kill: \"{}\" is no PID (a stage is ended by `stop` or `scale`)",
                                             printable(word, 64)));
  ask(selected.run, "kill",
      {{"pids", targets_json(selected.targets)}, {"signal", options.signal}, {"item", options.item}});
  return 0;
}

}  // namespace pooltop
