// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <filesystem>
#include <string>

#include "engine/base/clock.h"
#include "engine/journal/journal.h"
#include "journal_support.h"
#include "tests/support/must.h"

using namespace pooltop;
using namespace pooltop::test;
using namespace std::literals;

namespace {

// A journal of `records` records, and where each of them begins; the last entry is the end.
struct Written {
  std::string bytes{kJournalLine};
  std::vector<std::size_t> begins;
  explicit Written(std::uint64_t records) {
    for (std::uint64_t i = 0; i <= records; ++i) {
      begins.push_back(bytes.size());
      if (i < records) bytes += record_of(encoded(state_after(i)));
    }
  }
};

// What reading a file of these bytes complains of; "" if it does not.
std::string complaint(const JournalDir& dir, std::string_view bytes) {
  write_bytes(dir.journal(), bytes);
  try {
    (void)read_journal(dir.journal());
  } catch (const JournalError& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("journal: cut off at any byte, it is read as its last whole record") {
  const JournalDir dir;
  const Written written(4);
  for (std::size_t length = 0; length <= written.bytes.size(); ++length) {
    write_bytes(dir.journal(), std::string_view(written.bytes).substr(0, length));
    const JournalContent content = read_journal(dir.journal());
    std::size_t whole = 0;
    while (whole < 4 && written.begins[whole + 1] <= length) ++whole;
    MUST(content.records == whole);
    MUST(content.state.has_value() == (whole > 0));
    if (whole > 0) MUST(*content.state == state_after(whole - 1));
    MUST(content.valid_bytes == (length < kJournalLine.size() ? 0 : written.begins[whole]));
    MUST(content.valid_bytes + content.torn_bytes == length);
  }
}

TEST_CASE("journal: with any byte changed, it is read as an earlier record or refused with the place") {
  const JournalDir dir;
  const Written written(4);
  for (std::size_t at = 0; at < written.bytes.size(); ++at)
    for (const int change : {0x01, 0x10, 0x80, 0xff}) {
      std::string bytes = written.bytes;
      bytes[at] = static_cast<char>(bytes[at] ^ change);
      std::size_t damaged = 0;
      while (damaged < 4 && written.begins[damaged + 1] <= at) ++damaged;
      const std::string said = complaint(dir, bytes);
      if (at < kJournalLine.size()) {
        MUST(said.starts_with(dir.journal() + ": "));
      } else if (damaged < 3) {
        MUST(said == fmt::format("{}: damaged at byte {}: a whole record follows at byte {}", dir.journal(),
                                 written.begins[damaged], written.begins[damaged + 1]));
      } else {
        MUST(said.empty());
        MUST(read_journal(dir.journal()).state == state_after(2));
      }
    }
}

TEST_CASE("journal: bytes that are lost in the middle are damage, at the end a torn tail") {
  const JournalDir dir;
  const Written written(4);
  std::string hole = written.bytes;
  hole.replace(written.begins[1] + 5, written.begins[3] - written.begins[1] - 5, 3000, '\0');
  CHECK(complaint(dir, hole).find(fmt::format("damaged at byte {}:", written.begins[1])) != std::string::npos);
  CHECK(complaint(dir, written.bytes + std::string(100'000, '\0')).empty());
  CHECK(read_journal(dir.journal()).state == state_after(3));
  CHECK(read_journal(dir.journal()).torn_bytes == 100'000);
}

TEST_CASE("journal: what is no journal is refused, and a newer one with both formats") {
  const JournalDir dir;
  const std::string path = dir.journal();
  CHECK(complaint(dir, "pooltop journal 2\n") == path + ": has format 2, of a newer pooltop; this one reads up to 1");
  for (const std::string_view bytes :
       {"\n"sv, "x"sv, "pooltop samples 1\n"sv, "pooltop journal 0\n"sv, "pooltop journal 1.\n"sv,
        "pooltop journal \n"sv, "pooltop journal 99999999999\n"sv,
        "pooltop journal 1 and then for more than 64 bytes nothing that ends it, nothing\n"sv})
    CHECK(complaint(dir, bytes) == path + ": is no journal: its first line is not that of one");
}

TEST_CASE("journal: a sound record that says nothing sensible is refused with its place") {
  const JournalDir dir;
  const Written written(1);
  const std::string said = complaint(dir, written.bytes + record_of("rubbish"));
  CHECK(said.starts_with(
      fmt::format("{}: the record at byte {} says nothing sensible: ", dir.journal(), written.bytes.size())));
  CHECK_FALSE(complaint(dir, written.bytes + record_of("")).empty());
}

TEST_CASE("journal: links, pipes and directories are not read") {
  const JournalDir dir;
  write_bytes(dir.file("elsewhere"), Written(1).bytes);
  std::filesystem::create_symlink(dir.file("elsewhere"), dir.journal());
  CHECK_THROWS_AS((void)read_journal(dir.journal()), std::system_error);
  CHECK_THROWS_AS((void)read_journal(dir.file("missing")), std::system_error);
  REQUIRE(::mkfifo(dir.file("pipe").c_str(), 0600) == 0);
  CHECK_THROWS_AS((void)read_journal(dir.file("pipe")), JournalError);
  CHECK_THROWS_AS((void)read_journal(dir.file(".")), JournalError);
}

TEST_CASE("journal: a file full of beginnings of records is given up in linear time") {
  const JournalDir dir;
  // Each claims all that follows; summed up, they would be 16 TB.
  std::string bytes(kJournalLine);
  constexpr std::size_t kHeads = 1 << 20;
  std::string head(kHeadBytes, '\0');
  head.replace(0, kMarker.size(), kMarker);
  for (std::size_t i = 0; i < kHeads; ++i) {
    const std::size_t length = (kHeads - i - 1) * kHeadBytes;
    for (std::size_t k = 0; k < 4; ++k) head[8 + k] = static_cast<char>(length >> (8 * k));
    bytes += head;
  }
  CHECK(complaint(dir, bytes).find("damaged at byte 18:") != std::string::npos);
}

TEST_CASE("journal: records larger than the piece that is read at once are found, whole and torn") {
  const JournalDir dir;
  JournalState state = state_after(5);
  for (std::uint64_t i = 0; i < 1'000'000; ++i) state.sources[1].complete.add(3 * i, 1);
  const std::string record = record_of(encoded(state));
  REQUIRE(record.size() > std::size_t{1} << 20);
  const std::string one = std::string(kJournalLine) + record;

  write_bytes(dir.journal(), one + record);
  JournalContent content = read_journal(dir.journal());
  CHECK(content.records == 2);
  CHECK(content.state == state);

  write_bytes(dir.journal(), one + record.substr(0, record.size() - 1));
  content = read_journal(dir.journal());
  CHECK(content.records == 1);
  CHECK(content.torn_bytes == record.size() - 1);

  std::string damaged = one + record;
  damaged[one.size() / 2] ^= 1;
  CHECK(complaint(dir, damaged).find("damaged at byte 18: a whole record follows") != std::string::npos);
}

TEST_CASE("journal: a million records are read in large pieces") {
  const JournalDir dir;
  constexpr std::size_t kRecords = 1'000'000;
  const std::string record = record_of(encoded(state_after(1'000'000)));
  {
    std::ofstream file(dir.journal(), std::ios::binary);
    file << kJournalLine;
    for (std::size_t i = 0; i < kRecords; ++i) file << record;
  }

  const Nanos begin = monotonic_now();
  const JournalContent content = read_journal(dir.journal());
  const double seconds = to_seconds(monotonic_now() - begin);

  CHECK(content.records == kRecords);
  CHECK(content.state == state_after(1'000'000));
  MESSAGE(fmt::format("{} records, {:.1f} MB: {:.3f} s", kRecords, static_cast<double>(content.valid_bytes) / 1e6,
                      seconds));
}
