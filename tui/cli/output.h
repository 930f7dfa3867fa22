// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>

namespace pooltop {

/// All of it to stdout. Throws CliError(141) when its reader went away, std::system_error otherwise.
void print(std::string_view text);

/// "pooltop: TEXT\n" to stderr, as one write. Never fails: where stderr is gone, nobody reads.
void say(std::string_view text) noexcept;

/// As it is to stderr, the same way.
void say_raw(std::string_view text) noexcept;

}  // namespace pooltop
