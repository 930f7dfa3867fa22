// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string_view>

namespace pooltop {

/// The digest of a sequence of items, from that of all but the last (0 of none) and the last: FNV-1a, 64 bit, over the
/// item's length and its bytes. It finds a sequence that changed by itself, not one that was made to collide.
[[nodiscard]] constexpr std::uint64_t add_to_digest(std::uint64_t digest, std::string_view item) noexcept {
  constexpr std::uint64_t kOffset = 0xcbf29ce484222325;
  constexpr std::uint64_t kPrime = 0x100000001b3;
  digest = digest == 0 ? kOffset : digest;
  const auto add = [&](unsigned char byte) { digest = (digest ^ byte) * kPrime; };
  for (std::uint64_t length = item.size(), i = 0; i < 8; ++i, length >>= 8) add(static_cast<unsigned char>(length));
  for (const char c : item) add(static_cast<unsigned char>(c));
  return digest;
}

}  // namespace pooltop
