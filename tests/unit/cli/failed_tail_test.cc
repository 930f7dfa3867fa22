// SPDX-License-Identifier: MIT
#include "tui/cli/failed_tail.h"

#include <doctest/doctest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>

using namespace pooltop;

namespace {

struct Folder {
  Folder() {
    char name[] = "/tmp/pooltop-tail.XXXXXX";
    REQUIRE(::mkdtemp(name) != nullptr);
    path = name;
  }
  ~Folder() { std::filesystem::remove_all(path); }
  std::string path;
};

FailedItem item(const std::string& id) {
  FailedItem failed;
  failed.id = id;
  failed.stage = "fetch";
  return failed;
}

}  // namespace

TEST_CASE("cli: the list of failed items is told record by record, each once; a line that is cut off waits") {
  const Folder folder;
  const std::string file = folder.path + "/failed.jsonl";
  FailedTail tail(file);
  CHECK(tail.read().items.empty());

  append_failed(file, item("1"));
  append_failed(file, item("2"));
  REQUIRE(tail.read().items.size() == 2);
  CHECK(tail.read().items.empty());

  std::ofstream(file, std::ios::app) << R"({"id":"3")";
  CHECK(tail.read().items.empty());
  append_failed(file, item("4"));
  REQUIRE(tail.read().items.size() == 1);
}

TEST_CASE("cli: of very many failed items at once the first are told, the others counted") {
  const Folder folder;
  const std::string file = folder.path + "/failed.jsonl";
  for (int i = 0; i < 50; ++i) append_failed(file, item(std::to_string(i)));

  const FailedTail::News news = FailedTail(file).read();

  CHECK(news.items.size() == FailedTail::kShown);
  CHECK(news.left_out == 50 - FailedTail::kShown);
}

TEST_CASE("cli: items that were given back leave the list; those that fail later are told again") {
  const Folder folder;
  const std::string file = folder.path + "/failed.jsonl";
  FailedTail tail(file);
  append_failed(file, item("1"));
  append_failed(file, item("2"));
  CHECK(tail.read().items.size() == 2);

  remove_failed(file, {{"fetch", "1"}, {"fetch", "2"}});
  CHECK(tail.read().items.empty());
  append_failed(file, item("1"));
  CHECK(tail.read().items.size() == 1);
}

TEST_CASE("cli: items that fail again before the list was looked at are told, those that were kept are not") {
  const Folder folder;
  const std::string file = folder.path + "/failed.jsonl";
  FailedTail tail(file);
  for (const char* id : {"1", "2", "3"}) append_failed(file, item(id));
  CHECK(tail.read().items.size() == 3);

  remove_failed(file, {{"fetch", "1"}});
  FailedItem again = item("1");
  again.error = "once more";  // the file is as long as before, or longer
  append_failed(file, again);

  const FailedTail::News news = tail.read();
  REQUIRE(news.items.size() == 1);
  CHECK(news.items[0].error == "once more");
  CHECK(tail.read().items.empty());
}
