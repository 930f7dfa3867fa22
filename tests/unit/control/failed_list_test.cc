// SPDX-License-Identifier: MIT
#include "engine/control/failed_list.h"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <fstream>

#include "control_fixture.h"
#include "engine/base/io.h"

using namespace pooltop;
using namespace pooltop::test;

namespace {

FailedItem example(const std::string& id, const std::string& item = "/usr/include/a.h") {
  return {.id = id,
          .stage = "hash",
          .item = item,
          .attempts = {{.pid = 7, .exit = 3, .signal = {}, .started_at = "2026-01-31T12:00:00Z", .elapsed_s = 0.5},
                       {.pid = 8, .exit = {}, .signal = 9, .started_at = "2026-01-31T12:00:01Z", .elapsed_s = 1.5}},
          .error = "exit status 3",
          .standard_error = "sha256sum: no\n"};
}

}  // namespace

TEST_CASE("control: failed items are read back as they were written, whatever their bytes") {
  OwnHome home;
  const std::string file = home.file("failed.jsonl");
  std::vector<FailedItem> items = {example("1"), example("2.0", std::string("\0\xff\n\"", 4)), example("b:3", "")};
  for (const FailedItem& item : items) append_failed(file, item);

  CHECK(read_failed(file) == items);
  const std::string text = read_file(file, 1 << 20).value();
  CHECK(text.starts_with(
      R"({"id":"1","stage":"hash","item":"/usr/include/a.h","attempts":[{"pid":7,"exit":3,"signal":null,)"));
  CHECK(text.find(R"("base64":"AP8KIg==")") != std::string::npos);
  struct stat info {};
  REQUIRE(::stat(file.c_str(), &info) == 0);
  CHECK((info.st_mode & 07777) == 0600);
}

TEST_CASE("control: a torn last record is passed over, and the next one stands alone") {
  OwnHome home;
  const std::string file = home.file("failed.jsonl");
  append_failed(file, example("1"));
  append_failed(file, example("2"));
  std::filesystem::resize_file(file, std::filesystem::file_size(file) - 20);

  CHECK(read_failed(file).size() == 1);
  append_failed(file, example("3"));
  std::vector<std::string> ids;
  CHECK(for_each_failed(file, [&](FailedItem item) { ids.push_back(item.id); }) == 1);
  CHECK(ids == std::vector<std::string>{"1", "3"});
}

TEST_CASE("control: lines that are no records are counted and passed over") {
  OwnHome home;
  const std::string file = home.file("failed.jsonl");
  std::ofstream(file) << "rubbish\n{}\n[]\n{\"id\":1,\"stage\":\"a\",\"item\":\"x\",\"attempts\":[]}\n"
                      << "{\"id\":\"1\",\"stage\":\"a\",\"base64\":\"?\",\"attempts\":[]}\n";
  append_failed(file, example("1"));
  std::size_t good = 0;
  CHECK(for_each_failed(file, [&](FailedItem) { ++good; }) == 5);
  CHECK(good == 1);
}

TEST_CASE("control: no file is no failed items") {
  OwnHome home;
  CHECK(read_failed(home.file("failed.jsonl")).empty());
  CHECK(remove_failed(home.file("failed.jsonl"), {{"hash", "1"}}) == 0);
  CHECK_FALSE(std::filesystem::exists(home.file("failed.jsonl")));
}

TEST_CASE("control: items are removed by stage and id, the others stay in order") {
  OwnHome home;
  const std::string file = home.file("failed.jsonl");
  for (const char* id : {"1", "2", "3"}) append_failed(file, example(id));
  FailedItem other = example("2");
  other.stage = "save";
  append_failed(file, other);
  std::ofstream(file + ".new") << "left by a crash";

  CHECK(remove_failed(file, {{"hash", "2"}, {"hash", "99"}}) == 1);

  CHECK(read_failed(file) == std::vector<FailedItem>{example("1"), example("3"), other});
  CHECK_FALSE(std::filesystem::exists(file + ".new"));
}

TEST_CASE("control: a planted link is not appended through") {
  OwnHome home;
  std::ofstream(home.file("victim")) << "untouched\n";
  std::filesystem::create_symlink(home.file("victim"), home.file("failed.jsonl"));
  CHECK_THROWS_AS(append_failed(home.file("failed.jsonl"), example("1")), std::system_error);
  CHECK(read_file(home.file("victim"), 100) == "untouched\n");
}

TEST_CASE("control: text that is not UTF-8 in an error does not stop the record") {
  OwnHome home;
  FailedItem item = example("1");
  item.standard_error = "caf\xe9";
  append_failed(home.file("failed.jsonl"), item);
  CHECK(read_failed(home.file("failed.jsonl")).at(0).standard_error == "caf\xef\xbf\xbd");
}
