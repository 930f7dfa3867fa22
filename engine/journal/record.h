// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace pooltop {

/// How a journal looks in its file: a first line, then records of a head of 12 bytes and a payload. The head is a
/// marker, the CRC-32C of all that follows it, and the payload's length; numbers have their lowest byte first.

inline constexpr std::string_view kJournalMagic = "pooltop journal ";
inline constexpr int kJournalFormat = 1;
inline constexpr std::string_view kJournalLine = "pooltop journal 1\n";
inline constexpr std::size_t kLongestLine = 64;  ///< no format has a first line longer than that

inline constexpr std::size_t kHeadBytes = 12;
/// Not to be found in shortest varints, so a search for records behind damaged bytes is not led astray.
inline constexpr std::string_view kMarker("\xff\0\xff\0", 4);

/// Writes the head into the first 12 bytes of `record`, which are there and followed by the payload.
void seal_record(std::string& record);

struct RecordHead {
  std::uint32_t sum = 0;
  std::uint32_t length = 0;
};
/// Of at least 12 bytes; false unless they begin with the marker.
[[nodiscard]] bool read_head(std::string_view bytes, RecordHead& head);
/// Of a record with its head.
[[nodiscard]] std::uint32_t record_sum(std::string_view record);

}  // namespace pooltop
