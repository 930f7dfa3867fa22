// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include "tests/unit/state/crawl.h"

namespace pooltop {

TEST_CASE("state: q detaches at once from a run that was attached to") {
  Driven ui(/*owns_run=*/false);
  ui.key(U'q');
  CHECK(ui.effect == Effect::Leave);
  CHECK(ui.sent.empty());
}

TEST_CASE("state: q in a run started here asks: Cancel, detach, drain, stop now") {
  for (const auto& [letter, request] : {std::pair{U'w', "stop"}, {U'9', "stop now=true"}}) {
    Driven ui;
    ui.key(U'q');
    REQUIRE(ui.state.dialog);
    CHECK(ui.state.dialog->choices[0].label == "Cancel");
    ui.key(letter);
    REQUIRE(ui.sent.size() == 1);
    CHECK(text_of(ui.sent[0]) == request);
    CHECK(ui.effect == Effect::None);
    ui.run.state = RunState::Stopped;
    ui.data();
    CHECK(ui.effect == Effect::Leave);
  }
  Driven ui;
  ui.keys(U"qd");
  CHECK(ui.effect == Effect::Leave);
  CHECK(ui.sent.empty());
}

TEST_CASE("state: Ctrl-C asks, twice stops a run that was started here") {
  Driven ui;
  ui.key(ctrl('C'));
  REQUIRE(ui.state.dialog);
  CHECK(ui.sent.empty());
  ui.event(Interrupted{});
  REQUIRE(ui.sent.size() == 1);
  CHECK(text_of(ui.sent[0]) == "stop now=true");
}

TEST_CASE("state: Ctrl-C twice more leaves a run that does not stop") {
  Driven ui;
  for (int i = 0; i < 3; ++i) ui.key(ctrl('C'));
  CHECK(ui.effect == Effect::None);
  ui.key(ctrl('C'));
  CHECK(ui.effect == Effect::Leave);
}

TEST_CASE("state: Ctrl-C twice detaches from a run that was attached to") {
  Driven ui(/*owns_run=*/false);
  ui.key(ctrl('C'));
  CHECK(ui.state.dialog);
  ui.key(ctrl('C'));
  CHECK(ui.effect == Effect::Leave);
  CHECK(ui.sent.empty());
}

TEST_CASE("state: after the end the verdict stays until a key, q and Ctrl-C leave, and nothing is sent") {
  Driven ui;
  ui.keys(U"\rK");
  ui.run.state = RunState::Done;
  ui.run.workers.clear();
  ui.data();
  CHECK(ui.effect == Effect::None);
  CHECK_FALSE(ui.state.dialog);
  ui.keys(U"pP+D");
  CHECK(ui.sent.empty());
  CHECK(ui.said() == "the run has ended");
  ui.key(U'q');
  CHECK(ui.effect == Effect::Leave);
  ui.key(ctrl('C'));
  CHECK(ui.effect == Effect::Leave);
}

TEST_CASE("state: with --exit the end of the run leaves") {
  Driven ui;
  ui.state.leave_at_end = true;
  ui.run.state = RunState::Done;
  ui.data();
  CHECK(ui.effect == Effect::Leave);
}

TEST_CASE("state: the run ends on what failed, if anything did, else on the pipeline; who reads output is left there") {
  for (const std::uint64_t failed : {0u, 2u}) {
    Driven ui;
    ui.key(U'2');
    ui.run.state = RunState::Done;
    ui.run.items.failed = failed;
    ui.run.workers.clear();
    ui.data();
    CHECK(ui.state.screen == (failed > 0 ? Screen::Failed : Screen::Pipeline));
    ui.key(U'1');
    ui.data();
    CHECK(ui.state.screen == Screen::Pipeline);
  }
  Driven ui;
  ui.key(U'5');
  ui.run.state = RunState::Done;
  ui.data();
  CHECK(ui.state.screen == Screen::Output);
}

}  // namespace pooltop
