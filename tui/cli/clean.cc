// SPDX-License-Identifier: MIT
#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <string>
#include <vector>

#include "engine/control/run_directory.h"
#include "tui/cli/commands.h"
#include "tui/cli/output.h"

namespace pooltop {
namespace {

/// Asks on the terminal; anything but y or yes is no.
bool confirmed(std::size_t count) {
  say_raw(fmt::format("Remove {} of them? [y/N] ", count));
  std::string answer;
  for (char byte = 0; ::read(STDIN_FILENO, &byte, 1) == 1 && byte != '\n';) answer += byte;
  return answer == "y" || answer == "Y" || answer == "yes";
}

}  // namespace

int execute(const CleanOptions& options) {
  std::vector<RunInfo> ended;
  std::string list;
  for (RunInfo& run : list_runs()) {
    if (run.going_on) continue;
    list += fmt::format("{} ({}): {}\n", run.name, run.outcome.value_or(run.state), run.path);
    ended.push_back(std::move(run));
  }
  if (ended.empty()) {
    say("nothing to remove");
    return 0;
  }
  print(list);
  if (!options.yes) {
    if (::isatty(STDIN_FILENO) == 0)
      throw CliError(kExitUsage, "clean: nothing was removed; say --yes to remove these");
    if (!confirmed(ended.size())) {
      say("nothing was removed");
      return 0;
    }
  }
  for (const RunInfo& run : ended) {
    try {
      remove_run(run.name);
    } catch (const RunGoingOn& error) {  // started again meanwhile: not ours to remove
      say(error.what());
    }
  }
  return 0;
}

}  // namespace pooltop
