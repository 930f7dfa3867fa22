// SPDX-License-Identifier: MIT
#include "tui/plain/event.h"

#include <fmt/format.h>

#include <charconv>
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

EngineEvent event_from_json(const nlohmann::json& object) {
  const nlohmann::json& pid = object.at("pid");
  const nlohmann::json& id = object.at("item_id");
  return {object.at("number"),
          object.at("time"),
          object.at("kind"),
          object.at("stage"),
          pid.is_null() ? 0 : pid.get<pid_t>(),
          id.is_null() ? "" : id.get<std::string>(),
          object.at("text")};
}

std::optional<std::uint32_t> slot_of(const EngineEvent& event) {
  constexpr std::string_view kWord = "slot ";
  if (!event.text.starts_with(kWord)) return std::nullopt;
  std::uint32_t slot = 0;
  const char* const begin = event.text.data() + kWord.size();
  const auto [end, error] = std::from_chars(begin, event.text.data() + event.text.size(), slot);
  return error == std::errc() && *end == ':' ? std::optional(slot) : std::nullopt;
}

std::optional<PlainLine> event_line(const EngineEvent& event) {
  // Failed items have a list that tells more; the others are problems, and told as such.
  for (const std::string_view told : {"failed", "trouble", "start_refused", "source_failed"})
    if (event.kind == told) return std::nullopt;
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
  return line;
}

}  // namespace pooltop
