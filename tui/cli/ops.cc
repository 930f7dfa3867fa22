// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <string>
#include <vector>

#include "engine/base/text.h"
#include "engine/config/operators.h"
#include "tui/cli/commands.h"
#include "tui/cli/output.h"

namespace pooltop {
namespace {

std::string describe_in_full(const OperatorInfo& info) {
  std::string text = fmt::format("{}: {}\n", info.name, info.help);
  if (info.args.empty()) text += "no arguments\n";
  for (const OperatorArg& arg : info.args)
    text +=
        fmt::format("  {:<10} {:<13} {}{}\n", arg.name, name_of(arg.type), arg.required ? "(required) " : "", arg.help);
  if (!info.args_note.empty()) text += fmt::format("  {}\n", info.args_note);
  return text;
}

}  // namespace

int execute(const OpsOptions& options) {
  std::vector<std::string_view> names;
  std::string list;
  for (const OperatorInfo& info : operators()) {
    names.push_back(info.name);
    std::string args;
    for (const OperatorArg& arg : info.args) args += fmt::format("{}{}", args.empty() ? "" : ", ", arg.name);
    list += fmt::format("{:<12} {}{}\n", info.name, info.help, args.empty() ? "" : fmt::format("  ({})", args));
  }
  if (options.name.empty()) {
    print(list);
    return 0;
  }
  const OperatorInfo* info = find_operator(options.name);
  if (info == nullptr) {
    const auto near = nearest_name(options.name, names);
    throw CliError(kExitUsage, fmt::format("there is no operator \"{}\"{}", printable(options.name, 64),
                                           near ? fmt::format("; did you mean \"{}\"?", *near) : "; see pooltop ops"));
  }
  print(describe_in_full(*info));
  return 0;
}

}  // namespace pooltop
