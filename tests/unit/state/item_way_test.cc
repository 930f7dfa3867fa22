// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include "tests/unit/state/crawl.h"
#include "tui/state/item_lines.h"

namespace pooltop {
namespace {

Answered way_answer(const UiState& state, const std::string& where, std::size_t tries = 1) {
  Answered answer{state.item.asked, {}, {}, "", {}};
  ItemWay& way = answer.way.emplace();
  way.stage = state.item.key->stage;
  way.id = state.item.key->id;
  way.item = "slow.bin";
  way.now.state = where;
  way.now.attempt = 2;
  way.now.max_attempts = 3;
  for (std::size_t i = 0; i < tries; ++i) {
    ItemTry one;
    one.attempt = static_cast<std::uint32_t>(i + 1);
    one.pid = 101;
    one.end = "failed";
    one.exit = 56;
    one.standard_error = "line one\nline two\n";
    way.tries.push_back(one);
  }
  return answer;
}

std::string all_text(const UiState& state) {
  std::string text;
  for (const ItemLine& line : item_lines(state)) text += line.what + " " + line.text + "\n";
  return text;
}

/// The way of item 102 of fetch is shown; one came from its worker's details.
Driven at_item() {
  Driven ui;
  ui.keys(U"\rj\r\r");
  return ui;
}

}  // namespace

TEST_CASE("state: Enter in a worker's details shows its item's way, asked for again each second; Esc goes back") {
  Driven ui = at_item();
  CHECK(ui.state.screen == Screen::Item);
  REQUIRE_FALSE(ui.looks.empty());
  CHECK(text_of(ui.looks.back()) == "item stage=fetch item_id=102");
  CHECK(all_text(ui.state).find("item-102") != std::string::npos);

  ui.event(way_answer(ui.state, "in_work"));
  const std::size_t asked = ui.looks.size();
  ui.event(Ticked{});
  CHECK(ui.looks.size() == asked);
  ui.now += kSecond;
  ui.event(Ticked{});
  CHECK(ui.looks.size() == asked + 1);
  ui.key(kKeyEsc);
  CHECK(ui.state.screen == Screen::Detail);
  CHECK(ui.at() == 102);
}

TEST_CASE("state: the item stays the same when its worker goes on to another one") {
  Driven ui = at_item();
  ui.run.workers[2].item_id = "999";
  ui.data();
  ui.now += kSecond;
  ui.event(Ticked{});
  CHECK(text_of(ui.looks.back()) == "item stage=fetch item_id=102");
}

TEST_CASE("state: after a kill Enter goes to what became of the item that the worker had") {
  Driven ui;
  ui.keys(U"\rjK9");
  REQUIRE(ui.sent.size() == 1);
  ui.event(Answered{ui.sent[0].id, {}, {}, "", {}});
  ui.run.workers[2].state = WorkerState::Killed;
  ui.run.workers[2].item_id.reset();
  ui.data();
  ui.run.workers[2] = crawl_run().workers[2];
  ui.run.workers[2].pid = 300;
  ui.run.workers[2].item_id = "777";
  ui.data();
  CHECK(ui.at() == 0);
  ui.key(kKeyEnter);
  REQUIRE(ui.state.screen == Screen::Item);
  CHECK(*ui.state.item.key == ItemKey{"fetch", "102"});
}

TEST_CASE("state: Enter on an item in work goes to the worker that has it") {
  Driven ui = at_item();
  Answered answer = way_answer(ui.state, "in_work");
  answer.way->now.pid = 104;
  ui.event(answer);
  ui.key(kKeyEnter);
  CHECK(ui.state.screen == Screen::Detail);
  CHECK(ui.at() == 104);
  ui.key(kKeyEsc);
  ui.key(kKeyEsc);
  CHECK(ui.state.screen == Screen::Pipeline);
}

TEST_CASE("state: R and x act on the item that is shown, as far as where it is allows that") {
  Driven ui = at_item();
  ui.event(way_answer(ui.state, "queued"));
  ui.key(U'R');
  CHECK(ui.sent.empty());
  CHECK(ui.said() == "it has not failed: there is nothing to give back");
  ui.keys(U"xx");
  REQUIRE(ui.sent.size() == 1);
  CHECK(text_of(ui.sent[0]) == "fail stage=fetch ids=102 kill=false");

  ui.now += kSecond;
  ui.event(Ticked{});
  ui.event(way_answer(ui.state, "failed"));
  ui.key(U'R');
  REQUIRE(ui.sent.size() == 2);
  CHECK(text_of(ui.sent[1]) == "failed retry=true stage=fetch ids=102");
  ui.key(U'p');
  CHECK(ui.sent.size() == 2);
  CHECK(ui.said() == "that is for workers and stages: 1 and 2 show them");
}

TEST_CASE("state: what the engine refuses to tell of an item is said, and what was known of it stays") {
  Driven ui = at_item();
  ui.event(way_answer(ui.state, "retrying"));
  ui.now += kSecond;
  ui.event(Ticked{});
  ui.event(Answered{ui.state.item.asked, "nothing is known of it (no_such_target)", {}, "", {}});
  const std::string text = all_text(ui.state);
  CHECK(text.find("nothing is known of it") != std::string::npos);
  CHECK(text.find("exit 56") != std::string::npos);
}

TEST_CASE("state: a long way is scrolled, and no further than it goes") {
  Driven ui = at_item();
  ui.event(way_answer(ui.state, "failed", 16));
  ui.key(U'G');
  const std::size_t last = ui.state.item.top;
  CHECK(last > 10);
  ui.key(U'j');
  CHECK(ui.state.item.top == last);
  ui.key(U'k');
  CHECK(ui.state.item.top == last - 1);
  ui.key(U'g');
  CHECK(ui.state.item.top == 0);
}

TEST_CASE("state: an item's way is printable, whatever the item and its programs said, and fits the screen") {
  Driven ui = at_item();
  const std::string evil = "\x1b]0;owned\x07\r\xff" + std::string(500, 'x');
  Answered answer = way_answer(ui.state, "failed");
  answer.way->item = answer.way->now.error = evil;
  answer.way->tries[0].error = answer.way->tries[0].started_at = answer.way->tries[0].standard_error = evil;
  ui.event(answer);
  for (const ItemLine& line : item_lines(ui.state)) {
    for (const char c : line.text) CHECK(static_cast<unsigned char>(c) >= 0x20);
    CHECK(line.text.size() <= 72);
  }
}

TEST_CASE("state: what a try wrote is not told twice where the engine's reason quotes it") {
  Driven ui = at_item();
  Answered answer = way_answer(ui.state, "failed", 3);
  answer.way->tries[0].error = "exited with 56: line two";
  answer.way->tries[1].error = "exited with 56: another";
  answer.way->tries[2].exit.reset();
  answer.way->tries[2].signal = 11;
  answer.way->tries[2].error = "ended by SIGSEGV";
  ui.event(answer);
  const std::string text = all_text(ui.state);
  CHECK(text.find("exited with") == std::string::npos);
  CHECK(text.find("ended by") == std::string::npos);
  CHECK(text.find("another") != std::string::npos);
}

TEST_CASE("state: Enter on a failed item and on one that waits shows its way") {
  Driven ui;
  ui.key(U'3');
  Answered peek{ui.state.queue.asked, {}, {}, "", {}};
  peek.peek = Peek{"fetch", 1, {{"7", "seven", 5, 0.1}}};
  ui.event(peek);
  ui.keys(U"\r\r");
  CHECK(ui.state.screen == Screen::Item);
  CHECK(*ui.state.item.key == ItemKey{"fetch", "7"});
  ui.key(kKeyEsc);
  CHECK(ui.state.screen == Screen::Queues);
  CHECK(ui.state.pane == Pane::Items);

  ui.key(U'4');
  Answered failed{ui.state.failed.failed.asked, {}, {}, "", {}};
  failed.page.emplace().total = 1;
  failed.page->rows.emplace_back().key = {"fetch", "8"};
  ui.event(failed);
  ui.key(kKeyEnter);
  CHECK(*ui.state.item.key == ItemKey{"fetch", "8"});
  ui.key(kKeyEsc);
  CHECK(ui.state.screen == Screen::Failed);
}

}  // namespace pooltop
