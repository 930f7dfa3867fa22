// SPDX-License-Identifier: MIT
// JSON that a worker's child writes, or that is an item: what passes as JSON can be taken apart and put together again.
#include "engine/worker/json_text.h"

#include "tests/fuzz/target.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = text_of(data, size);
  if (!pooltop::is_json(text)) return 0;
  const std::string compact = pooltop::json_compact(text);
  MUST_HOLD(pooltop::is_json(compact));
  MUST_HOLD(pooltop::json_compact(compact) == compact);
  const std::string_view value = pooltop::json_trim(text);
  if (value.front() == '[')
    for (const std::string_view element : pooltop::json_elements(value)) MUST_HOLD(pooltop::is_json(element));
  if (value.front() == '{')
    for (const auto& [key, member] : pooltop::json_members(value)) {
      MUST_HOLD(pooltop::is_json(member));
      std::string quoted;
      pooltop::append_json_string(quoted, key);
      MUST_HOLD(pooltop::json_unquote(quoted) == key);
    }
  static_cast<void>(pooltop::json_at(text, "/a/0"));
  static_cast<void>(pooltop::json_plain(value));
  return 0;
}
