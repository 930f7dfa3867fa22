// SPDX-License-Identifier: MIT
#include "engine/queue/packet.h"

#include <fmt/format.h>

#include <charconv>
#include <iterator>
#include <numeric>

namespace pooltop {

ItemRef ItemRef::clone() const {
  ItemRef copy(ordinal);
  if (extra) copy.extra = std::make_unique<ItemExtra>(*extra);
  return copy;
}

ItemRef ItemRef::without_history() const {
  ItemRef copy(ordinal);
  if (extra && !extra->path.empty()) copy.more().path = extra->path;
  return copy;
}

std::string id_text(std::string_view source, const ItemRef& item) {
  std::string text(source);
  if (!source.empty()) text += ':';
  fmt::format_to(std::back_inserter(text), "{}", item.ordinal);
  if (item.extra)
    for (const std::uint32_t index : item.extra->path) fmt::format_to(std::back_inserter(text), ".{}", index);
  return text;
}

std::optional<ItemRef> item_of_text(std::string_view numbers) {
  ItemRef item;
  const char* at = numbers.data();
  const char* const end = at + numbers.size();
  const auto is_number = [&](auto& value) {
    const bool is_padded = end - at > 1 && at[0] == '0' && at[1] != '.';
    const auto read = std::from_chars(at, end, value);
    at = read.ptr;
    return read.ec == std::errc() && !is_padded;
  };
  if (!is_number(item.ordinal)) return std::nullopt;
  while (at != end) {
    std::uint32_t index = 0;
    if (*at++ != '.' || !is_number(index)) return std::nullopt;
    item.more().path.push_back(index);
  }
  return item;
}

bool is_same_item(const ItemRef& a, const ItemRef& b) noexcept {
  static const std::vector<std::uint32_t> kNoPath;
  return a.ordinal == b.ordinal && (a.extra ? a.extra->path : kNoPath) == (b.extra ? b.extra->path : kNoPath);
}

std::optional<std::size_t> Packet::find(const ItemRef& item) const noexcept {
  if (refs.empty()) {
    const bool is_in = item.ordinal >= first && item.ordinal - first < count() && (!item.extra || item.extra->path.empty());
    return is_in ? std::optional<std::size_t>(item.ordinal - first) : std::nullopt;
  }
  for (std::size_t i = 0; i < refs.size(); ++i)
    if (is_same_item(refs[i], item)) return i;
  return std::nullopt;
}

void Packet::itemize() {
  if (!refs.empty()) return;
  refs.reserve(count());
  for (std::size_t i = 0; i < count(); ++i) refs.emplace_back(first + i);
}

std::uint64_t Packet::offset(std::size_t index) const noexcept {
  return std::accumulate(lengths.begin(), lengths.begin() + static_cast<std::ptrdiff_t>(index), std::uint64_t{0});
}

std::unique_ptr<Packet> Packet::cut(std::size_t from, std::size_t to) {
  auto part = std::make_unique<Packet>();
  part->source = source;
  part->first = first + from;
  part->queued_at = queued_at;
  const std::uint64_t begin = offset(from);
  part->lengths.assign(lengths.begin() + static_cast<std::ptrdiff_t>(from), lengths.begin() + static_cast<std::ptrdiff_t>(to));
  part->data = data.substr(begin, std::accumulate(part->lengths.begin(), part->lengths.end(), std::uint64_t{0}));
  if (!refs.empty())
    part->refs.assign(std::make_move_iterator(refs.begin() + static_cast<std::ptrdiff_t>(from)),
                      std::make_move_iterator(refs.begin() + static_cast<std::ptrdiff_t>(to)));
  return part;
}

void Packet::clear() {
  source = 0;
  first = 0;
  refs.clear();
  data.clear();
  lengths.clear();
  queued_at = 0;
  is_closed = false;
}

}  // namespace pooltop
