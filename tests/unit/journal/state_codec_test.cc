// SPDX-License-Identifier: MIT
#include "engine/journal/state_codec.h"

#include <doctest/doctest.h>

#include <string>

#include "engine/journal/crc32c.h"
#include "journal_support.h"
#include "tests/support/must.h"

using namespace pooltop;
using namespace pooltop::test;
using namespace pooltop::testing;
using namespace std::string_literals;

namespace {

bool is_refused(std::string_view bytes) {
  try {
    (void)decode_state(bytes);
  } catch (const BadState&) {
    return true;
  }
  return false;
}

// A state of one source without a total whose intervals are these bytes.
std::string with_intervals(std::string_view intervals) {
  return "\x01\x01s\x00\x05"s + std::string(8, '\0') + std::string(intervals) + "\x00"s;
}

// A state of one source and one sink, of whose ids these are the bytes behind the ordinals.
std::string with_ids(std::string_view ids) {
  return "\x01\x01s\x00\x05"s + std::string(8, '\0') + "\x00\x01\x01t\x00\x01\x00"s + std::string(ids);
}

}  // namespace

TEST_CASE("journal: any state is read as it was written, with 2,000 seeds") {
  for (std::uint32_t seed = 0; seed < kSeeds; ++seed) {
    Random random(seed);
    const JournalState state = random_state(random);
    MUST(decode_state(encoded(state)) == state);
  }
}

TEST_CASE("journal: a state that is cut off anywhere, or goes on, is refused") {
  const std::string bytes = encoded(state_after(1000));
  CHECK_FALSE(is_refused(bytes));
  for (std::size_t length = 0; length < bytes.size(); ++length) CHECK(is_refused(bytes.substr(0, length)));
  CHECK(is_refused(bytes + '\0'));
}

TEST_CASE("journal: intervals are read only in order, apart, and below 2^64 - 1") {
  CHECK_FALSE(is_refused(with_intervals("\x02\x00\x00\x00\x00"s)));            // 0 and 2
  CHECK(is_refused(with_intervals("\x03\x00\x00\x00\x00"s)));                  // a third one is missing
  const std::string almost_all = "\xfe\xff\xff\xff\xff\xff\xff\xff\xff\x01"s;  // 2^64 - 2
  CHECK_FALSE(is_refused(with_intervals("\x01\x00"s + almost_all)));
  CHECK_FALSE(is_refused(with_intervals("\x01"s + almost_all + "\x00"s)));
  CHECK(is_refused(with_intervals("\x01"s + almost_all + "\x01"s)));
  CHECK(is_refused(with_intervals("\x02"s + almost_all + "\x00\x00\x00"s)));
  CHECK(is_refused(with_intervals("\x01\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01\x00"s)));
}

TEST_CASE("journal: numbers are read only in their shortest form and of at most 64 bits") {
  CHECK(is_refused(with_intervals("\x01\x80\x00\x00"s)));
  CHECK(is_refused(with_intervals("\x01\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02\x00"s)));
  CHECK(is_refused(with_intervals("\x01\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01\x00"s)));
}

TEST_CASE("journal: ids are read only in order, with 32 bits an index, and none without an index") {
  CHECK_FALSE(is_refused(with_ids("\x01\x07\x00\x01\x02\x00"s)));  // 7.2
  CHECK(is_refused(with_ids("\x01\x07\x00\x00"s)));
  CHECK(is_refused(with_ids("\x02\x07\x00\x01\x02\x00\x00\x00\x01\x04\x00"s)));
  CHECK_FALSE(is_refused(with_ids("\x02\x07\x00\x01\x02\x00\x00\x01\x05\x01\x02\x00"s)));  // 7.2 and 7.5.2
  CHECK(is_refused(with_ids("\x02\x07\x01\x05\x01\x02\x00\x00\x00\x01\x02\x00"s)));
  CHECK_FALSE(is_refused(with_ids("\x01\x07\x00\x01\xff\xff\xff\xff\x0f\x00"s)));
  CHECK(is_refused(with_ids("\x01\x07\x00\x01\x80\x80\x80\x80\x10\x00"s)));
  CHECK(is_refused(with_ids("\x01\x07\x01\x80\x80\x80\x80\x10\x01\x00\x00"s)));
}

TEST_CASE("journal: a name is read only if a stage can have it, and once") {
  CHECK(is_refused("\x01\x00"s + std::string(11, '\0')));
  CHECK(is_refused("\x01\x01\n"s + std::string(11, '\0')));
  CHECK(is_refused("\x02"s + "\x01s"s + std::string(11, '\0') + "\x01s"s + std::string(11, '\0') + "\x00"s));
  CHECK_FALSE(is_refused("\x02"s + "\x01s"s + std::string(11, '\0') + "\x01t"s + std::string(11, '\0') + "\x00"s));
  CHECK(is_refused("\x00\x02\x01t\x00\x00\x01t\x00\x00"s));
}

TEST_CASE("journal: a sink has ids of the sources that there are, and sources only the flags we know") {
  CHECK_FALSE(is_refused("\x00\x01\x01t\x00\x00"s));
  CHECK(is_refused("\x00\x01\x01t\x00\x01\x00\x00"s));
  CHECK(is_refused("\x01\x01s\x04"s + std::string(10, '\0') + "\x00"s));
}

TEST_CASE("journal: what claims to be more than its bytes can hold is refused before room is made for it") {
  const std::string huge = "\xff\xff\xff\xff\xff\xff\xff\xff\x7f"s;
  CHECK(is_refused(huge));
  CHECK(is_refused("\x00"s + huge));
  CHECK(is_refused("\x01"s + huge));
  CHECK(is_refused(with_intervals(huge)));
  CHECK(is_refused(with_ids(huge)));
  CHECK(is_refused(with_ids("\x01\x07"s + huge)));
}

TEST_CASE("journal: bytes that were changed anywhere are refused, or another state that encodes to them") {
  const std::string good = encoded(state_after(70000));
  for (std::size_t at = 0; at < good.size(); ++at)
    for (int byte = 0; byte < 256; ++byte) {
      std::string bytes = good;
      bytes[at] = static_cast<char>(byte);
      try {
        MUST(encoded(decode_state(bytes)) == bytes);
      } catch (const BadState&) {
      }
    }
}

TEST_CASE("journal: sums are CRC-32C, in one piece or in several") {
  CHECK(crc32c("123456789") == 0xe3069283);
  CHECK(crc32c(std::string(32, '\0')) == 0x8a9136aa);
  CHECK(crc32c(std::string(32, '\xff')) == 0x62a8ab43);
  CHECK(crc32c("") == 0);
  const std::string text = "the quick brown fox jumps over the lazy dog";
  for (std::size_t cut = 0; cut <= text.size(); ++cut)
    CHECK(crc32c(text.substr(cut), crc32c(text.substr(0, cut))) == crc32c(text));
}
