// SPDX-License-Identifier: MIT
#include "engine/journal/spool.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <csignal>
#include <functional>

#include "engine/journal/crc32c.h"
#include "engine/journal/spool_files.h"
#include "tests/unit/journal/journal_support.h"

using namespace pooltop;
using namespace pooltop::test;

namespace {

std::string run_dir_of(const JournalDir& dir) { return dir.file("."); }

void keep(SpoolWriter& spool, std::string_view bytes) {
  spool.append(bytes);
  CHECK(bytes.empty());
}

// Three pieces of items "0", "1", …: 0 to 4, 5 to 7, 8 and 9.
SpoolEnd write_spool(const JournalDir& dir) {
  SpoolWriter spool(run_dir_of(dir), "come", {.syncs = true, .piece_bytes = 8});
  keep(spool, "0\n1\n2\n");
  CHECK(!spool.wants_piece());
  keep(spool, "3\n4\n");
  CHECK(spool.wants_piece());
  spool.begin_piece(5);
  keep(spool, "5\n6\n7\n");
  spool.begin_piece(8);
  keep(spool, "8\n9");
  CHECK(!read_spool_end(run_dir_of(dir), "come"));
  spool.end(10);
  auto end = read_spool_end(run_dir_of(dir), "come");
  REQUIRE(end.has_value());
  return *end;
}

std::string refusal_of(const std::function<void()>& call) {
  try {
    call();
  } catch (const SpoolError& error) {
    return error.what();
  } catch (const std::system_error& error) {
    return error.what();
  }
  return {};
}

bool is_refused(const JournalDir& dir, const SpoolEnd& end, std::uint64_t ordinal, std::string_view why) {
  const std::string refusal = refusal_of([&] { check_spool(run_dir_of(dir), "come", end, ordinal); });
  if (refusal.find(why) == std::string::npos) MESSAGE(refusal);
  return refusal.find(why) != std::string::npos;
}

}  // namespace

TEST_CASE("spool: what was kept is there as it was written, in pieces, each with its first item's number") {
  const JournalDir dir;
  const SpoolEnd end = write_spool(dir);

  CHECK(end.items == 10);
  REQUIRE(end.pieces.size() == 3);
  CHECK(end.pieces[1] == SpoolPiece{5, 6, crc32c("5\n6\n7\n")});
  CHECK(bytes_of(dir.file("spool/come.0")) + bytes_of(dir.file("spool/come.5")) + bytes_of(dir.file("spool/come.8")) ==
        "0\n1\n2\n3\n4\n5\n6\n7\n8\n9");
  for (std::uint64_t ordinal = 0; ordinal <= 10; ++ordinal)
    CHECK(refusal_of([&] { check_spool(run_dir_of(dir), "come", end, ordinal); }).empty());
  CHECK(is_refused(dir, end, 11, "item 11 is none of those that were kept"));
  CHECK(piece_of(end, 4) == 0);
  CHECK(piece_of(end, 5) == 1);
  CHECK(piece_of(end, 100) == 2);
  struct stat info {};
  REQUIRE(::stat(dir.file("spool").c_str(), &info) == 0);
  CHECK((info.st_mode & 0777) == 0700);
  REQUIRE(::stat(dir.file("spool/come.5").c_str(), &info) == 0);
  CHECK((info.st_mode & 0777) == 0600);
}

TEST_CASE("spool: pieces that nobody needs are removed, the one that an item lies in never") {
  const JournalDir dir;
  SpoolWriter spool(run_dir_of(dir), "come", {.syncs = false, .piece_bytes = 1});
  keep(spool, "0\n1\n");
  spool.drop_below(100);
  CHECK(spool_files(run_dir_of(dir), "come").size() == 1);
  spool.begin_piece(2);
  keep(spool, "2\n");
  spool.begin_piece(3);
  spool.drop_below(1);
  CHECK(spool_files(run_dir_of(dir), "come").size() == 2);
  spool.drop_below(2);
  CHECK(spool_files(run_dir_of(dir), "come") == std::vector<std::string>{dir.file("./spool/come.2")});
  spool.end(3);

  const auto end = read_spool_end(run_dir_of(dir), "come");
  REQUIRE(end.has_value());
  CHECK(end->items == 3);
  CHECK(end->pieces == std::vector<SpoolPiece>{{2, 2, crc32c("2\n")}});
  CHECK(is_refused(dir, *end, 1, "item 1 is none of those that were kept"));
  check_spool(run_dir_of(dir), "come", *end, 2);
}

TEST_CASE("spool: of a source that gave nothing the end alone is kept; of one that was being read there is none") {
  const JournalDir dir;
  CHECK(!read_spool_end(run_dir_of(dir), "come"));
  SpoolWriter nothing(run_dir_of(dir), "come", {});
  nothing.end(0);
  CHECK(read_spool_end(run_dir_of(dir), "come") == SpoolEnd{});
  check_spool(run_dir_of(dir), "come", {}, 0);

  SpoolWriter open(run_dir_of(dir), "other", {});
  keep(open, "a\nb");
  CHECK(!read_spool_end(run_dir_of(dir), "other"));
  CHECK(spool_files(run_dir_of(dir), "other") == std::vector<std::string>{dir.file("./spool/other.0")});
  CHECK(spool_files(run_dir_of(dir), "othe").empty());
}

TEST_CASE("spool: a piece that is cut off, grown, changed or gone is refused by name") {
  const JournalDir dir;
  const SpoolEnd end = write_spool(dir);
  const std::string piece = dir.file("spool/come.5");

  for (std::size_t bytes = 0; bytes < 6; ++bytes) {
    write_bytes(piece, std::string("5\n6\n7\n").substr(0, bytes));
    CHECK(is_refused(dir, end, 0, "come.5: has " + std::to_string(bytes) + " bytes, 6 were written"));
  }
  write_bytes(piece, "5\n6\n7\n8");
  CHECK(is_refused(dir, end, 0, "come.5: has 7 bytes, 6 were written"));
  write_bytes(piece, std::string(6, '\0'));  // as a power cut leaves it
  CHECK(is_refused(dir, end, 5, "come.5: is not what was written"));
  CHECK(refusal_of([&] { check_spool(run_dir_of(dir), "come", end, 8); }).empty());
  std::filesystem::remove(piece);
  CHECK(is_refused(dir, end, 7, "come.5: is not there"));
}

TEST_CASE("spool: what is no file of ours is not read, and nothing that is there is written over") {
  const JournalDir dir;
  const SpoolEnd end = write_spool(dir);
  const std::string piece = dir.file("spool/come.5");
  write_bytes(dir.file("elsewhere"), "5\n6\n7\n");

  std::filesystem::remove(piece);
  std::filesystem::create_symlink(dir.file("elsewhere"), piece);
  CHECK(is_refused(dir, end, 0, "Too many levels of symbolic links"));
  std::filesystem::remove(piece);
  REQUIRE(::mkfifo(piece.c_str(), 0600) == 0);
  CHECK(is_refused(dir, end, 0, "come.5: is no regular file"));
  std::filesystem::remove(piece);
  write_bytes(piece, "5\n6\n7\n");
  if (::geteuid() == 0) {
    REQUIRE(::chown(piece.c_str(), 1234, 1234) == 0);
    CHECK(is_refused(dir, end, 0, "come.5: belongs to user 1234"));
    REQUIRE(::chown(piece.c_str(), 0, 0) == 0);
  }
  CHECK(refusal_of([&] { check_spool(run_dir_of(dir), "come", end, 0); }).empty());

  SpoolWriter again(run_dir_of(dir), "come", {});
  std::string_view bytes = "x";
  CHECK(refusal_of([&] { again.append(bytes); }).find("File exists") != std::string::npos);
  CHECK(bytes == "x");
  REQUIRE(::chmod(dir.file("spool").c_str(), 0755) == 0);
  CHECK(is_refused(dir, end, 0, "is open to others"));
  std::filesystem::remove_all(dir.file("spool"));
  std::filesystem::create_directory(dir.file("other"));
  std::filesystem::create_directory_symlink(dir.file("other"), dir.file("spool"));
  CHECK(is_refused(dir, end, 0, "spool: Not a directory"));
}

TEST_CASE("spool: an end that is not whole, or says what nobody wrote, is refused") {
  const JournalDir dir;
  const SpoolEnd written = write_spool(dir);
  const std::string text = bytes_of(dir.file("spool/come.end"));
  CHECK(text == encode(written));
  CHECK(decode_spool_end(text) == written);

  for (std::size_t bytes = 0; bytes < text.size(); ++bytes) {
    write_bytes(dir.file("spool/come.end"), text.substr(0, bytes));
    CHECK_THROWS_AS((void)read_spool_end(run_dir_of(dir), "come"), SpoolError);
  }
  for (const char* wrong :
       {"pooltop spool 2\nitems 0\nend\n", "pooltop spool 1\nend\n", "pooltop spool 1\nitems 5\nend\n",
        "pooltop spool 1\nitems -1\nend\n", "pooltop spool 1\nitems 1\npiece 0 2\nend\n",
        "pooltop spool 1\nitems 1\npiece 0 2 3 4\nend\n", "pooltop spool 1\nitems 1\npiece 0 2 4294967296\nend\n",
        "pooltop spool 1\nitems 9\npiece 4 1 1\npiece 4 1 1\nend\n", "pooltop spool 1\nitems 0\nend\nend\n",
        "pooltop spool 1\nitems 99999999999999999999\nend\n"})
    CHECK_THROWS_AS((void)decode_spool_end(wrong), std::runtime_error);
}

TEST_CASE("spool: where a file may not grow the rest is still to be written, and goes behind what is there") {
  const JournalDir dir;
  SpoolWriter spool(run_dir_of(dir), "come", {});
  rlimit before{};
  REQUIRE(::getrlimit(RLIMIT_FSIZE, &before) == 0);
  auto* const old = std::signal(SIGXFSZ, SIG_IGN);
  rlimit small = before;
  small.rlim_cur = 5;
  REQUIRE(::setrlimit(RLIMIT_FSIZE, &small) == 0);

  std::string_view rest = "0123456789";
  CHECK_THROWS_AS(spool.append(rest), std::system_error);
  CHECK(rest == "56789");
  REQUIRE(::setrlimit(RLIMIT_FSIZE, &before) == 0);
  std::signal(SIGXFSZ, old);
  spool.append(rest);
  spool.end(1);

  CHECK(bytes_of(dir.file("spool/come.0")) == "0123456789");
  check_spool(run_dir_of(dir), "come", *read_spool_end(run_dir_of(dir), "come"), 0);
}

TEST_CASE("spool: it is removed as a whole, and twice is no error") {
  const JournalDir dir;
  (void)write_spool(dir);
  remove_spool(run_dir_of(dir));
  CHECK(!std::filesystem::exists(dir.file("spool")));
  remove_spool(run_dir_of(dir));
}
