// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>

#include "tui/keys/bindings.h"

namespace pooltop {

/// Where a user's keys.json is looked for: $XDG_CONFIG_HOME/pooltop/keys.json, else ~/.config/pooltop/keys.json; empty
/// where there is no home.
[[nodiscard]] std::string key_file();

/// What it says; the key table's bindings where there is no such file. A file that cannot be read, or is larger than
/// 1 MiB, is an error like any other in it. Never throws for what is in the file.
[[nodiscard]] BindingsRead load_bindings();

}  // namespace pooltop
