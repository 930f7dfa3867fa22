// SPDX-License-Identifier: MIT
#include "engine/supervisor/events.h"

#include <fcntl.h>

#include <nlohmann/json.hpp>

#include "engine/base/clock.h"
#include "engine/base/error.h"
#include "engine/base/fd.h"
#include "engine/base/io.h"
#include "engine/base/text.h"
#include "engine/model/json_fields.h"

namespace pooltop {

using nlohmann::ordered_json;

ordered_json to_json(const Event& event) {
  return {{"number", event.number},
          {"time", format_utc_ms(event.wall_us)},
          {"kind", event.kind},
          {"stage", event.stage},
          {"pid", event.pid == 0 ? ordered_json(nullptr) : ordered_json(event.pid)},
          {"item_id", event.item_id.empty() ? ordered_json(nullptr) : ordered_json(event.item_id)},
          {"text", printable(event.text)}};
}

ordered_json events_after(const std::vector<Event>& events, std::uint64_t after) {
  ordered_json list = ordered_json::array();
  for (const Event& event : events)
    if (event.number > after) list.push_back(to_json(event));
  return list;
}

void write_events(const std::string& file, const std::vector<Event>& events) {
  if (events.empty()) return;
  std::string text;
  for (const Event& event : events) text += line_of(to_json(event)) + "\n";
  const int flags = O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC;
  const Fd out(check(::open(file.c_str(), flags, 0600), "open", file));
  write_all(out.get(), text, file);
}

}  // namespace pooltop
