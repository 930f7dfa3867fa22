// SPDX-License-Identifier: MIT
#pragma once

#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <vector>

#include "engine/base/io.h"

namespace pooltop::testing {

/// Whether `part` is in `text`; says both where it is not.
[[nodiscard]] inline bool has(std::string_view text, std::string_view part) {
  if (text.find(part) != std::string_view::npos) return true;
  MESSAGE("not there: ", std::string(part), "\nin: ", std::string(text));
  return false;
}

/// "from", "from+1" …: `count` of them.
[[nodiscard]] inline std::vector<std::string> numbers(std::size_t count, std::size_t from = 0) {
  std::vector<std::string> out;
  for (std::size_t i = from; i < from + count; ++i) out.push_back(std::to_string(i));
  return out;
}

/// A file's bytes, "?" if it cannot be read.
[[nodiscard]] inline std::string content(const std::string& path) {
  return read_file(path, std::size_t{256} << 20).value_or("?");
}

}  // namespace pooltop::testing
