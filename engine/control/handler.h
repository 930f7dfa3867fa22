// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>

#include <nlohmann/json_fwd.hpp>

#include "engine/model/snapshot.h"

namespace pooltop {

/// What the server asks of the engine. Both are called from Server::serve only, on its thread.
class ControlHandler {
 public:
  virtual ~ControlHandler() = default;

  /// What is so now. Valid until the next call. Asked for once per frame time of subscribers, and per `status`.
  virtual const Snapshot& snapshot() = 0;

  /// Does one command of the process `client` that acts or looks inside: pause, resume, kill, restart, scale, stop,
  /// failed, tail, peek, events. `request` has been checked by check_request(): a known command, known keys, right
  /// types and ranges; targets_of() reads its targets. Returns an object whose members are added to {"id": …, "ok":
  /// true}; may be {}. Throws ControlError to refuse; any other exception is answered as not_possible with its text.
  /// Must not wait.
  virtual nlohmann::ordered_json handle(const nlohmann::json& request, pid_t client) = 0;
};

}  // namespace pooltop
