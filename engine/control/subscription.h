// SPDX-License-Identifier: MIT
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>

#include "engine/base/clock.h"
#include "engine/control/status_feed.h"
#include "engine/control/status_stream.h"

namespace pooltop {

/// What one client watches, and when it is told next.
struct Subscription {
  Nanos interval = kSecond;
  bool delta = false;
  bool commands = false;  ///< it is told what other clients do
  WorkerWindow window;
  StatusFeed feed;
  Nanos last_full = 0;
  Nanos due = 0;

  /// The next message. The whole status where deltas are not wanted or not possible, or none was sent for `full_every`.
  [[nodiscard]] std::string message(const Snapshot& snapshot, Nanos now, Nanos full_every);
};

/// Does a checked `subscribe`: `subscription` begins anew, or goes on (`"continue"`) with what the client was told, and
/// the next message brings it to the new window. Throws ControlError not_possible if there is nothing to go on with.
void subscribe(std::optional<Subscription>& subscription, const nlohmann::json& request, Nanos now);

}  // namespace pooltop
