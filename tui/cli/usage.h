// SPDX-License-Identifier: MIT
#pragma once

#include <CLI/CLI.hpp>
#include <string>

namespace pooltop {

/// What follows the list of commands in `pooltop --help`.
[[nodiscard]] std::string exit_status_help();

/// "Usage: pooltop pause [OPTION...] [RUN] [STAGE|PID...]", the words as in the man page.
class HelpFormatter : public CLI::Formatter {
 public:
  std::string make_usage(const CLI::App* app, std::string name) const override;
  /// Words are shown as the usage has them, without the name that only the code knows them by.
  std::string make_option_name(const CLI::Option* option, bool is_positional) const override;
  std::string make_option_opts(const CLI::Option* option) const override;
};

/// What CLI11 complains of, in our words: "unknown option --plian; did you mean --plain?".
[[nodiscard]] std::string describe(const CLI::App& command, const CLI::ParseError& error);

}  // namespace pooltop
