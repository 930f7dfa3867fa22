// SPDX-License-Identifier: MIT
#pragma once

#include <string>

namespace pooltop {

/// Where programs are looked for.
struct ProgramSearch {
  std::string path;       ///< PATH: directories, separated by colons
  std::string start_dir;  ///< what relative paths are relative to; empty: the working directory
};

/// Why `name` cannot be started: "not in PATH: ...", not executable, a directory, an interpreter (#!) that is not
/// there. Empty if it can. Looks with stat and access, reads the first line of scripts.
[[nodiscard]] std::string program_problem(const std::string& name, const ProgramSearch& search);

}  // namespace pooltop
