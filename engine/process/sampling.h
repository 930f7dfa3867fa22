// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "engine/base/clock.h"
#include "engine/base/fd.h"
#include "engine/process/proc_stat.h"

namespace pooltop {

/// What /proc says of a process and its descendants.
struct TreeSample {
  Nanos cpu = 0;  ///< user + system time of the living ones and of the reaped children
  std::uint64_t rss_bytes = 0;
  char state = '?';             ///< of the root: R S D T Z
  std::uint32_t processes = 0;  ///< 0: it is gone
};

/// Processor time at an earlier look, by which a later one says how much was used since then.
struct CpuBaseline {
  struct OfProcess {
    pid_t pid = 0;
    std::uint64_t start_ticks = 0;
    Nanos cpu = 0;
  };
  Nanos at = 0;     ///< 0: there was no earlier look
  Nanos total = 0;  ///< TreeSample::cpu
  std::vector<OfProcess> processes;
  Nanos still_since = 0;  ///< the tree has used no processor time (a tick of it) since then; 0: not known
};

/// Reads /proc at 1 Hz or so, with descriptors kept open for the roots: 2-7 us for one that has no children.
class ProcSampler {
 public:
  /// One descriptor a root is kept in any case. A second one saves half of the cost: up to `spare_descriptors` of them.
  explicit ProcSampler(std::size_t spare_descriptors = 0) : spare_descriptors_(spare_descriptors) {}

  /// Starts to watch a root; its descendants are found at each sample.
  void add(pid_t root);
  void remove(pid_t root);
  [[nodiscard]] TreeSample sample(pid_t root, Nanos now);
  /// What was seen one to two seconds before `now`, or at the first look where that is later.
  [[nodiscard]] CpuBaseline baseline(pid_t root, Nanos now) const;
  /// A process's start time in clock ticks since boot (its identity together with the PID); 0 when gone.
  [[nodiscard]] static std::uint64_t start_ticks(pid_t pid);

 private:
  struct Root {
    Fd stat;
    Fd children;  // may be none
    CpuBaseline recent;
    CpuBaseline before;
    Nanos last_total = -1;
    Nanos still_since = 0;
  };

  static void add_descendants(const Root& root, const ProcStat& root_stat, TreeSample& sample, CpuBaseline& look);

  std::size_t spare_descriptors_;
  std::map<pid_t, Root> roots_;
};

}  // namespace pooltop
