// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

#include "tui/plain/line.h"

namespace pooltop {

/// One entry of the engine's list of what happened (the request `events` of docs/control-protocol.md).
struct EngineEvent {
  std::uint64_t number = 0;
  std::string time;  ///< "2026-01-31T12:00:43.655Z"
  std::string kind;  ///< "retry", "failed", "crash", "restart", "command", "given_up", …
  std::string stage;
  pid_t pid = 0;        ///< 0: of no process
  std::string item_id;  ///< empty: of no item
  std::string text;
};

/// Of the engine's object; throws nlohmann::json::exception where it is none.
[[nodiscard]] EngineEvent event_from_json(const nlohmann::json& object);

/// The slot that an event about a worker begins with ("slot 6: killed by SIGSEGV").
[[nodiscard]] std::optional<std::uint32_t> slot_of(const EngineEvent& event);

/// "RETRY fetch #2988 pid 21872: try 1/3 exit 56 after 1.1s; retry in 2s". nullopt for what is told otherwise: items
/// that failed, with their stderr, by the list of failed items; a trouble, a start that is refused, and a source that
/// ended early, as problems.
[[nodiscard]] std::optional<PlainLine> event_line(const EngineEvent& event);

}  // namespace pooltop
