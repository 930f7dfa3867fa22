// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/base/fd.h"

namespace pooltop {

/// A directory that is ours alone: BASE (the user's, or /tmp), below it levels that pooltop made.
struct PrivatePath {
  std::string base;
  std::vector<std::string> levels;
  std::string variable;  ///< of the environment, which names the base; empty: none does
  [[nodiscard]] std::string text() const;
};

/// Opens it; where `create` is set, missing levels are made with mode 0700, and the base with its parents. Every level
/// is opened without following links and checked on the descriptor: a directory, ours, mode 0700. An empty Fd if a
/// level is missing and `create` is not set. Throws UnsafeDirectory (what was found, what to do; also for a base that
/// cannot be had where a variable names it), std::system_error.
[[nodiscard]] Fd open_private_dir(const PrivatePath& path, bool create);

/// The same checks for one directory given by its path, whoever made it: for the directory of a socket.
[[nodiscard]] Fd open_checked_dir(const std::string& path);

/// The names in a directory but "." and "..", in no order. Throws std::system_error.
[[nodiscard]] std::vector<std::string> names_in(int dir, const std::string& path);

/// Removes `name` in `dir`, with all below it where it is a directory; links are removed, never followed. What is
/// gone already is no error. Throws std::system_error.
void remove_tree(int dir, const std::string& name, const std::string& path);

}  // namespace pooltop
