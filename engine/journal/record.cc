// SPDX-License-Identifier: MIT
#include "engine/journal/record.h"

#include <limits>

#include "engine/base/error.h"
#include "engine/journal/crc32c.h"

namespace pooltop {
namespace {

constexpr std::size_t kSumAt = kMarker.size();
constexpr std::size_t kLengthAt = kSumAt + 4;
static_assert(kLengthAt + 4 == kHeadBytes);

void put_u32(std::string& bytes, std::size_t at, std::uint32_t value) {
  for (unsigned i = 0; i < 4; ++i) bytes[at + i] = static_cast<char>(value >> (8 * i));
}

std::uint32_t get_u32(std::string_view bytes, std::size_t at) {
  std::uint32_t value = 0;
  for (unsigned i = 0; i < 4; ++i) value |= std::uint32_t{static_cast<unsigned char>(bytes[at + i])} << (8 * i);
  return value;
}

}  // namespace

void seal_record(std::string& record) {
  POOLTOP_ASSERT(record.size() >= kHeadBytes &&
                 record.size() - kHeadBytes <= std::numeric_limits<std::uint32_t>::max());
  record.replace(0, kMarker.size(), kMarker);
  put_u32(record, kLengthAt, static_cast<std::uint32_t>(record.size() - kHeadBytes));
  put_u32(record, kSumAt, record_sum(record));
}

bool read_head(std::string_view bytes, RecordHead& head) {
  if (!bytes.starts_with(kMarker)) return false;
  head = {get_u32(bytes, kSumAt), get_u32(bytes, kLengthAt)};
  return true;
}

std::uint32_t record_sum(std::string_view record) { return crc32c(record.substr(kLengthAt)); }

}  // namespace pooltop
