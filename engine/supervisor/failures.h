// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "engine/control/failed_list.h"
#include "engine/supervisor/run.h"

namespace pooltop {

/// An item whose try has ended: it is out of its worker's books already, and still counts as its stage's load.
struct Tried {
  std::uint32_t source = 0;
  ItemRef item;
  std::string_view bytes;
  double elapsed_s = 0;
};

/// As the failed list keeps it.
[[nodiscard]] FailedAttempt to_record(const Attempt& attempt);

/// What becomes of an item whose try did not end well: another try, or the failed list. Each keeps the try in the run's
/// Ways.
class Failures {
 public:
  explicit Failures(Run& run) : run_(run) {}

  /// The work failed, or took too long. Retries after a pause, else the failed list.
  void work_failed(Stage& stage, const Slot& slot, Tried tried, const ItemFailure& failure);
  /// The worker died with the item. Tried again at once, alone; after crash_retries the failed list.
  void crashed(Stage& stage, const Slot& slot, Tried tried, const ItemFailure& failure);
  /// A user said that it shall fail.
  void failed_by_user(Stage& stage, const Slot& slot, Tried tried);
  /// A user ended what worked on it; `how` tells how that ended. Nobody's failure: back to the front, charged nothing.
  void ended_by_user(Stage& stage, const Slot& slot, Tried tried, const ItemFailure& how);
  /// A user said that an item shall fail which no worker has: it is out of its queue already.
  void fail_waiting(Stage& stage, std::uint32_t source, ItemRef item, std::string_view bytes);

 private:
  void give_back(Stage& stage, Tried tried);
  Way& keep(const Stage& stage, const Slot& slot, const Tried& tried, const ItemFailure& failure, TryEnd end);
  void remember(Tried& tried, const Slot& slot, const ItemFailure& failure);
  void fail_for_good(Stage& stage, pid_t pid, const Tried& tried, const ItemFailure& failure);
  void apply_policy(Stage& stage);

  Run& run_;
};

}  // namespace pooltop
