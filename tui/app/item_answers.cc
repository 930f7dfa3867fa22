// SPDX-License-Identifier: MIT
#include "tui/app/item_answers.h"

#include <nlohmann/json.hpp>

namespace pooltop {
namespace {

using nlohmann::json;

Peek peek_from(const json& message) {
  Peek peek;
  peek.stage = message.value("stage", "");
  peek.depth = message.value("depth", std::uint64_t{0});
  for (const json& item : message.at("items"))
    peek.items.push_back({item.value("id", ""), item.value("item", ""), item.value("bytes", std::uint64_t{0}),
                          item.value("age_s", 0.0)});
  return peek;
}

}  // namespace

void read_items(const json& message, Answered& answer) {
  const bool has_items = message.contains("items") && message["items"].is_array();
  if (has_items && message.contains("depth")) answer.peek = peek_from(message);
}

}  // namespace pooltop
