// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <string>
#include <vector>

#include "engine/base/fd.h"

namespace pooltop {

/// The folder /proc/PID, held open: what is read through it is of one process, whoever has its number later. Nothing
/// throws for a process that ends meanwhile, or that may not be looked at: there is nothing to read then.
class ProcFiles {
 public:
  explicit ProcFiles(pid_t pid);

  [[nodiscard]] bool is_there() const noexcept { return static_cast<bool>(folder_); }
  /// At most `limit` bytes of the file `name` ("stat", "task/7/wchan"); empty where it cannot be read.
  [[nodiscard]] std::string read(const std::string& name, std::size_t limit) const;
  /// Where the link `name` leads ("cwd", "fd/3"), as the kernel says it: the file itself is not touched.
  [[nodiscard]] std::string link(const std::string& name) const;
  /// What a descriptor's link may be used for: read (4), write (2), both; 0 when it is closed.
  [[nodiscard]] unsigned access(int descriptor) const;
  /// The numbers that are names in the folder `name`, ascending, the first `limit` of them that the kernel lists.
  [[nodiscard]] std::vector<int> numbers(const std::string& name, std::size_t limit) const;

 private:
  Fd folder_;
};

/// The number behind `key` in the lines of a /proc file ("voluntary_ctxt_switches:\t12"); `otherwise` if there is none.
[[nodiscard]] std::uint64_t number_after(std::string_view text, std::string_view key, std::uint64_t otherwise = 0);

}  // namespace pooltop
