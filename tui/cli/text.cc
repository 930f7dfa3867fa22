// SPDX-License-Identifier: MIT
// --help and --version, and what a bare `pooltop` says.
#include "tui/cli/commands.h"
#include "tui/cli/output.h"

namespace pooltop {

int execute(const TextOptions& options) {
  if (options.status == 0)
    print(options.text);
  else
    say_raw(options.text);
  return options.status;
}

}  // namespace pooltop
