// SPDX-License-Identifier: MIT
#include "engine/journal/crc32c.h"

#include <array>
#include <cstddef>

namespace pooltop {
namespace {

using CrcTables = std::array<std::array<std::uint32_t, 256>, 8>;

// Table k: what a byte does to the sum of a message that goes on for k bytes behind it.
constexpr CrcTables kCrcTables = [] {
  CrcTables tables{};
  for (std::uint32_t byte = 0; byte < 256; ++byte) {
    std::uint32_t sum = byte;
    for (int bit = 0; bit < 8; ++bit) sum = (sum >> 1) ^ ((sum & 1) != 0 ? 0x82f63b78u : 0u);
    tables[0][byte] = sum;
  }
  for (std::size_t k = 1; k < tables.size(); ++k)
    for (std::size_t byte = 0; byte < 256; ++byte) {
      const std::uint32_t sum = tables[k - 1][byte];
      tables[k][byte] = (sum >> 8) ^ tables[0][sum & 0xff];
    }
  return tables;
}();

std::uint32_t four_bytes(const char* at) noexcept {
  const auto byte = [&](int i) { return std::uint32_t{static_cast<unsigned char>(at[i])}; };
  return byte(0) | byte(1) << 8 | byte(2) << 16 | byte(3) << 24;
}

}  // namespace

std::uint32_t crc32c(std::string_view bytes, std::uint32_t before) noexcept {
  const auto& t = kCrcTables;
  std::uint32_t sum = ~before;
  const char* at = bytes.data();
  std::size_t left = bytes.size();
  for (; left >= 8; left -= 8, at += 8) {
    const std::uint32_t low = sum ^ four_bytes(at);
    const std::uint32_t high = four_bytes(at + 4);
    sum = t[7][low & 0xff] ^ t[6][(low >> 8) & 0xff] ^ t[5][(low >> 16) & 0xff] ^ t[4][low >> 24] ^  //
          t[3][high & 0xff] ^ t[2][(high >> 8) & 0xff] ^ t[1][(high >> 16) & 0xff] ^ t[0][high >> 24];
  }
  for (; left > 0; --left, ++at) sum = (sum >> 8) ^ t[0][(sum ^ static_cast<unsigned char>(*at)) & 0xff];
  return ~sum;
}

}  // namespace pooltop
