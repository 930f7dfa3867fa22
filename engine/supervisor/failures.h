// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "engine/supervisor/run.h"

namespace pooltop {

/// What becomes of an item whose try did not end well: another try, or the failed list. The item is out of its
/// worker's books already, and still counts as its stage's load.
class Failures {
 public:
  explicit Failures(Run& run) : run_(run) {}

  /// The work failed, or took too long. Retries after a pause, else the failed list.
  void work_failed(Stage& stage, const Slot& slot, std::uint32_t source, ItemRef item, std::string_view bytes,
                   ItemFailure failure, double elapsed_s);
  /// The worker died with the item. Tried again at once, alone; after crash_retries the failed list.
  void crashed(Stage& stage, const Slot& slot, std::uint32_t source, ItemRef item, std::string_view bytes,
               ItemFailure failure, double elapsed_s);
  /// A user said that it shall fail.
  void failed_by_user(Stage& stage, const Slot& slot, std::uint32_t source, ItemRef item, std::string_view bytes,
                      double elapsed_s);
  /// Back to the front of its queue, charged nothing.
  void give_back(Stage& stage, std::uint32_t source, ItemRef item, std::string_view bytes);

 private:
  void remember(ItemRef& item, const Slot& slot, const ItemFailure& failure, double elapsed_s);
  void fail_for_good(Stage& stage, const Slot& slot, std::uint32_t source, const ItemRef& item, std::string_view bytes);
  void apply_policy(Stage& stage);

  Run& run_;
};

}  // namespace pooltop
