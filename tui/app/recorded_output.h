// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/model/snapshot.h"
#include "tui/state/next.h"

namespace pooltop {

/// What the workers of a recorded run had written up to a time: the answers to "tail", out of the run's logs.
class RecordedOutput {
 public:
  explicit RecordedOutput(std::string logs_dir) : logs_dir_(std::move(logs_dir)) {}

  /// `until_us`: wall clock, microseconds since 1970. `then` says which slot a PID had.
  [[nodiscard]] Answered tail(const ControlRequest& request, const Snapshot& then, std::int64_t until_us);

 private:
  void load(pid_t pid, const std::string& stage, const Snapshot& then);

  std::string logs_dir_;
  std::string loaded_;  // whose lines these are
  std::vector<OutputLine> lines_;
  bool skipped_ = false;  // older ones were left out
};

}  // namespace pooltop
