// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace pooltop {

/// The regular files (through symbolic links too) that match one of the patterns, each once, in byte order, as they
/// are written in the pattern: a relative pattern gives relative paths.
/// * and ? and [a-z] match within a name, not a dot at its front; ** as a whole name is any number of folders, not
/// hidden ones and not through symbolic links, so that no loop is possible. \ takes a special character as it is.
///   base      folder that relative patterns start from
///   note      told of folders that cannot be read; they are passed over
[[nodiscard]] std::vector<std::string> glob_files(const std::vector<std::string>& patterns, const std::string& base,
                                                  const std::function<void(const std::string&)>& note);

}  // namespace pooltop
