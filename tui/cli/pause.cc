// SPDX-License-Identifier: MIT
#include <nlohmann/json.hpp>

#include "tui/cli/commands.h"
#include "tui/cli/link.h"
#include "tui/cli/select.h"

namespace pooltop {
namespace {

int send(const Selection& at, const char* command, nlohmann::ordered_json params) {
  const SelectedRun selected = select_run(at, {.has_targets = true});
  if (!selected.targets.empty()) params["targets"] = targets_json(selected.targets);  // none: the whole run
  ask(selected.run, command, params);
  return 0;
}

}  // namespace

int execute(const PauseOptions& options) {
  auto params = nlohmann::ordered_json::object();
  if (options.after_item) params["after_item"] = true;
  return send(options.at, "pause", std::move(params));
}

int execute(const ResumeOptions& options) { return send(options.at, "resume", nlohmann::ordered_json::object()); }

}  // namespace pooltop
