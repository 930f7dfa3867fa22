// SPDX-License-Identifier: MIT
#pragma once

#include <optional>

#include "engine/base/clock.h"
#include "engine/base/fd.h"
#include "tui/cli/launch.h"

namespace pooltop {

/// The signals that a front takes, blocked from here on and read from a descriptor: INT, TERM, HUP. Make it before
/// launch(), so that none is lost between.
class FrontSignals {
 public:
  FrontSignals();
  [[nodiscard]] int fd() const noexcept { return fd_.get(); }
  /// One that has arrived, 0 if none has.
  [[nodiscard]] int take() const;

 private:
  Fd fd_;
};

struct PlainOptions {
  bool json_lines = false;
  Nanos interval = 10 * kSecond;
};

/// Watches a run to its end: progress, failures and restarts as lines on stderr. INT and TERM stop it now, a second one
/// kills the engine, and so all of it at once. nullopt: HUP came, the run goes on without us.
[[nodiscard]] std::optional<RunEnd> watch_plain(LaunchedRun& run, const FrontSignals& signals,
                                                const PlainOptions& options);

}  // namespace pooltop
