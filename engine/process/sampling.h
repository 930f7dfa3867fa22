// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <string>

#include "engine/base/clock.h"
#include "engine/base/fd.h"

namespace pooltop {

/// What /proc says of a process and its descendants.
struct TreeSample {
  Nanos cpu = 0;  ///< user + system time of the living ones and of the reaped children
  std::uint64_t rss_bytes = 0;
  char state = '?';             ///< of the root: R S D T Z
  std::uint32_t processes = 0;  ///< 0: it is gone
};

/// Reads /proc at 1 Hz or so, with descriptors kept open for the roots: 1-3 us a process.
class ProcSampler {
 public:
  /// Starts to watch a root; its descendants are found at each sample.
  void add(pid_t root);
  void remove(pid_t root);
  [[nodiscard]] TreeSample sample(pid_t root);
  /// A process's start time in clock ticks since boot (its identity together with the PID); 0 when gone.
  [[nodiscard]] static std::uint64_t start_ticks(pid_t pid);

 private:
  std::map<pid_t, Fd> roots_;
};

}  // namespace pooltop
