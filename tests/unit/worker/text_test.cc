// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "engine/base/io.h"
#include "engine/worker/csv.h"
#include "engine/worker/glob.h"
#include "engine/worker/json_text.h"
#include "engine/worker/log.h"
#include "tests/support/texts.h"
#include "tests/support/worker_harness.h"

using namespace pooltop;
using namespace pooltop::testing;

namespace {

using Strings = std::vector<std::string>;

Strings glob(const TestFolder& folder, const Strings& patterns) {
  return glob_files(patterns, folder.path(), [](const std::string&) {});
}

}  // namespace

TEST_CASE("worker: json is told from what only looks like it") {
  for (const char* good : {"0", "-0.5e+10", " [1, {\"a\": null}, []]\n", "{}", "\"\\ud83d\\ude00\\n\"", "true", "1e400",
                           "123456789012345678901234567890", "\"\xc3\xa9\""})
    CHECK_MESSAGE(is_json(good), good);
  for (const char* bad :
       {"",         " ",       "01",          "+1",          "1.",     ".5",       "1e",    "-",          "NaN",
        "Infinity", "tru",     "truee",       "[1,]",        "[1 2]",  "{\"a\"}",  "{a:1}", "{\"a\":1,}", "'a'",
        "\"a",      "\"\\x\"", "\"\\ud800\"", "\"\\udc00\"", "\"\n\"", "\"\xff\"", "1 2",   "]",          "{\"a\":1}}"})
    CHECK_MESSAGE(!is_json(bad), bad);
  CHECK(is_json(std::string(512, '[') + std::string(512, ']')));
  CHECK(!is_json(std::string(100'000, '[') + std::string(100'000, ']')));
  CHECK(!is_json(std::string(1'000'000, '[')));
}

TEST_CASE("worker: json strings survive quoting, whatever characters they hold") {
  std::string all;
  for (int i = 0; i < 128; ++i) all += static_cast<char>(i);
  all += "\xc3\xa9\xf0\x9f\x98\x80";
  std::string token;
  append_json_string(token, all);
  CHECK(is_json(token));
  CHECK((json_unquote(token) == all));
  CHECK(json_unquote(R"("\ud83d\ude00\u00e9\/\b")") == "\xf0\x9f\x98\x80\xc3\xa9/\b");
  CHECK(json_compact("{ \"a b\" : [ 1 , \"x\\\" y\" ] }\n") == "{\"a b\":[1,\"x\\\" y\"]}");
}

TEST_CASE("worker: csv quotes what needs it and reads its first row back") {
  std::string out;
  const Strings cells = {"a", "b,c", "d\"e", "f\r\ng", "", " h "};
  append_csv_row(out, cells);
  CHECK(out == "a,\"b,c\",\"d\"\"e\",\"f\r\ng\",, h \r\n");
  CHECK(first_csv_row(out + "next\r\n") == cells);
  CHECK(!first_csv_row("a,b"));
  CHECK(!first_csv_row("\"a\r\n"));
}

TEST_CASE("worker: csv rows come of arrays, objects and text") {
  std::string out;
  CsvWriter objects;
  CHECK(!objects.append(out, R"({"n": 0.10, "s": "x,y"})"));
  CHECK(!objects.append(out, R"({"s": [1, 2]})"));
  CHECK(!objects.append(out, R"([null, true, 12345678901234567890])"));
  CHECK(!objects.append(out, "plain \"text\""));
  CHECK(out == "n,s\r\n0.10,\"x,y\"\r\n,\"[1,2]\"\r\n,true,12345678901234567890\r\n\"plain \"\"text\"\"\"\r\n");
  CHECK(objects.append(out, R"({"t": 1})") == "key \"t\" is not in the header, which the first object gave");

  std::string rows;
  CsvWriter arrays;
  CHECK(!arrays.append(rows, "[]"));
  CHECK(!arrays.append(rows, ""));
  CHECK(!arrays.append(rows, "[broken"));
  CHECK(rows == "\"\"\r\n\"\"\r\n[broken\r\n");
  CHECK(arrays.append(rows, R"({"a":1})").value_or("").find("begun without") != std::string::npos);
  CHECK(CsvWriter().append(rows, "{}").value_or("").find("without keys") != std::string::npos);
  CHECK(!CsvWriter({"a", "b"}).append(rows, R"({"b":1})"));
  CHECK(rows == "\"\"\r\n\"\"\r\n[broken\r\n,1\r\n");
}

TEST_CASE("worker: glob finds regular files in byte order and never loops") {
  const TestFolder folder;
  for (const char* name :
       {"b.h", "a.h", "a-b/c.h", "a/c.h", "a/d.c", "a/deep/er/e.h", ".hidden/f.h", ".g.h", "[x].h", "Z.h"})
    folder.write(name, "");
  std::filesystem::create_directory_symlink(folder.path(), folder / "a/loop");
  std::filesystem::create_symlink(folder / "a.h", folder / "a/link.h");
  std::filesystem::create_directory(folder / "folder.h");
  REQUIRE(::mkfifo((folder / "fifo.h").c_str(), 0600) == 0);

  CHECK(glob(folder, {"*.h"}) == Strings{"Z.h", "[x].h", "a.h", "b.h"});
  CHECK(glob(folder, {"**/*.h"}) ==
        Strings{"Z.h", "[x].h", "a-b/c.h", "a.h", "a/c.h", "a/deep/er/e.h", "a/link.h", "b.h"});
  CHECK(glob(folder, {"a/**"}) == Strings{"a/c.h", "a/d.c", "a/deep/er/e.h", "a/link.h"});
  CHECK(glob(folder, {"**/**/e.h", "a/deep/*/e.h"}) == Strings{"a/deep/er/e.h"});
  CHECK(glob(folder, {"[ab].h", ".g*"}) == Strings{".g.h", "a.h", "b.h"});
  CHECK(glob(folder, {"\\[x].h"}) == Strings{"[x].h"});
  CHECK(glob(folder, {"a/loop/a.h"}) == Strings{"a/loop/a.h"});
  CHECK(glob(folder, {folder / "?.h"}) == Strings{folder / "Z.h", folder / "a.h", folder / "b.h"});
  CHECK(glob(folder, {"none/*", "a.h/*", "*/", ""}).empty());
}

TEST_CASE("worker: the log joins partial lines, cuts endless ones and keeps streams apart") {
  const TestFolder folder;
  const std::string path = folder / "log";
  Log log(path);

  log.add(LogStream::Err, 42, "one\ntw");
  log.add(LogStream::Out, 43, "other\n");
  log.add(LogStream::Err, 42, "o\n\n");
  log.add(LogStream::Err, 42, std::string(70'000, 'x'));
  log.add(LogStream::Err, 42, std::string(70'000, 'x') + "\nrest");
  log.flush();
  log.note("ended");

  std::string text = content(path);
  struct stat info {};
  REQUIRE(::stat(path.c_str(), &info) == 0);
  CHECK((info.st_mode & 0777) == 0600);
  Strings lines;
  for (std::size_t end; (end = text.find('\n')) != std::string::npos; text.erase(0, end + 1)) {
    CHECK(text[23] == 'Z');
    lines.push_back(text.substr(25, end - 25));
  }
  REQUIRE(lines.size() == 7);
  CHECK(lines[0] == "42 err one");
  CHECK(lines[1] == "43 out other");
  CHECK(lines[2] == "42 err two");
  CHECK(lines[3] == "42 err ");
  CHECK(lines[4] == "42 err " + std::string(65536, 'x') + " [cut: the line is longer than 64 KiB]");
  CHECK(lines[5] == "42 err rest");
  CHECK(lines[6] == std::to_string(::getpid()) + " note ended");
}

TEST_CASE("worker: the log is renamed before it grows beyond its limit, and refuses a symbolic link") {
  const TestFolder folder;
  const std::string path = folder / "log";
  Log log(path, 10'000);
  for (int i = 0; i < 1000; ++i) log.add(LogStream::Out, 1, "line " + std::to_string(i) + "\n");

  CHECK(content(path).size() <= 10'000);
  CHECK(content(path + ".1").size() <= 10'000);
  CHECK(content(path).find("line 999\n") != std::string::npos);

  const std::string victim = folder.write("victim", "mine");
  std::filesystem::create_symlink(victim, folder / "planted");
  CHECK_THROWS_WITH(Log(folder / "planted"), doctest::Contains("open"));
  CHECK(content(victim) == "mine");
}

TEST_CASE("worker: a tail keeps the last bytes") {
  Tail tail(8);
  CHECK(tail.view() == "");
  CHECK(tail.last_line() == "");
  for (int i = 0; i < 100; ++i) tail.append("abc");
  CHECK(tail.view() == "bcabcabc");
  tail.append("0123456789\n");
  CHECK(tail.view() == "3456789\n");
  CHECK(tail.last_line() == "3456789");
}
