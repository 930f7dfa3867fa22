// SPDX-License-Identifier: MIT
#include "engine/pool/slot.h"

#include <algorithm>
#include <utility>

namespace pooltop {

Nanos Slot::item_elapsed(Nanos now) const {
  // The start is the worker's word: it cannot be before its own.
  const Nanos began = std::clamp(link->item_started(), started, std::max(started, now));
  const Nanos stood = stands_since == 0 ? 0 : now - std::max(stands_since, began);
  return std::max<Nanos>(now - began - paused_item - std::max<Nanos>(stood, 0), 0);
}

void Slot::watch() noexcept {
  const Link::Current current = link->current();
  if (current.sequence != watched.sequence || current.index != watched.index) watched = current, paused_item = 0;
}

void Slot::stand(Nanos now) {
  if (stands_since != 0) return;
  watch();
  stands_since = now;
}

void Slot::go_on(Nanos now) {
  if (stands_since == 0) return;
  watch();
  paused_item += now - std::exchange(stands_since, 0);
}

Link::Current Slot::suspect() const noexcept {
  const Link::Current current = link->current();
  const bool is_believed = hostile.empty() && silent_at != answered();
  const Flight* const flight = flights.find(current.sequence);
  const bool is_held = flight != nullptr && current.index >= flight->answered && current.index < flight->effective;
  if (is_believed || is_held || flights.is_empty()) return current;
  return {flights.oldest().sequence, flights.oldest().answered};
}

void Slot::forget_process() {
  pid = 0;
  died_on.clear();
  pidfd.reset();
  bell.reset();
  wake.reset();
  link.reset();
  started = 0;
  start_ticks = 0;
  is_hot = is_listed = is_blocked = end_sent = ended = false;
  kill_cause = signalled = KillCause::None;
  doomed = {};
  leaving = Leaving::No;
  kill_at = 0;
  trouble.clear();
  hostile.clear();
  silent_at.reset();
  handed = 0;
  done_before = done;
  may_revoke = false;
  outgoing.reset();
  outgoing_sent = 0;
  accepted = 0;
  accepted_bytes = 0;
  held.clear();
  is_stopped_by_other = false;
  stands_since = paused_item = 0;
  watched = {};
}

void Slot::retire() {
  phase = SlotPhase::Gone;
  link.reset();
  pidfd.reset();
  bell.reset();
  wake.reset();
}

}  // namespace pooltop
