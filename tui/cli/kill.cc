// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "engine/base/text.h"
#include "engine/control/requests.h"
#include "tui/cli/commands.h"
#include "tui/cli/link.h"
#include "tui/cli/select.h"

namespace pooltop {

namespace {

/// "9", "term" and "SIGTERM" as the engine knows them.
std::string signal_name(const std::string& word) {
  std::string upper = word;
  for (char& c : upper) c = static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
  if (signal_named(upper)) return upper;
  for (const std::string_view name : signal_names())
    if (std::to_string(*signal_named(name)) == word) return std::string(name);
  throw CliError(kExitUsage, fmt::format("kill: --signal: must be one of {}, got \"{}\"",
                                         fmt::join(signal_names(), ", "), printable(word, 64)));
}

void check_pid(const std::string& word) {
  if (pid_of(word) == 0)
    throw CliError(kExitUsage,
                   fmt::format("kill: \"{}\" is no PID (a stage is ended by `stop` or `scale`)", printable(word, 64)));
}

}  // namespace

int execute(const KillOptions& options) {
  const std::string signal = signal_name(options.signal);
  if (options.at.words.empty()) throw CliError(kExitUsage, "kill: which? pooltop kill [RUN] PID...");
  if (options.at.words.size() == 1) check_pid(options.at.words.front());  // it can be nothing else
  const SelectedRun selected = select_run(options.at, {.has_targets = true});
  if (selected.targets.empty()) throw CliError(kExitUsage, "kill: which? pooltop kill [RUN] PID...");
  for (const std::string& word : selected.targets) check_pid(word);
  ask(selected.run, "kill", {{"pids", targets_json(selected.targets)}, {"signal", signal}, {"item", options.item}});
  return 0;
}

}  // namespace pooltop
