// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "tui/cli/commands.h"
#include "tui/cli/link.h"
#include "tui/cli/output.h"
#include "tui/cli/select.h"

namespace pooltop {

int execute(const FailOptions& options) {
  constexpr const char* kForm = "fail: it is pooltop fail [RUN] STAGE ID...";
  if (options.at.words.size() < 2) throw CliError(kExitUsage, kForm);
  const SelectedRun selected = select_run(options.at, {.has_targets = true});
  if (selected.targets.size() < 2) throw CliError(kExitUsage, kForm);
  const std::vector<std::string> ids(selected.targets.begin() + 1, selected.targets.end());
  const nlohmann::json answer =
      ask(selected.run, "fail", {{"stage", selected.targets[0]}, {"ids", ids}, {"kill", options.kill}});
  const std::uint64_t killed = answer.value("killed", std::uint64_t{0});
  say(fmt::format("{}: items failed: {}{}", selected.run, answer.value("failed", std::uint64_t{0}),
                  killed == 0 ? "" : fmt::format("; workers killed for the item in work: {}", killed)));
  return 0;
}

}  // namespace pooltop
