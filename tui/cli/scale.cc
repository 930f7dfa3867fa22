// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "engine/base/text.h"
#include "tui/cli/commands.h"
#include "tui/cli/link.h"
#include "tui/cli/select.h"

namespace pooltop {

int execute(const ScaleOptions& options) {
  constexpr int kMostWorkers = 4096;
  constexpr const char* kForm = "scale: it is pooltop scale [RUN] STAGE N";
  if (options.at.words.size() < 2) throw CliError(kExitUsage, kForm);
  const std::string& count = options.at.words.back();
  const int workers = pid_of(count);
  if (workers == 0 || workers > kMostWorkers)
    throw CliError(kExitUsage, fmt::format("scale: the number of workers must be 1 to {}, got \"{}\"", kMostWorkers,
                                           printable(count, 64)));
  const SelectedRun selected = select_run(options.at, {.has_targets = true});
  if (selected.targets.size() != 2) throw CliError(kExitUsage, kForm);
  ask(selected.run, "scale", {{"stage", selected.targets[0]}, {"workers", workers}});
  return 0;
}

}  // namespace pooltop
