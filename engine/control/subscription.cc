// SPDX-License-Identifier: MIT
#include "engine/control/subscription.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "engine/control/control_error.h"

namespace pooltop {

std::string Subscription::message(const Snapshot& snapshot, Nanos now, Nanos full_every) {
  if (now - last_full < full_every)
    if (auto changes = feed.changes(snapshot, window)) return *std::move(changes);
  last_full = now;
  return feed.whole(snapshot, window, delta);
}

void subscribe(std::optional<Subscription>& subscription, const nlohmann::json& request, Nanos now) {
  Subscription wanted;
  if (request.value("continue", false)) {
    if (!subscription || !subscription->delta || !request.value("delta", true))
      throw ControlError(ErrorCode::NotPossible, "/continue: only a subscription with \"delta\" can go on");
    wanted = std::move(*subscription);
  } else {
    wanted.due = now;
    wanted.delta = request.value("delta", false);
  }
  wanted.commands = request.value("commands", wanted.commands);
  wanted.interval = request.value("interval_ms", wanted.interval / kMillisecond) * kMillisecond;
  wanted.due = std::min(wanted.due, now + wanted.interval);
  wanted.window = window_from(request);
  const Nanos frames = wanted.window.rest_ms * kMillisecond / wanted.interval;
  wanted.feed.tell_fresh(std::move(wanted.window.fresh), static_cast<std::size_t>(frames));
  subscription = std::move(wanted);
}

}  // namespace pooltop
