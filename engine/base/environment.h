// SPDX-License-Identifier: MIT
#pragma once

#include <string>

namespace pooltop {

/// The value of an environment variable that names a folder; empty if it is unset or no absolute path (what the XDG
/// base directory specification wants ignored).
[[nodiscard]] std::string folder_from(const char* variable);

/// $HOME, else the home of the password database; empty if there is none.
[[nodiscard]] std::string home_folder();

}  // namespace pooltop
