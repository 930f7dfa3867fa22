// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>

namespace pooltop {

/// What happened in a run, as `events` tells it.
struct RecordedEvent {
  std::uint64_t number = 0;
  std::string time;  ///< "2026-01-31T12:00:43.120Z"
  std::string kind;  ///< failed, retry, crash, restart …
  std::string stage;
  pid_t pid = 0;        ///< 0: of no process
  std::string item_id;  ///< empty: of no item
  std::string text;     ///< printable
  bool operator==(const RecordedEvent&) const = default;
};

/// {"number", "time", "kind", "stage", "pid", "item_id", "text"}; what an event is not about is null.
[[nodiscard]] nlohmann::ordered_json to_json(const RecordedEvent& event);
/// Missing members keep their default; a wrong type throws nlohmann::json::exception.
[[nodiscard]] RecordedEvent recorded_event_from_json(const nlohmann::json& object);

/// Items that failed and were tried again: there can be thousands, each as interesting as the next. Of the others there
/// are few, and each is looked for.
[[nodiscard]] bool is_common(const std::string& kind);

}  // namespace pooltop
