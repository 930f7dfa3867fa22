// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/model/snapshot.h"
#include "tui/plain/line.h"

namespace pooltop {

/// What a run without a screen says of snapshots that follow each other. Pure: no clock, no descriptor.
class Progress {
 public:
  /// "402/9000 4% 40.1/s eta ~3m40s failed 0 | fetch 8/8 q256/256 LIMIT | store 1/1 q0". The rate is that since the
  /// line before, of the source's items that came to their end.
  [[nodiscard]] PlainLine progress(const Snapshot& now);

  /// The item that has been in work for longest, if that is 10 s or more and 5 times its stage's p99:
  /// "WAIT fetch pid 21872 on #2988 for 32s (oldest of 12 in flight)".
  [[nodiscard]] std::optional<PlainLine> oldest(const Snapshot& now) const;

  /// What changed since the snapshot before: the run has started, paused, goes on; problems that are new: one that is
  /// back within 5 s, as while something is tried again and again, is not; another stage that limits the run than the
  /// one that was told last.
  [[nodiscard]] std::vector<PlainLine> changes(const Snapshot& now);

 private:
  std::map<std::pair<std::string, std::string>, double> problems_;  // stage, text without numbers; last seen, elapsed_s
  std::optional<RunState> state_;
  std::string limit_;  // the stage that was told last
  std::uint64_t ended_before_ = 0;
  double elapsed_before_s_ = 0;
};

/// "~3m40s": fit to be read, not more exact than an estimate is.
[[nodiscard]] std::string approximate(double seconds);

/// "exit 1", "killed by SIGSEGV", "killed by SIGKILL (memory limit)".
[[nodiscard]] std::string describe(const ExitStatus& end);

}  // namespace pooltop
