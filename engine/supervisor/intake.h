// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <vector>

#include "engine/supervisor/failures.h"
#include "engine/supervisor/observer.h"
#include "engine/supervisor/run.h"

namespace pooltop {

/// Reads what workers published and moves it on. Nothing that a worker writes is believed: what no worker of ours
/// writes ends that worker (Slot::hostile), never the engine.
class Intake {
 public:
  Intake(Run& run, Failures& failures, Observer& observer) : run_(run), failures_(failures), observer_(observer) {}

  /// Takes in what there is room for. True if anything moved.
  bool read(Slot& slot);
  /// Once more for the slots whose answers wait for room behind their stage, if there is some now.
  bool read_blocked(Stage& stage);

 private:
  bool take_in(Stage& stage, Slot& slot, const Published& record);
  bool take_emitted(Stage& stage, Slot& slot, const Published& record);
  bool take_answers(Stage& stage, Slot& slot, const Published& record);
  void take_done(Stage& stage, Slot& slot, const Published& record);
  bool take_outputs(Stage& stage, Slot& slot, const Published& record);
  bool take_part(Stage& stage, Slot& slot, const Published& record);
  void take_failed(Stage& stage, Slot& slot, const Published& record);
  void take_trouble(Slot& slot, const Published& record);
  void begin_held(Slot& slot, const Published& record);
  void end_held(Stage& stage, Slot& slot, const Published& record);
  Flight& flight_of(Slot& slot, const Published& record, std::uint32_t already) const;
  /// `elapsed` is of the `count` items together.
  void settle(Stage& stage, Slot& slot, Flight& flight, std::uint32_t count, Nanos elapsed);
  void follow_to_the_end(const Stage& stage, const Slot& slot, const Flight& flight, std::uint32_t count, Nanos elapsed);
  [[nodiscard]] std::span<const std::uint32_t> copy_lengths(const Slot& slot, const Published& record,
                                                            std::uint64_t count);
  void block(Stage& stage, Slot& slot);

  Run& run_;
  Failures& failures_;
  Observer& observer_;
  std::vector<std::uint32_t> lengths_;  // scratch
  std::vector<ItemRef> refs_;           // scratch
  std::uint64_t copied_bytes_ = 0;      // of lengths_
};

}  // namespace pooltop
