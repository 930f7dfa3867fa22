// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <string_view>

namespace pooltop {

/// What the engine is told of an item whose work failed. `error` is one line for people.
struct ItemFailure {
  std::string error;
  bool permanent = false;   ///< no retry
  int exit = -1;            ///< exit status of the item's process; -1: none
  int signal = 0;           ///< signal that ended it; 0: none
  pid_t pid = 0;            ///< of the process that did the work; 0: the worker itself
  std::string stderr_tail;  ///< its last 4 KiB of stderr
};

inline constexpr std::size_t kStderrTail = 4096;

/// As it travels in a Failed record; error and stderr are cut to 4 KiB each.
[[nodiscard]] std::string encode_failure(const ItemFailure& failure);
/// nullopt on what encode_failure did not write.
[[nodiscard]] std::optional<ItemFailure> decode_failure(std::string_view bytes);

}  // namespace pooltop
