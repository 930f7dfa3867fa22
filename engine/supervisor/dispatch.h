// SPDX-License-Identifier: MIT
#pragma once

#include "engine/supervisor/run.h"

namespace pooltop {

/// Hands items to workers.
class Dispatch {
 public:
  explicit Dispatch(Run& run) : run_(run) {}

  /// Hands out what the stage's workers can take now. True if anything moved.
  bool hand_out(Stage& stage);
  /// The slot may be able to take a packet (again).
  void list_if_able(Slot& slot);
  /// True if a record of this size can be pushed into the slot's inbox now.
  [[nodiscard]] bool has_room(Slot& slot, std::uint64_t record);
  /// Goes on with an item that is sent in parts. True if anything moved.
  bool continue_outgoing(Slot& slot);
  /// What workers have not claimed of their packets goes back to the queue's front: of one worker …
  void take_back(Slot& slot);
  /// … or of all that have more than they work on, while others of the stage idle. True if anything came back.
  bool rebalance(Stage& stage);
  /// True if rebalance() may find something later.
  [[nodiscard]] bool is_uneven(const Stage& stage) const;
  /// When the stage's rate lets the next item start; 0 where it does not wait for that.
  [[nodiscard]] Nanos next_start(const Stage& stage) const {
    return is_rate_limited(stage) ? stage.rate.next(run_.now) : 0;
  }

 private:
  [[nodiscard]] bool can_take(const Stage& stage, const Slot& slot) const;
  [[nodiscard]] bool may_begin(const Stage& stage) const;
  [[nodiscard]] bool is_rate_limited(const Stage& stage) const;
  [[nodiscard]] std::uint32_t packet_size(const Stage& stage, const Slot& slot) const;
  bool hand(Stage& stage, Slot& slot, std::uint32_t items);
  bool send_outgoing(Stage& stage, Slot& slot);
  [[nodiscard]] std::string meta_of(const Packet& packet) const;

  Run& run_;
};

}  // namespace pooltop
