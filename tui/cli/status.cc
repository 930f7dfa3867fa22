// SPDX-License-Identifier: MIT
#include <nlohmann/json.hpp>

#include "engine/model/snapshot_json.h"
#include "tui/cli/commands.h"
#include "tui/cli/link.h"
#include "tui/cli/output.h"
#include "tui/cli/select.h"
#include "tui/plain/status_text.h"

namespace pooltop {
int execute(const StatusOptions& options) {
  const Snapshot status = last_status(select_run(options.run, {.ended_will_do = true}).run);
  print(options.json ? to_json(status).dump(2) + "\n" : status_text(status));
  return 0;
}

}  // namespace pooltop
