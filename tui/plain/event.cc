// SPDX-License-Identifier: MIT
#include "tui/plain/event.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "engine/base/text.h"

namespace pooltop {
namespace {

std::string shown_kind(const std::string& kind) {
  std::string shown = kind;
  for (char& c : shown) c = c == '_' ? ' ' : static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
  return shown;
}

}  // namespace

std::optional<PlainLine> event_line(const EngineEvent& event) {
  if (event.kind == "failed") return std::nullopt;
  PlainLine line;
  line.event = event.kind;
  line.text = fmt::format("{} {}{}{}: {}", shown_kind(event.kind), event.stage,
                          event.item_id.empty() ? "" : " #" + event.item_id,
                          event.pid == 0 ? "" : fmt::format(" pid {}", event.pid), printable(event.text, 512));
  nlohmann::ordered_json members{{"stage", event.stage}};
  if (event.pid != 0) members["pid"] = event.pid;
  if (!event.item_id.empty()) members["id"] = event.item_id;
  members["text"] = printable(event.text, 512);
  const std::string object = members.dump();
  line.members = object.substr(1, object.size() - 2);
  if (event.kind == "crash") line.died = event.pid;
  return line;
}

}  // namespace pooltop
