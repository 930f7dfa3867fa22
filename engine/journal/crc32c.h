// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string_view>

namespace pooltop {

/// CRC-32C (Castagnoli) of `bytes`, as iSCSI and ext4 use it: finds every error of up to 32 bits in a row. Goes on from
/// `before`, the sum of what stands in front of them. Tables, eight bytes at a time.
[[nodiscard]] std::uint32_t crc32c(std::string_view bytes, std::uint32_t before = 0) noexcept;

}  // namespace pooltop
