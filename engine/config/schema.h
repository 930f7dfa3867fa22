// SPDX-License-Identifier: MIT
#pragma once

#include <string>

namespace pooltop {

/// The JSON Schema (draft 2020-12) of configs, for editors: every key with its help, its default and what it accepts.
/// Made from the key tables that the parser reads. Ends with a newline.
[[nodiscard]] std::string config_schema();

}  // namespace pooltop
