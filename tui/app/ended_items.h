// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "engine/control/failed_list.h"
#include "tui/state/next.h"

namespace pooltop {

/// What can be told of items when the run has ended and its engine is gone: the list of those that failed.
class EndedItems {
 public:
  /// `file` is the run's failed.jsonl; empty: nothing is known.
  explicit EndedItems(std::string file) : file_(file), pages_(std::move(file)) {}

  /// As the engine would answer "failed", "retrying" and "item"; a refusal to everything else. Does not throw.
  [[nodiscard]] Answered answer(const ControlRequest& request);

 private:
  [[nodiscard]] Answered way(const ControlRequest& request);

  std::string file_;
  FailedPages pages_;
};

}  // namespace pooltop
