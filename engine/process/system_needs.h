// SPDX-License-Identifier: MIT
#pragma once

#include <string>

namespace pooltop {

/// Why this system will not do: the call that it has not, or refuses to this process, and what is needed. Empty: it
/// will. Asked before anything is started, as else every worker's start would be tried again for ever.
[[nodiscard]] std::string why_system_will_not_do();

/// What a user can do about a process that could not be made, to be put behind the reason: " (…)", or empty.
[[nodiscard]] std::string limit_behind(int error);

}  // namespace pooltop
