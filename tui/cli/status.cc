// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "engine/model/snapshot_json.h"
#include "tui/cli/commands.h"
#include "tui/cli/finish.h"
#include "tui/cli/link.h"
#include "tui/cli/output.h"
#include "tui/cli/select.h"
#include "tui/plain/status_text.h"

namespace pooltop {
int execute(const StatusOptions& options) {
  const Snapshot status = last_status(select_run(options.run, {.ended_will_do = true}).run);
  print(options.json ? to_json(status).dump(2) + "\n" : status_text(status));
  if (!options.json && !is_alive(status.state) && has_recording(status.run))
    print(fmt::format("how it went: pooltop replay {}\n", status.run));
  return 0;
}

}  // namespace pooltop
