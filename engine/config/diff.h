// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

namespace pooltop {

/// What changes `before` into `after`, line by line, as `diff -u` prints it and `patch` reads it: three lines around
/// each change. Empty if nothing differs. `name` stands in both heads. Time and memory grow with the square of how much
/// differs: for texts that are nearly the same.
[[nodiscard]] std::string unified_diff(std::string_view before, std::string_view after, std::string_view name);

}  // namespace pooltop
