// SPDX-License-Identifier: MIT
#include "engine/record/recorded_event.h"

#include <nlohmann/json.hpp>

namespace pooltop {

using nlohmann::json;
using nlohmann::ordered_json;

ordered_json to_json(const RecordedEvent& event) {
  return {{"number", event.number},
          {"time", event.time},
          {"kind", event.kind},
          {"stage", event.stage},
          {"pid", event.pid == 0 ? ordered_json(nullptr) : ordered_json(event.pid)},
          {"item_id", event.item_id.empty() ? ordered_json(nullptr) : ordered_json(event.item_id)},
          {"text", event.text}};
}

RecordedEvent recorded_event_from_json(const json& object) {
  RecordedEvent event;
  const auto read = [&object](const char* key, auto& value) {
    if (const auto found = object.find(key); found != object.end() && !found->is_null()) found->get_to(value);
  };
  read("number", event.number);
  read("time", event.time);
  read("kind", event.kind);
  read("stage", event.stage);
  read("pid", event.pid);
  read("item_id", event.item_id);
  read("text", event.text);
  return event;
}

bool is_common(const std::string& kind) { return kind == "failed" || kind == "retry"; }

}  // namespace pooltop
