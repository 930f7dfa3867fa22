// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tui/cli/options.h"

namespace pooltop {

/// Reads argv. Throws CliError(2) with what is wrong and the nearest name that is known. Prints nothing.
[[nodiscard]] CommandOptions parse_command_line(int argc, const char* const* argv);

/// The names of all commands, in the order of the help.
[[nodiscard]] std::vector<std::string_view> command_names();

struct OptionHelp {
  std::vector<std::string> names;  ///< "-f", "--follow"
  std::string help;
  bool takes_value = false;
};
struct CommandHelp {
  std::string name;
  std::string help;
  std::vector<OptionHelp> options;
};
/// What there is to complete: every command with its options.
[[nodiscard]] std::vector<CommandHelp> describe_commands();

}  // namespace pooltop
