// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <string>

#include "engine/journal/journal.h"
#include "journal_support.h"
#include "tests/support/must.h"

using namespace pooltop;
using namespace pooltop::test;
using namespace pooltop::testing;

namespace {

// What the calls below answer instead of being made: an errno, or 0.
struct RefusedCalls {
  int fdatasync = 0;
  int fsync = 0;
  int renameat = 0;
  int ftruncate = 0;
  int synced = 0;  // fdatasync calls, refused or not
};
RefusedCalls refused_calls;

struct Refusing {
  explicit Refusing(RefusedCalls calls) { refused_calls = calls; }
  Refusing(const Refusing&) = delete;
  Refusing& operator=(const Refusing&) = delete;
  ~Refusing() { refused_calls = {}; }
};

// The process dies instead of its n-th call that changes a file; until then each of its writes is half done, and asked
// for again. 0: it lives.
int calls_to_live = 0;

void live_or_die() {
  if (calls_to_live > 0 && --calls_to_live == 0) ::raise(SIGKILL);
}

long answer_of(int error, auto call) {
  live_or_die();
  if (error == 0) return call();
  errno = error;
  return -1;
}

constexpr JournalWriter::Options kNoCompaction{.syncs = false, .compact_above = JournalWriter::kNeverCompact};
constexpr JournalWriter::Options kSmall{.syncs = false, .compact_above = 2000};

}  // namespace

// The test's own, in front of the C library's.
extern "C" int fdatasync(int fd) {
  ++refused_calls.synced;
  return static_cast<int>(answer_of(refused_calls.fdatasync, [&] { return ::syscall(SYS_fdatasync, fd); }));
}
extern "C" int fsync(int fd) {
  return static_cast<int>(answer_of(refused_calls.fsync, [&] { return ::syscall(SYS_fsync, fd); }));
}
extern "C" int renameat(int from_dir, const char* from, int to_dir, const char* to) noexcept {
  return static_cast<int>(
      answer_of(refused_calls.renameat, [&] { return ::syscall(SYS_renameat2, from_dir, from, to_dir, to, 0); }));
}
extern "C" int ftruncate(int fd, off_t length) noexcept {
  return static_cast<int>(answer_of(refused_calls.ftruncate, [&] { return ::syscall(SYS_ftruncate, fd, length); }));
}
extern "C" int unlinkat(int dir, const char* name, int flags) noexcept {
  return static_cast<int>(answer_of(0, [&] { return ::syscall(SYS_unlinkat, dir, name, flags); }));
}
extern "C" ssize_t pwrite(int fd, const void* bytes, std::size_t count, off_t at) {
  return answer_of(
      0, [&] { return ::syscall(SYS_pwrite64, fd, bytes, calls_to_live > 0 ? count - count / 2 : count, at); });
}

TEST_CASE("journal: what is appended is read back, the file is for its owner alone") {
  const JournalDir dir;
  JournalWriter writer = JournalWriter::create(dir.journal(), {});
  CHECK_FALSE(read_journal(dir.journal()).state);
  for (std::uint64_t i = 0; i < 20; ++i) {
    const auto appended = writer.append(state_after(i));
    CHECK(appended.bytes == record_of(encoded(state_after(i))).size());
    CHECK_FALSE(appended.is_compacted);
    CHECK(read_journal(dir.journal()).state == state_after(i));
  }
  CHECK(read_journal(dir.journal()).records == 20);
  CHECK(writer.size() == std::filesystem::file_size(dir.journal()));
  struct stat info {};
  REQUIRE(::stat(dir.journal().c_str(), &info) == 0);
  CHECK((info.st_mode & 07777) == 0600);
}

TEST_CASE("journal: a run that goes on appends behind the last whole record, wherever the file was cut") {
  const JournalDir dir;
  {
    JournalWriter writer = JournalWriter::create(dir.journal(), {});
    (void)writer.append(state_after(1));
    (void)writer.append(state_after(2));
  }
  const std::string bytes = bytes_of(dir.journal());
  for (std::size_t length = 0; length <= bytes.size(); ++length) {
    write_bytes(dir.journal(), std::string_view(bytes).substr(0, length));
    const std::uint64_t records = read_journal(dir.journal()).records;
    JournalWriter writer = JournalWriter::open_append(dir.journal(), {});
    MUST(read_journal(dir.journal()).torn_bytes == 0);
    (void)writer.append(state_after(3));
    const JournalContent content = read_journal(dir.journal());
    MUST(content.state == state_after(3));
    MUST(content.records == records + 1);
    MUST(content.torn_bytes == 0);
  }
}

TEST_CASE("journal: a damaged journal is not gone on with") {
  const JournalDir dir;
  {
    JournalWriter writer = JournalWriter::create(dir.journal(), {});
    (void)writer.append(state_after(1));
    (void)writer.append(state_after(2));
  }
  std::string bytes = bytes_of(dir.journal());
  bytes[40] ^= 1;
  write_bytes(dir.journal(), bytes);
  CHECK_THROWS_AS((void)JournalWriter::open_append(dir.journal(), {}), JournalError);
  CHECK(bytes_of(dir.journal()) == bytes);
}

TEST_CASE("journal: what has its name already is left alone, a link too") {
  const JournalDir dir;
  write_bytes(dir.file("precious"), "kept");
  std::filesystem::create_symlink(dir.file("precious"), dir.journal());
  CHECK_THROWS_AS((void)JournalWriter::create(dir.journal(), {}), std::system_error);
  CHECK_THROWS_AS((void)JournalWriter::open_append(dir.journal(), {}), std::system_error);
  CHECK(bytes_of(dir.file("precious")) == "kept");
  CHECK_THROWS_AS((void)JournalWriter::create(dir.file("precious"), {}), std::system_error);
  CHECK(bytes_of(dir.file("precious")) == "kept");
  REQUIRE(::mkfifo(dir.file("pipe").c_str(), 0600) == 0);
  CHECK_THROWS_AS((void)JournalWriter::open_append(dir.file("pipe"), {}), JournalError);
}

TEST_CASE("journal: a file that has grown is replaced by one with its newest record, and goes on") {
  const JournalDir dir;
  JournalWriter writer = JournalWriter::create(dir.journal(), kSmall);
  std::uint64_t largest = 0;
  int compactions = 0;
  for (std::uint64_t i = 0; i < 500; ++i) {
    compactions += writer.append(state_after(i)).is_compacted ? 1 : 0;
    largest = std::max(largest, std::uint64_t{std::filesystem::file_size(dir.journal())});
    MUST(read_journal(dir.journal()).state == state_after(i));
    MUST(writer.size() == std::filesystem::file_size(dir.journal()));
  }
  CHECK(compactions > 5);
  CHECK(largest <= kSmall.compact_above);
  CHECK_FALSE(std::filesystem::exists(dir.file("journal.new")));
}

TEST_CASE("journal: a file is not compacted for less than 8 records' worth") {
  const JournalDir dir;
  JournalWriter writer = JournalWriter::create(dir.journal(), {.syncs = false, .compact_above = 0});
  for (int i = 0; i < 7; ++i) CHECK_FALSE(writer.append(state_after(1)).is_compacted);
  CHECK(writer.append(state_after(1)).is_compacted);
}

TEST_CASE("journal: when it cannot be compacted the old file goes on, and a later try does it") {
  const JournalDir dir;
  JournalWriter writer = JournalWriter::create(dir.journal(), kSmall);
  int failed = 0;
  const auto append_until_above = [&](std::uint64_t size) {
    for (std::uint64_t i = 0; writer.size() < size; ++i) {
      const auto appended = writer.append(state_after(i));
      MUST(!appended.is_compacted);
      failed += appended.not_compacted ? 1 : 0;
      MUST(read_journal(dir.journal()).state == state_after(i));
    }
  };
  SUBCASE("its new file's name is taken by a directory") {
    std::filesystem::create_directory(dir.file("journal.new"));
    append_until_above(12'000);
    std::filesystem::remove(dir.file("journal.new"));
  }
  SUBCASE("it cannot be renamed") {
    const Refusing calls({.renameat = EIO});
    append_until_above(12'000);
    CHECK_FALSE(std::filesystem::exists(dir.file("journal.new")));
  }
  CHECK(failed == 3);  // at 2, 4 and 8 KB

  bool is_compacted = false;
  for (std::uint64_t i = 0; !is_compacted; ++i) {
    REQUIRE(i < 1000);
    is_compacted = writer.append(state_after(i)).is_compacted;
    MUST(read_journal(dir.journal()).state == state_after(i));
  }
  CHECK(writer.size() < 500);
}

TEST_CASE("journal: what a killed compaction left is replaced, a link is not followed") {
  const JournalDir dir;
  write_bytes(dir.file("precious"), "kept");
  std::filesystem::create_symlink(dir.file("precious"), dir.file("journal.new"));
  JournalWriter writer = JournalWriter::create(dir.journal(), {.syncs = false, .compact_above = 0});
  bool is_compacted = false;
  for (int i = 0; i < 8; ++i) is_compacted = writer.append(state_after(1)).is_compacted;
  CHECK(is_compacted);
  CHECK(bytes_of(dir.file("precious")) == "kept");
  CHECK_FALSE(std::filesystem::is_symlink(dir.journal()));
}

TEST_CASE("journal: whenever a compaction is killed, the last state is there, and the next one goes on from it") {
  int deaths = 0;
  int with_new_state = 0;
  for (bool is_done = false; !is_done;) {
    const JournalDir dir;
    const JournalWriter::Options options{.syncs = true, .compact_above = 0};
    {
      JournalWriter writer = JournalWriter::create(dir.journal(), options);
      for (std::uint64_t i = 1; i <= 7; ++i) MUST(!writer.append(state_after(1000)).is_compacted);
      const pid_t pid = ::fork();
      REQUIRE(pid >= 0);
      if (pid == 0) {
        calls_to_live = deaths + 1;
        ::_exit(writer.append(state_after(1001)).is_compacted ? 0 : 1);
      }
      int status = 0;
      REQUIRE(::waitpid(pid, &status, 0) == pid);
      is_done = WIFEXITED(status);
      MUST((is_done ? WEXITSTATUS(status) == 0 : WTERMSIG(status) == SIGKILL));
    }
    deaths += is_done ? 0 : 1;

    const JournalContent content = read_journal(dir.journal());
    MUST(content.torn_bytes == 0);
    if (content.records == 1) {
      ++with_new_state;
      MUST(content.state == state_after(1001));
    } else {
      MUST(content.records == 7);
      MUST(content.state == state_after(1000));
      MUST(!is_done);
    }

    JournalWriter writer = JournalWriter::open_append(dir.journal(), options);
    for (std::uint64_t i = 0; i < 8; ++i) (void)writer.append(state_after(2000 + i));
    MUST(read_journal(dir.journal()).state == state_after(2007));
    MUST(!std::filesystem::exists(dir.file("journal.new")));
  }
  CHECK(deaths > 15);          // its first line and its record have five or more halves each
  CHECK(with_new_state == 2);  // dead before the folder is synced, and not dead
}

TEST_CASE("journal: on a full disk nothing of a record stays, at whatever byte it was full, and it goes on with room") {
  const std::uint64_t record = record_of(encoded(state_after(2))).size();
  for (std::uint64_t room = 0; room < record; ++room) {
    const JournalDir dir;
    JournalWriter writer = JournalWriter::create(dir.journal(), {});
    (void)writer.append(state_after(1));
    const std::uint64_t size = writer.size();
    {
      const FullAt full(size + room);
      for (int tries = 0; tries < 2; ++tries) {
        int error = 0;
        try {
          (void)writer.append(state_after(2));
        } catch (const std::system_error& thrown) {
          error = thrown.code().value();
        }
        MUST(error == EFBIG);
        MUST(std::filesystem::file_size(dir.journal()) == size);
        MUST(read_journal(dir.journal()).state == state_after(1));
      }
    }
    (void)writer.append(state_after(2));
    const JournalContent content = read_journal(dir.journal());
    MUST(content.state == state_after(2));
    MUST(content.records == 2);
    MUST(content.torn_bytes == 0);
  }
}

TEST_CASE("journal: a torn record that could not be cut off is cut off before the next one is written") {
  const JournalDir dir;
  JournalWriter writer = JournalWriter::create(dir.journal(), {});
  (void)writer.append(state_after(1));
  {
    const Refusing calls({.ftruncate = EIO});
    {
      const FullAt full(writer.size() + 50);
      CHECK_THROWS_AS((void)writer.append(state_after(1'000'000)), std::system_error);
    }
    CHECK(read_journal(dir.journal()).torn_bytes == 50);
    CHECK(read_journal(dir.journal()).state == state_after(1));
    CHECK_THROWS_WITH_AS((void)writer.append(state_after(2)), doctest::Contains("truncate"), std::system_error);
  }
  (void)writer.append(state_after(2));
  CHECK(read_journal(dir.journal()).state == state_after(2));
  CHECK(read_journal(dir.journal()).torn_bytes == 0);
}

TEST_CASE("journal: a compaction for which there is no room leaves the old file, which then has none either") {
  const JournalDir dir;
  JournalWriter writer = JournalWriter::create(dir.journal(), {.syncs = false, .compact_above = 0});
  for (int i = 0; i < 7; ++i) (void)writer.append(state_after(1));
  {
    const FullAt full(60);
    CHECK_THROWS_AS((void)writer.append(state_after(2)), std::system_error);
    CHECK(read_journal(dir.journal()).state == state_after(1));
    CHECK_FALSE(std::filesystem::exists(dir.file("journal.new")));
  }
  (void)writer.append(state_after(2));
  CHECK(read_journal(dir.journal()).state == state_after(2));
}

TEST_CASE("journal: a file that cannot get its first line is not left behind") {
  const JournalDir dir;
  const FullAt full(5);
  CHECK_THROWS_AS((void)JournalWriter::create(dir.journal(), {}), std::system_error);
  CHECK_FALSE(std::filesystem::exists(dir.journal()));
}

TEST_CASE("journal: each record is synced where that is asked for, and only there") {
  const JournalDir dir;
  const Refusing calls({});
  JournalWriter plain = JournalWriter::create(dir.journal(), {});
  (void)plain.append(state_after(1));
  CHECK(refused_calls.synced == 0);
  JournalWriter writer = JournalWriter::create(dir.file("synced"), {.syncs = true, .compact_above = 0});
  CHECK(refused_calls.synced == 1);
  for (int i = 1; i <= 8; ++i) {
    CHECK(writer.append(state_after(1)).is_compacted == (i == 8));
    CHECK(refused_calls.synced == 1 + i);
  }
}

TEST_CASE("journal: a sync that failed is not asked for again: the journal is lost") {
  const JournalDir dir;
  JournalWriter writer = JournalWriter::create(dir.journal(), {.syncs = true});
  (void)writer.append(state_after(1));
  {
    const Refusing calls({.fdatasync = EIO});
    CHECK_THROWS_WITH_AS((void)writer.append(state_after(2)), doctest::Contains("sync"), JournalLost);
  }
  const std::string bytes = bytes_of(dir.journal());
  refused_calls.synced = 0;
  CHECK_THROWS_AS((void)writer.append(state_after(3)), JournalLost);
  CHECK(refused_calls.synced == 0);
  CHECK(bytes_of(dir.journal()) == bytes);
}

TEST_CASE("journal: a compacted file whose data cannot be synced is not taken, one whose name cannot is lost") {
  const JournalDir dir;
  JournalWriter writer = JournalWriter::create(dir.journal(), {.syncs = true, .compact_above = 0});
  for (int i = 0; i < 7; ++i) (void)writer.append(state_after(1));
  SUBCASE("its data") {
    const Refusing calls({.fdatasync = EIO});
    CHECK_THROWS_AS((void)writer.append(state_after(2)), JournalLost);  // by the old file's own sync, which fails too
    CHECK(read_journal(dir.journal()).records == 8);
  }
  SUBCASE("its name") {
    const Refusing calls({.fsync = EIO});
    CHECK_THROWS_AS((void)writer.append(state_after(2)), JournalLost);
    CHECK(read_journal(dir.journal()).records == 1);
    CHECK_THROWS_AS((void)writer.append(state_after(3)), JournalLost);
  }
  CHECK_FALSE(std::filesystem::exists(dir.file("journal.new")));
}

TEST_CASE("journal: a million gaps are one record of some megabytes") {
  const JournalDir dir;
  JournalState state = state_after(1);
  for (std::uint64_t i = 0; i < 1'000'000; ++i) state.sources[0].complete.add(10 + 2 * i, 1);
  JournalWriter writer = JournalWriter::create(dir.journal(), kNoCompaction);
  const auto appended = writer.append(state);
  CHECK(appended.bytes < 3'000'000);
  CHECK(read_journal(dir.journal()).state == state);
}
