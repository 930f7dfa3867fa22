// SPDX-License-Identifier: MIT
#include <string_view>

#include "tui/cli/commands.h"
#include "tui/cli/output.h"

namespace pooltop {
namespace {

constexpr std::string_view kSchema =
#include "config_schema.inc"
    ;

}  // namespace

int execute(const SchemaOptions&) {
  print(kSchema);
  return 0;
}

}  // namespace pooltop
