// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include "tests/unit/state/crawl.h"

namespace pooltop {
namespace {

Answered peeked(const UiState& state, std::vector<std::string> ids) {
  Answered answer{state.queue.asked, {}, {}, "", {}};
  Peek& peek = answer.peek.emplace();
  peek.stage = state.queue.stage;
  peek.depth = ids.size();
  for (std::string& id : ids) peek.items.push_back({std::move(id), "x", 1, 0.5});
  return answer;
}

}  // namespace

TEST_CASE("state: 3 shows the queues, and asks for the first items of the one under the cursor once a second") {
  Driven ui;
  ui.key(U'3');
  CHECK(ui.state.screen == Screen::Queues);
  CHECK(ui.state.stage == "fetch");
  REQUIRE(ui.looks.size() == 1);
  CHECK(text_of(ui.looks[0]).starts_with("peek stage=fetch count=20"));

  ui.event(peeked(ui.state, {"1", "2"}));
  ui.event(Ticked{});
  CHECK(ui.looks.size() == 1);
  ui.now += kSecond;
  ui.event(Ticked{});
  CHECK(ui.looks.size() == 2);
  ui.key(U'j');
  CHECK(ui.state.stage == "store");
  CHECK_FALSE(ui.state.queue.now.has_value());
  CHECK(ui.looks.size() == 3);  // at once: another queue
}

TEST_CASE("state: a source has no queue, so the cursor of the queues is never on one") {
  Driven ui;
  ui.key(U'g');
  CHECK(ui.state.stage == "urls");
  ui.key(U'3');
  CHECK(ui.state.stage == "fetch");
  ui.keys(U"kkk");
  CHECK(ui.state.stage == "fetch");
  ui.keys(U"G");
  CHECK(ui.state.stage == "store");
}

TEST_CASE("state: the cursor in a queue stays on its item while items before it are taken, and when it is taken") {
  Driven ui;
  ui.key(U'3');
  ui.event(peeked(ui.state, {"1", "2", "3"}));
  ui.keys(U"\rj");
  REQUIRE(ui.state.queue.item.has_value());
  CHECK(ui.state.queue.item->id == "2");

  ui.now += kSecond;
  ui.event(Ticked{});
  ui.event(peeked(ui.state, {"2", "3", "4"}));
  CHECK(ui.state.queue.item->id == "2");
  CHECK(ui.state.queue.place == 0);
  ui.now += kSecond;
  ui.event(Ticked{});
  ui.event(peeked(ui.state, {"3", "4"}));
  CHECK(ui.state.queue.item->id == "2");
  ui.key(U'j');  // it is gone: the next one is that at its place
  CHECK(ui.state.queue.item->id == "3");
}

TEST_CASE("state: Enter goes into a queue, Esc out of it and then back") {
  Driven ui;
  ui.keys(U"23\r");
  CHECK(ui.said() == "no item waits here");
  ui.event(peeked(ui.state, {"1"}));
  ui.key(kKeyEnter);
  CHECK(ui.state.pane == Pane::Items);
  ui.key(kKeyEsc);
  CHECK(ui.state.pane == Pane::Stages);
  CHECK(ui.state.screen == Screen::Queues);
  ui.key(kKeyEsc);
  CHECK(ui.state.screen == Screen::Workers);
}

TEST_CASE("state: among queues p and + act on the stage, and what is for workers' tables says so") {
  Driven ui;
  ui.keys(U"3p");
  REQUIRE(ui.sent.size() == 1);
  CHECK(text_of(ui.sent[0]) == "pause targets=fetch");
  ui.key(U's');
  CHECK_FALSE(ui.state.menu.has_value());
  CHECK(ui.said() == "that is for tables of workers: 2 shows all");
}

TEST_CASE("state: no queue is asked about while the display is frozen, and an answer of another queue is not shown") {
  Driven ui;
  ui.key(U'3');
  Answered late = peeked(ui.state, {"1"});
  ui.key(U'j');
  ui.event(late);
  CHECK_FALSE(ui.state.queue.now.has_value());
  const std::size_t asked = ui.looks.size();
  ui.state.frozen_since = ui.now;
  ui.now += 10 * kSecond;
  ui.event(Ticked{});
  CHECK(ui.looks.size() == asked);
}

TEST_CASE("state: when the run ends while one looks into a queue, the stages have the keys") {
  Driven ui;
  ui.key(U'3');
  ui.event(peeked(ui.state, {"1"}));
  ui.key(kKeyEnter);
  ui.run.state = RunState::Done;
  ui.run.items.failed = 0;
  ui.run.workers.clear();
  ui.data();
  CHECK(ui.state.screen == Screen::Pipeline);
  CHECK(ui.state.pane == Pane::Stages);
}

TEST_CASE("state: what a queue lost is what came in and does not wait any more") {
  History history;
  Snapshot run = crawl_run();
  for (int second = 0; second < 4; ++second) {
    run.elapsed_s = second;
    run.stages[1].in = static_cast<std::uint64_t>(100 + 10 * second);
    run.stages[1].queue->depth = static_cast<std::uint64_t>(20 + 4 * second);
    history.take(run);
  }
  REQUIRE(history.taken_rate(1, 10).has_value());
  CHECK(*history.taken_rate(1, 10) == doctest::Approx(6));
}

}  // namespace pooltop
