// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "engine/control/failed_list.h"

namespace pooltop {

/// Follows failed.jsonl: each record once, as it is written.
class FailedTail {
 public:
  explicit FailedTail(std::string file) : file_(std::move(file)) {}

  struct News {
    std::vector<FailedItem> items;  ///< the first kShown of them
    std::uint64_t left_out = 0;
  };
  /// What was added since the call before; nothing where the file is not there (yet).
  [[nodiscard]] News read();

  static constexpr std::size_t kShown = 20;

 private:
  std::string file_;
  std::uint64_t offset_ = 0;       // behind the last whole line that was read
  ino_t inode_ = 0;                // a retry writes the file anew
  std::vector<std::size_t> told_;  // hashes of the lines that were read: what the new file has kept is no news
};

}  // namespace pooltop
