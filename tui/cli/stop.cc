// SPDX-License-Identifier: MIT
#include <nlohmann/json.hpp>

#include "tui/cli/commands.h"
#include "tui/cli/link.h"
#include "tui/cli/select.h"

namespace pooltop {

int execute(const StopOptions& options) {
  ask(select_run(options.run, {}).run, "stop", {{"now", options.now}});
  return 0;
}

}  // namespace pooltop
