// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace pooltop {

/// An item's id and attempt as they travel behind a packet's lengths, where the stage needs them:
/// {u32 attempt, u32 length, id bytes} per item, unpadded.
inline void append_meta(std::string& out, std::string_view id, std::uint32_t attempt) {
  const std::uint32_t head[2] = {attempt, static_cast<std::uint32_t>(id.size())};
  out.append(reinterpret_cast<const char*>(head), sizeof head);
  out.append(id);
}

struct Meta {
  std::string_view id;
  std::uint32_t attempt = 1;
};

/// Takes the first entry off `rest`; an empty one when nothing (or something cut) is there.
inline Meta take_meta(std::string_view& rest) {
  std::uint32_t head[2];
  if (rest.size() < sizeof head) return {};
  std::memcpy(head, rest.data(), sizeof head);
  rest.remove_prefix(sizeof head);
  if (rest.size() < head[1]) return {};
  const Meta meta{rest.substr(0, head[1]), head[0]};
  rest.remove_prefix(head[1]);
  return meta;
}

}  // namespace pooltop
