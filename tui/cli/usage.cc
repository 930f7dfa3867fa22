// SPDX-License-Identifier: MIT
#include "tui/cli/usage.h"

#include <fmt/format.h>

#include <string_view>
#include <vector>

#include "engine/base/text.h"

namespace pooltop {
namespace {

/// "unknown option --plian; did you mean --plain?" for the first word that CLI11 could not place.
std::string describe_extra(const CLI::App& command, const std::string& word) {
  if (word.empty() || word[0] != '-') return fmt::format("one word too many: \"{}\"", printable(word, 64));
  const std::string name = word.substr(0, word.find('='));
  std::vector<std::string> known;
  for (const CLI::Option* option : command.get_options())
    for (const std::string& long_name : option->get_lnames()) known.push_back("--" + long_name);
  const std::vector<std::string_view> views(known.begin(), known.end());
  const auto near = nearest_name(name, views);
  return fmt::format("unknown option {}{}", printable(name, 64), near ? fmt::format("; did you mean {}?", *near) : "");
}

}  // namespace

std::string describe(const CLI::App& command, const CLI::ParseError& error) {
  if (const auto left = command.remaining(); !left.empty() && dynamic_cast<const CLI::ExtrasError*>(&error) != nullptr)
    return describe_extra(command, left.front());
  return error.what();
}

std::string exit_status_help() {
  return R"(
Exit status of run, wait and attach: 0 every item was processed; 1 some items failed; 2 the command line or the
config is wrong; 3 the engine could not go on; 130 stopped by the user; 141 the reader of stdout went away.
The other commands: 0, 2 wrong usage or bad config, 4 no such run, stage or PID.)";
}

std::string HelpFormatter::make_usage(const CLI::App* app, std::string name) const {
  std::string usage = fmt::format("Usage: {} [OPTION...]", name);
  for (const CLI::Option* option : app->get_options())
    if (option->get_positional()) usage += " " + option->get_option_text();
  if (app->get_parent() == nullptr) usage += " COMMAND";
  return usage + "\n";
}

std::string HelpFormatter::make_option_name(const CLI::Option* option, bool is_positional) const {
  return is_positional ? option->get_option_text() : CLI::Formatter::make_option_name(option, is_positional);
}

std::string HelpFormatter::make_option_opts(const CLI::Option* option) const {
  return option->get_positional() ? "" : CLI::Formatter::make_option_opts(option);
}

}  // namespace pooltop
