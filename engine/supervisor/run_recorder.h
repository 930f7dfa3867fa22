// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>

#include "engine/base/clock.h"
#include "engine/record/recorder.h"
#include "engine/supervisor/observer.h"
#include "engine/supervisor/run.h"

namespace pooltop {

/// Has the run recorded once a second, for `pooltop replay`. Where the disk refuses, it says so once, and the run goes
/// on without.
class RunRecorder {
 public:
  RunRecorder(Run& run, Observer& observer) : run_(run), observer_(observer) {}

  /// Called ten times a second.
  void tick();
  /// The run has ended: `last` is how.
  void end(const Snapshot& last);

 private:
  void start();
  void take(const Snapshot& snapshot, bool with_rows);

  Run& run_;
  Observer& observer_;
  std::optional<Recorder> recorder_;  // made with the first sample: what is refused then can be told
  Nanos next_ = 0;
  std::uint64_t last_event_ = 0;
  bool told_ = false;
};

}  // namespace pooltop
