// SPDX-License-Identifier: MIT
#include "tui/app/item_answers.h"

#include <nlohmann/json.hpp>
#include <stdexcept>

#include "engine/base/text.h"
#include "engine/control/failed_list.h"
#include "tui/state/way_words.h"

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

constexpr std::size_t kRowBytes = 256;

FailedRow row_of(const RetryingItem& item) {
  FailedRow row;
  row.key = {item.stage, item.id};
  row.item = item.item;
  row.bytes = item.bytes;
  row.now = item.now;
  row.error = item.error;
  row.standard_error = item.standard_error;
  return row;
}

FailedPage page_from(const json& message) {
  FailedPage page;
  page.total = message.value("total", std::uint64_t{0});
  page.searched = message.value("searched", std::uint64_t{0});
  page.records = message.value("records", std::uint64_t{0});
  for (const json& item : message.at("items"))
    page.rows.push_back(item.contains("now") ? row_of(retrying_item_from_json(item))
                                             : failed_row(failed_item_from_json(item)));
  return page;
}

}  // namespace

FailedRow failed_row(const FailedItem& item) {
  FailedRow row;
  row.key = {item.stage, item.id};
  row.item = printable(item.item, kRowBytes);
  row.bytes = item.whole_bytes > 0 ? item.whole_bytes : item.item.size();
  row.tries = item.attempts.size();
  row.now.state = "failed";
  if (const ItemWay way = way_of(item); !way.tries.empty()) row.how = describe_try(way.tries.back());
  row.error = item.error;
  row.standard_error = item.standard_error;
  return row;
}

void read_items(const json& message, Answered& answer) {
  const bool has_items = message.contains("items") && message["items"].is_array();
  if (has_items && message.contains("depth")) answer.peek = peek_from(message);
  if (message.contains("given_back"))
    answer.given_back = GivenBack{message.value("given_back", std::uint64_t{0}),
                                  message.value("kept", std::uint64_t{0}), message.value("hurried", std::uint64_t{0})};
  if (message.contains("tries")) answer.way = item_way_from_json(message);
  try {
    if (has_items && message.contains("total")) answer.page = page_from(message);
  } catch (const std::invalid_argument& error) {
    answer.error = printable(error.what());  // bytes that are no base64
  }
}

}  // namespace pooltop
