// SPDX-License-Identifier: MIT
#include "engine/supervisor/ways.h"

#include <utility>

namespace pooltop {

namespace {
std::string key_of(std::uint32_t stage, std::string_view id) {
  std::string key = std::to_string(stage);
  key += '/';
  key += id;
  return key;
}
}  // namespace

std::string last_bytes(std::string_view text, std::size_t most) {
  if (text.size() <= most) return std::string(text);
  text = text.substr(text.size() - most);
  const std::size_t newline = text.find('\n');
  if (newline != std::string_view::npos && newline + 1 < text.size()) text.remove_prefix(newline + 1);
  return std::string(text);
}

void Way::add(Try one) {
  one.after_retry = std::exchange(given_back, false);
  one.output = last_bytes(one.output, Ways::kOutputBytes);
  if (tries.size() >= Ways::kMostTries) {
    tries.pop_front();
    ++tries_left_out;
  }
  tries.push_back(std::move(one));
}

Way& Ways::at(std::uint32_t stage, std::string_view id, std::string_view item) {
  const auto [found, is_new] = by_key_.try_emplace(key_of(stage, id));
  if (!is_new) {
    ways_.splice(ways_.end(), ways_, found->second);
    return ways_.back();
  }
  ways_.push_back(Way{.stage = stage,
                      .id = std::string(id),
                      .item = std::string(item.substr(0, kItemBytes)),
                      .item_bytes = item.size(),
                      .tries = {},
                      .tries_left_out = 0,
                      .failed_us = 0,
                      .failed_error = {},
                      .given_back = false});
  found->second = std::prev(ways_.end());
  if (ways_.size() > kMost) {
    by_key_.erase(key_of(ways_.front().stage, ways_.front().id));
    ways_.pop_front();
  }
  return ways_.back();
}

const Way* Ways::find(std::uint32_t stage, std::string_view id) const {
  const auto found = by_key_.find(key_of(stage, id));
  return found == by_key_.end() ? nullptr : &*found->second;
}

}  // namespace pooltop
