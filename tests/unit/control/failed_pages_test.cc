// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <fstream>
#include <string>
#include <vector>

#include "control_fixture.h"
#include "engine/control/failed_list.h"

using namespace pooltop;
using namespace pooltop::test;

namespace {

FailedItem failed(const std::string& stage, const std::string& id, const std::string& item = "x") {
  return {.id = id,
          .stage = stage,
          .item = item,
          .attempts = {{.pid = 7, .exit = 3, .signal = {}, .started_at = "2026-01-31T12:00:00Z", .elapsed_s = 0.5}},
          .error = "exit 3",
          .standard_error = "no\n"};
}

std::vector<std::string> ids_of(const FailedPages::Page& page) {
  std::vector<std::string> ids;
  for (const FailedItem& item : page.items) ids.push_back(item.id);
  return ids;
}

using Ids = std::vector<std::string>;

}  // namespace

TEST_CASE("control: pages of failed items are the list from an offset on, of all stages or of one") {
  OwnHome home;
  const std::string file = home.file("failed.jsonl");
  FailedPages pages(file);
  CHECK(pages.read(0, 10).total == 0);
  for (int i = 0; i < 6; ++i) append_failed(file, failed(i % 2 == 0 ? "even" : "odd", std::to_string(i)));

  CHECK(ids_of(pages.read(0, 2)) == Ids{"0", "1"});
  CHECK(ids_of(pages.read(4, 10)) == Ids{"4", "5"});
  CHECK(ids_of(pages.read(6, 10)).empty());
  CHECK(pages.read(6, 10).total == 6);
  CHECK(ids_of(pages.read(1, 2, "even")) == Ids{"2", "4"});
  CHECK(pages.read(0, 1, "odd").total == 3);
  CHECK(pages.read(0, 1, "nowhere").total == 0);
}

TEST_CASE("control: pages see what was added, and a list that was written anew") {
  OwnHome home;
  const std::string file = home.file("failed.jsonl");
  FailedPages pages(file);
  for (const char* id : {"1", "2", "3"}) append_failed(file, failed("hash", id));
  CHECK(pages.read(0, 10).total == 3);

  append_failed(file, failed("hash", "4"));
  CHECK(ids_of(pages.read(3, 10)) == Ids{"4"});
  remove_failed(file, {{"hash", "1"}, {"hash", "4"}});
  CHECK(ids_of(pages.read(0, 10)) == Ids{"2", "3"});
  CHECK(pages.read(0, 10, "hash").total == 2);
  append_failed(file, failed("hash", "5"));
  CHECK(ids_of(pages.read(0, 10)) == Ids{"2", "3", "5"});
  std::filesystem::remove(file);
  CHECK(pages.read(0, 10).total == 0);
}

TEST_CASE("control: those that fit are found bit by bit, page by page, and among what is added later") {
  OwnHome home;
  const std::string file = home.file("failed.jsonl");
  FailedPages pages(file);
  for (int i = 0; i < 300; ++i)
    append_failed(file, failed(i % 2 == 0 ? "even" : "odd", std::to_string(i), i % 10 == 0 ? "Tenth" : "other"));

  const auto all = [&](std::string_view stage, std::string_view match) {
    FailedPages::Page page = pages.search(0, 1000, stage, match);
    while (page.searched < page.records) page = pages.search(0, 1000, stage, match);
    return page;
  };
  CHECK(all("", "item:tenth").total == 30);
  CHECK(all("", "item:tenth").records == 300);
  CHECK(ids_of(pages.search(28, 10, "", "item:tenth")) == Ids{"280", "290"});
  CHECK(ids_of(pages.search(1, 2, "", "item:tenth")) == Ids{"10", "20"});
  CHECK(all("odd", "item:tenth").total == 0);
  CHECK(all("even", "item:tenth").total == 30);
  CHECK(all("", "!tenth \"exit 3\"").total == 270);

  append_failed(file, failed("even", "300", "tenth"));
  CHECK(all("", "item:tenth").total == 31);
  remove_failed(file, {{"even", "0"}});
  CHECK(all("", "item:tenth").total == 30);
  CHECK(ids_of(pages.search(0, 1, "", "item:tenth")) == Ids{"10"});
}

TEST_CASE("control: more searches at once than are remembered are all answered right") {
  OwnHome home;
  const std::string file = home.file("failed.jsonl");
  FailedPages pages(file);
  for (int i = 0; i < 10; ++i) append_failed(file, failed("hash", std::to_string(i), "item" + std::to_string(i)));
  for (int round = 0; round < 2; ++round)
    for (int i = 0; i < 10; ++i) {
      const std::string match = "item:item" + std::to_string(i);
      auto page = pages.search(0, 10, "", match);
      while (page.searched < page.records) page = pages.search(0, 10, "", match);  // its time may be over before
      CHECK(ids_of(page) == Ids{std::to_string(i)});
    }
}

TEST_CASE("control: a line that is no record, or not whole yet, is on no page") {
  OwnHome home;
  const std::string file = home.file("failed.jsonl");
  FailedPages pages(file);
  append_failed(file, failed("hash", "1"));
  std::ofstream(file, std::ios::app) << "rubbish\n{\"id\": 3}\n{\"stage\": \"hash\", \"id\": \"2\", \"item\": \"y\", "
                                        "\"attempts\": []}\n{\"id\":\"9\",\"sta";

  CHECK(ids_of(pages.read(0, 10)) == Ids{"1", "2"});
  std::ofstream(file, std::ios::app) << "ge\":\"hash\",\"item\":\"z\",\"attempts\":[]}\n";
  CHECK(ids_of(pages.read(0, 10)) == Ids{"1", "2", "9"});
}

// Not 16 MiB: it is the proportions that count.
constexpr std::size_t kSmallPage = 1 << 20;
constexpr std::size_t kLarge = kSmallPage * 9 / 16;

TEST_CASE("control: a page of large items has fewer of them, but never none") {
  OwnHome home;
  const std::string file = home.file("failed.jsonl");
  FailedPages pages(file, kSmallPage);
  for (const char* id : {"1", "2", "3"}) append_failed(file, failed("hash", id, std::string(kLarge, 'x')));

  CHECK(ids_of(pages.read(0, 10)) == Ids{"1"});
  CHECK(ids_of(pages.read(1, 10)) == Ids{"2"});
  CHECK(pages.read(2, 10).total == 3);
}

TEST_CASE("control: in brief a large item is its beginning and its size, and asking again gets more of them") {
  OwnHome home;
  const std::string file = home.file("failed.jsonl");
  FailedPages pages(file, kSmallPage);
  for (const char* id : {"1", "2", "3"}) append_failed(file, failed("hash", id, std::string(kLarge, 'x')));
  append_failed(file, failed("hash", "4", "small"));
  const auto brief = [&] { return pages.read(0, 10, "", FailedPages::Detail::Brief); };

  CHECK(ids_of(brief()) == Ids{"1"});
  CHECK(ids_of(brief()) == Ids{"1", "2"});
  CHECK(ids_of(brief()) == Ids{"1", "2", "3", "4"});
  const FailedPages::Page page = brief();
  CHECK(page.items[0].item == std::string(FailedPages::kBriefBytes, 'x'));
  CHECK(page.items[0].whole_bytes == kLarge);
  CHECK(page.items[0].standard_error == "no\n");
  CHECK(page.items[3].whole_bytes == 0);
  CHECK(failed_item_from_json(to_json(page.items[0])) == page.items[0]);
  CHECK(pages.read(0, 1).items[0].item.size() == kLarge);  // whole, where that is asked

  remove_failed(file, {{"hash", "1"}});
  CHECK(ids_of(brief()) == Ids{"2"});
}

TEST_CASE("control: in brief items that are larger than a page come too, one more at each question") {
  OwnHome home;
  const std::string file = home.file("failed.jsonl");
  FailedPages pages(file, kSmallPage);
  for (const char* id : {"1", "2", "3"})
    append_failed(file, failed("hash", id, std::string(kSmallPage + 1, 'x')));
  const auto brief = [&] { return ids_of(pages.read(0, 10, "", FailedPages::Detail::Brief)); };

  CHECK(brief() == Ids{"1"});
  CHECK(brief() == Ids{"1", "2"});
  CHECK(brief() == Ids{"1", "2", "3"});
}

TEST_CASE("control: an item is found on the failed list by stage and id, and its way is told from there") {
  OwnHome home;
  const std::string file = home.file("failed.jsonl");
  FailedPages pages(file);
  append_failed(file, failed("hash", "1", "first"));
  append_failed(file, failed("save", "1", "other"));
  append_failed(file, failed("hash", "1", "again"));

  REQUIRE(pages.find("hash", "1").has_value());
  CHECK(pages.find("hash", "1")->item == "again");
  CHECK_FALSE(pages.find("hash", "2").has_value());
  const ItemWay way = way_of(*pages.find("save", "1"));
  CHECK(way.item == "other");
  CHECK(way.now.state == "failed");
  REQUIRE(way.tries.size() == 1);
  CHECK(way.tries[0].exit == 3);
  CHECK(way.tries[0].error == "exit 3");
  CHECK(way.tries[0].standard_error == "no\n");
}
