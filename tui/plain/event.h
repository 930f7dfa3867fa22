// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>

#include "tui/plain/line.h"

namespace pooltop {

/// One entry of the engine's list of what happened (the request `events` of docs/control-protocol.md).
struct EngineEvent {
  std::string kind;  ///< "retry", "failed", "crash", "restart", "command", "given_up", …
  std::string stage;
  pid_t pid = 0;        ///< 0: of no process
  std::string item_id;  ///< empty: of no item
  std::string text;
};

/// "RETRY fetch #2988 pid 21872: try 1/3 exit 56 after 1.1s; retry in 2s". nullopt for what is told otherwise: items
/// that failed, with their stderr, by the list of failed items.
[[nodiscard]] std::optional<PlainLine> event_line(const EngineEvent& event);

}  // namespace pooltop
