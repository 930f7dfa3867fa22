// SPDX-License-Identifier: MIT
#include "engine/config/describe.h"
#include "tui/cli/commands.h"
#include "tui/cli/output.h"
#include "tui/cli/pipeline_file.h"

namespace pooltop {

int execute(const CheckOptions& options) {
  const Description description = describe(load_pipeline(options.config), "");
  for (const std::string& warning : description.warnings) say(warning);
  print(description.text);
  return 0;
}

}  // namespace pooltop
