// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <algorithm>

#include "tests/unit/state/crawl.h"

namespace pooltop {
namespace {

/// An engine with so many failed items, "f0", "f1", …, and those that are tried again; answers what is asked.
struct FailedList {
  Driven ui;
  std::vector<std::string> failed;
  std::vector<std::string> retrying;
  std::uint64_t searched = 30;  ///< of 30 records, where some are looked for

  explicit FailedList(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) failed.push_back(fmt::format("f{}", i));
  }
  static std::int64_t number(const ControlRequest& request, std::string_view key) {
    for (const auto& [name, value] : request.params)
      if (name == key) return std::get<std::int64_t>(value);
    return 0;
  }
  /// Answers all that was asked for since the last time.
  void answer() {
    while (!ui.looks.empty()) {
      const auto looks = std::exchange(ui.looks, {});
      for (const ControlRequest& request : looks) {
        if (request.command != "failed" && request.command != "retrying") continue;
        const bool is_failed = request.command == "failed";
        const auto& list = is_failed ? failed : retrying;
        Answered answer{request.id, {}, {}, "", {}};
        answer.page.emplace().total = list.size();
        const bool is_search = std::ranges::any_of(request.params, [](const auto& p) { return p.first == "match"; });
        if (is_failed && is_search) answer.page->searched = searched, answer.page->records = 30;
        const auto first = static_cast<std::size_t>(number(request, "offset"));
        const auto end = std::min(list.size(), first + static_cast<std::size_t>(number(request, "limit")));
        for (std::size_t i = first; i < end; ++i) {
          FailedRow row;
          row.key = {"fetch", list[i]};
          row.now.state = is_failed ? "failed" : "retrying";
          answer.page->rows.push_back(row);
        }
        ui.event(answer);
      }
    }
  }
  void keys(std::u32string_view all) {
    for (const Key key : all) {
      ui.key(key);
      answer();
    }
  }
  void later() {
    ui.now += 6 * kSecond;
    ui.event(Ticked{});
    answer();
  }
  [[nodiscard]] std::string at() const { return ui.state.failed.item ? ui.state.failed.item->id : ""; }
};

}  // namespace

TEST_CASE("state: 4 asks for the part of the failed items that is shown, never for all of them") {
  FailedList list(100'000);
  list.ui.key(U'4');
  CHECK(list.ui.state.screen == Screen::Failed);
  REQUIRE(list.ui.looks.size() == 2);
  CHECK(list.ui.looks[0].command == "failed");
  CHECK(list.ui.looks[1].command == "retrying");
  CHECK(FailedList::number(list.ui.looks[0], "limit") < 100);
  list.answer();
  CHECK(list.at() == "f0");

  list.ui.key(U'G');
  CHECK(list.at() == "");  // not known yet
  REQUIRE(list.ui.looks.size() >= 1);
  CHECK(FailedList::number(list.ui.looks[0], "offset") > 99'900);
  list.answer();
  CHECK(list.at() == "f99999");
  CHECK(list.ui.state.failed.failed.rows.size() < 100);
}

TEST_CASE("state: the cursor stays on its failed item when others go from the list before it") {
  FailedList list(30);
  list.keys(U"4jjj");
  CHECK(list.at() == "f3");
  list.failed.erase(list.failed.begin());
  list.later();
  CHECK(list.at() == "f3");
  CHECK(list.ui.state.failed.place == 2);

  list.failed.erase(list.failed.begin() + 2);
  list.later();
  CHECK(list.at() == "f3");
  CHECK_FALSE(list.ui.state.failed.is_there);
  list.keys(U"R");
  CHECK(list.ui.sent.empty());  // the one that has its row now was not meant
  list.keys(U"j");
  CHECK(list.at() == "f4");
}

TEST_CASE("state: an item that is tried again and then fails for good keeps the cursor") {
  FailedList list(2);
  list.retrying = {"r0", "r1"};
  list.keys(U"4Gk");
  CHECK(list.at() == "r0");
  list.retrying.erase(list.retrying.begin());
  list.failed.emplace_back("r0");
  list.later();
  CHECK(list.at() == "r0");
  CHECK(list.ui.state.failed.is_there);
  CHECK(list.ui.state.failed.place == 2);
}

TEST_CASE("state: R gives the item under the cursor back at once, and says what came of it") {
  FailedList list(3);
  list.keys(U"4jR");
  REQUIRE(list.ui.sent.size() == 1);
  CHECK(text_of(list.ui.sent[0]) == "failed retry=true stage=fetch ids=f1");
  Answered answer{list.ui.sent[0].id, {}, {}, "", {}};
  answer.given_back = GivenBack{1, 0, 0};
  list.ui.event(answer);
  CHECK(list.ui.said() == "#f1 of fetch is back in the queue");
  CHECK_FALSE(list.ui.looks.empty());  // the list is asked for anew

  list.answer();
  list.keys(U"R");
  answer.id = list.ui.sent[1].id;
  answer.given_back = GivenBack{0, 1, 0};
  list.ui.event(answer);
  CHECK(list.ui.said() == "#f1 of fetch stays on the list: its stage has ended");
}

TEST_CASE("state: R on several failed items asks first; V marks all of them, whatever is shown") {
  FailedList list(500);
  list.keys(U"4  ");
  CHECK(list.ui.state.failed.marks.size() == 2);
  list.keys(U"R");
  REQUIRE(list.ui.state.dialog.has_value());
  CHECK(list.ui.state.dialog->title == "Give back 2 failed items?");
  list.keys(U"r");
  REQUIRE(list.ui.sent.size() == 1);
  CHECK(text_of(list.ui.sent[0]) == "failed retry=true stage=fetch ids=f0,f1");

  list.keys(U"VR");
  REQUIRE(list.ui.state.dialog.has_value());
  CHECK(list.ui.state.dialog->title == "Give back 500 failed items?");
  list.ui.key(kKeyEsc);
  CHECK(list.ui.sent.size() == 1);
  list.keys(U"VRr");
  REQUIRE(list.ui.sent.size() == 2);
  CHECK(text_of(list.ui.sent[1]) == "failed retry=true");
}

TEST_CASE("state: marks of failed items outlive a question that was not answered, and are gone when it was") {
  FailedList list(5);
  list.keys(U"4  R");
  REQUIRE(list.ui.state.dialog.has_value());
  list.ui.key(kKeyEsc);
  CHECK(list.ui.state.failed.marks.size() == 2);
  list.keys(U"Rr");
  CHECK(list.ui.state.failed.marks.empty());
  list.keys(U"V");
  list.keys(U"R");
  list.ui.key(kKeyEsc);
  CHECK(list.ui.state.failed.all_marked);
  list.keys(U"Rr");
  CHECK_FALSE(list.ui.state.failed.all_marked);
}

TEST_CASE("state: x fails an item that is tried again, after a question; one that has failed already it does not") {
  FailedList list(1);
  list.retrying = {"r0"};
  list.keys(U"4x");
  CHECK_FALSE(list.ui.state.dialog.has_value());
  CHECK(list.ui.said() == "it has failed for good already; R gives it back");
  list.keys(U"jx");
  REQUIRE(list.ui.state.dialog.has_value());
  CHECK(list.ui.state.dialog->focus == 0);
  list.keys(U"x");
  REQUIRE(list.ui.sent.size() == 1);
  CHECK(text_of(list.ui.sent[0]) == "fail stage=fetch ids=r0 kill=false");
}

TEST_CASE("state: x on a worker asks, and fails the item that it had when the key was pressed") {
  Driven ui;
  ui.keys(U"\rjx");
  REQUIRE(ui.state.dialog.has_value());
  CHECK(ui.state.dialog->title == "Fail item #102 of fetch for good?");
  ui.run.workers[2].item_id = "999";
  ui.data();
  REQUIRE(ui.state.dialog.has_value());
  CHECK(ui.state.dialog->title == "Fail item #102 of fetch for good?");
  CHECK(ui.state.dialog->lines[1].starts_with("The worker that has it is killed"));
  ui.key(U'x');
  REQUIRE(ui.sent.size() == 1);
  CHECK(text_of(ui.sent[0]) == "fail stage=fetch ids=102 kill=true");
}

TEST_CASE("state: a monitor that only watches gives nothing back") {
  FailedList list(1);
  list.ui.state.read_only = true;
  list.keys(U"4Rx");
  CHECK(list.ui.sent.empty());
  CHECK(list.ui.said() == "this monitor only watches (--read-only)");
}

TEST_CASE("state: the failed items are there to be read after the run has ended") {
  FailedList list(2);
  list.ui.run.state = RunState::Done;
  list.ui.run.workers.clear();
  list.ui.data();
  list.keys(U"4");
  CHECK(list.at() == "f0");
  list.keys(U"R");
  CHECK(list.ui.said() == "the run has ended");
}

TEST_CASE("state: rows that the engine cannot give are not asked for again and again, but once a second") {
  FailedList list(30);
  list.ui.key(U'4');
  const auto answer_with = [&](std::size_t rows) {
    std::size_t asked = 0;
    for (const ControlRequest& request : std::exchange(list.ui.looks, {})) {
      if (request.command != "failed") continue;
      ++asked;
      Answered answer{request.id, {}, {}, "", {}};
      answer.page.emplace().total = 30;
      for (std::size_t i = 0; i < rows; ++i) {
        FailedRow row;
        row.key = {"fetch", fmt::format("f{}", i)};
        answer.page->rows.push_back(row);
      }
      list.ui.event(answer);
    }
    return asked;
  };
  CHECK(answer_with(1) == 1);
  CHECK(answer_with(2) == 1);  // more than before: there may be more still
  CHECK(answer_with(2) == 1);
  CHECK(answer_with(2) == 0);
  list.ui.now += 2 * kSecond;
  list.ui.event(Ticked{});
  CHECK(answer_with(30) == 1);
  CHECK(list.ui.state.failed.failed.rows.size() == 30);
}

TEST_CASE("state: / on screen 4 shows only the items that fit; Esc shows all again") {
  FailedList list(30);
  list.keys(U"4jjj/");
  REQUIRE(list.ui.state.prompt.has_value());
  list.ui.key(U'f');
  list.answer();
  for (const Key key : std::u32string_view(U"1")) list.ui.key(key);
  REQUIRE(list.ui.looks.size() == 2);
  CHECK(text_of(list.ui.looks[0]) == "failed offset=0 limit=22 brief=true match=f1");
  CHECK(text_of(list.ui.looks[1]) == "retrying offset=0 limit=22 match=f1");
  list.failed = {"f1", "f10", "f11"};  // as the engine finds them
  list.answer();
  list.ui.key(kKeyEnter);
  CHECK(list.at() == "f1");
  CHECK(list.ui.state.failed.count() == 3);
  CHECK(list.ui.said().find("only items that fit") != std::string::npos);
  list.ui.key(kKeyEsc);
  list.answer();
  CHECK(list.ui.state.screen == Screen::Failed);
  CHECK(list.ui.state.failed.match.empty());
  list.ui.key(kKeyEsc);
  CHECK(list.ui.state.screen == Screen::Pipeline);
}

TEST_CASE("state: a filter of failed items that was not accepted leaves what was before") {
  FailedList list(30);
  list.keys(U"4/a");
  list.ui.key(kKeyEnter);
  list.answer();
  list.keys(U"/bc");
  CHECK(list.ui.state.failed.match == "abc");
  list.ui.key(kKeyEsc);
  list.answer();
  CHECK(list.ui.state.failed.match == "a");
}

TEST_CASE("state: under a filter V and R give back what fits, once it is known what does") {
  FailedList list(30);
  list.searched = 10;
  list.keys(U"4/f1");
  list.ui.key(kKeyEnter);
  list.answer();
  list.keys(U"VR");
  CHECK_FALSE(list.ui.state.dialog.has_value());
  CHECK(list.ui.said().find("not known yet which fit") != std::string::npos);
  list.searched = 30;
  list.later();
  list.keys(U"R");
  REQUIRE(list.ui.state.dialog.has_value());
  CHECK(list.ui.state.dialog->title == "Give back 30 failed items that fit \"f1\"?");
  list.keys(U"r");
  REQUIRE(list.ui.sent.size() == 1);
  CHECK(text_of(list.ui.sent[0]) == "failed retry=true match=f1");
}

TEST_CASE("state: while items are looked for the engine is asked again ten times a second, then no more") {
  FailedList list(30);
  list.searched = 10;
  list.keys(U"4/x");
  list.answer();
  list.ui.now += 50 * kMillisecond;
  list.ui.event(Ticked{});
  CHECK(list.ui.looks.empty());
  list.ui.now += 60 * kMillisecond;
  list.ui.event(Ticked{});
  REQUIRE(list.ui.looks.size() == 1);
  list.searched = 30;
  list.answer();
  list.ui.now += 200 * kMillisecond;
  list.ui.event(Ticked{});
  CHECK(list.ui.looks.empty());
}

TEST_CASE("state: an answer about the filter of before is not taken for one about this") {
  FailedList list(30);
  list.keys(U"4/a");
  const auto old = std::exchange(list.ui.looks, {});
  list.ui.key(U'b');
  CHECK(list.ui.state.failed.match == "ab");
  if (!old.empty()) {
    Answered late{old[0].id, {}, {}, "", {}};
    late.page.emplace().total = 7;
    list.ui.event(late);
  }
  CHECK(list.ui.state.failed.count() == 0);
}

}  // namespace pooltop
