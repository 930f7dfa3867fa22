// SPDX-License-Identifier: MIT
#include <sys/stat.h>

#include "tui/cli/commands.h"
#include "tui/cli/output.h"
#include "tui/cli/pipeline_file.h"
#include "tui/plain/plan_text.h"

namespace pooltop {

int execute(const CheckOptions& options) {
  print(plan_text(load_pipeline(options.config), [](const std::string& path) {
    struct stat status {};
    return ::stat(path.c_str(), &status) != 0 || S_ISREG(status.st_mode);
  }));
  return 0;
}

}  // namespace pooltop
