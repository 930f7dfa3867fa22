// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>
#include <vector>

#include "tui/cli/options.h"

namespace pooltop {

/// Reads argv. Throws CliError(2) with what is wrong and the nearest name that is known. Prints nothing.
[[nodiscard]] CommandOptions parse_command_line(int argc, const char* const* argv);

/// The names of all commands, in the order of the help.
[[nodiscard]] std::vector<std::string_view> command_names();

}  // namespace pooltop
