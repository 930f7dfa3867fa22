// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <filesystem>

#include "engine/base/text.h"
#include "tui/app/key_file.h"
#include "tui/cli/commands.h"
#include "tui/cli/output.h"
#include "tui/cli/watch_screen.h"

namespace pooltop {
namespace {

std::string list(const Bindings& bindings) {
  std::string text;
  std::optional<Section> section;
  for (const KeyRow& row : key_table()) {
    if (section != row.section) {
      text += fmt::format("{}{}\n", section ? "\n" : "", title_of(row.section));
      section = row.section;
    }
    text += fmt::format("  {:<16} {:<16} {}\n", row.name, bindings.keys_of(row.action), row.help);
  }
  return text;
}

}  // namespace

Bindings user_bindings() {
  const BindingsRead read = load_bindings();
  for (const Diagnostic& error : read.errors) say_line(format(error));
  if (!read.errors.empty()) throw CliError(kExitUsage, "");
  return read.bindings;
}

int execute(const KeysOptions& options) {
  const Bindings bindings = user_bindings();
  print(options.json ? keys_json(bindings) : list(bindings));
  if (options.json) return 0;
  const std::string file = key_file();
  std::error_code failed;
  if (file.empty())
    say("there is no home to keep a keys.json in: these are the built-in keys");
  else
    say(fmt::format("{} {}", printable(file, 512),
                    std::filesystem::exists(file, failed) ? "changes the built-in keys"
                                                          : "is not there: these are the built-in keys"));
  return 0;
}

}  // namespace pooltop
