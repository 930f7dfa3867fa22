// SPDX-License-Identifier: MIT
#include "tui/state/problems.h"

#include <doctest/doctest.h>

#include "tests/unit/state/crawl.h"

namespace pooltop {
namespace {

// A slow worker, and a stage with a full disk.
Driven with_problems() {
  Driven ui;
  ui.run.items.failed = 0;
  ui.run.problems = {{"error", "store", std::nullopt, 1, "No space left on device; tried again every second"},
                     {"warning", "fetch", 103, 5, "32s on item 103, p99 is 0.9s"}};
  ui.data();
  return ui;
}

std::string under_cursor(const Driven& ui) {
  const auto at = selected_problem(ui.state, ui.run);
  return at ? ui.run.problems[*at].stage : "none";
}

}  // namespace

TEST_CASE("state: e lists the problems, e and E go through them, Esc leaves everything as it was") {
  Driven ui = with_problems();
  const pid_t before = ui.at();
  ui.key(U'e');
  CHECK(ui.state.overlay == Overlay::Problems);
  CHECK(under_cursor(ui) == "store");
  ui.key(U'e');
  CHECK(under_cursor(ui) == "fetch");
  ui.key(U'e');
  CHECK(under_cursor(ui) == "store");
  ui.key(U'E');
  CHECK(under_cursor(ui) == "fetch");
  ui.key(U'k');
  CHECK(under_cursor(ui) == "store");
  ui.key(kKeyEsc);
  CHECK(ui.state.overlay == Overlay::None);
  CHECK(ui.at() == before);
  CHECK(ui.sent.empty());
}

TEST_CASE("state: E begins with the last problem") {
  Driven ui = with_problems();
  ui.key(U'E');
  CHECK(under_cursor(ui) == "fetch");
}

TEST_CASE("state: Enter on a problem goes to the worker or the stage that it is about") {
  Driven ui = with_problems();
  ui.keys(U"ee\r");
  CHECK(ui.state.overlay == Overlay::None);
  CHECK(ui.at() == 103);
  CHECK(ui.state.pane == Pane::Workers);
  ui.keys(U"eE\r");
  CHECK(ui.state.stage == "store");
  CHECK(ui.state.pane == Pane::Stages);
}

TEST_CASE("state: what is done in the list of problems is done to the worker of that problem") {
  Driven ui = with_problems();
  ui.keys(U"eeK");
  REQUIRE(ui.state.dialog);
  CHECK(ui.state.dialog->targets.front().pid == 103);
  ui.key(kKeyEsc);
  ui.keys(U"ep");
  REQUIRE(ui.sent.size() == 1);
  CHECK(text_of(ui.sent[0]).find("103") != std::string::npos);
  ui.keys(U"ei");
  CHECK(ui.state.overlay == Overlay::Inspect);
  CHECK(ui.state.inspect.worker->pid == 103);
}

TEST_CASE("state: a problem of a stage is dealt with at the stage, wherever one came from") {
  Driven ui = with_problems();
  ui.run.problems = {{"error", "store", std::nullopt, 12, "stalled: 3 items wait"}};
  ui.data();
  ui.keys(U"2e");
  ui.key(U'p');
  CHECK(ui.state.screen == Screen::Pipeline);
  REQUIRE(ui.sent.size() == 1);
  CHECK(text_of(ui.sent[0]) == "pause targets=store");
}

TEST_CASE("state: problems that are alike are gone through one by one") {
  Driven ui = with_problems();
  const Problem same{"error", "fetch", std::nullopt, 3, "slot cannot start: too many open files"};
  ui.run.problems = {same, same, same, {"warning", "fetch", 103, 5, "slow"}};
  ui.data();
  ui.key(U'e');
  for (const std::size_t place : {1u, 2u, 3u, 0u}) {
    ui.key(U'e');
    CHECK(selected_problem(ui.state, ui.run) == place);
  }
}

TEST_CASE("state: what is marked elsewhere is not acted on from the list of problems") {
  Driven ui = with_problems();
  ui.keys(U"\r U");
  ui.keys(U" ");
  REQUIRE(ui.state.marks.size() == 1);
  for (const Key key : {U'K', U'p', U'r'}) {
    ui.keys(U"eE");
    ui.key(key);
    CHECK(ui.said() == "1 marked elsewhere: Esc, then U unmarks; or Enter goes there");
    ui.key(kKeyEsc);
  }
  CHECK(ui.sent.empty());
  CHECK_FALSE(ui.state.dialog);
}

TEST_CASE("state: the cursor stays on its problem while others come, go and change their figures") {
  Driven ui = with_problems();
  ui.keys(U"ee");
  ui.run.problems.insert(ui.run.problems.begin(), {"error", "urls", std::nullopt, 9, "given up"});
  ui.run.problems[2].text = "33s on item 103, p99 is 0.8s";
  ui.data();
  CHECK(under_cursor(ui) == "fetch");
  ui.run.problems.pop_back();
  ui.data();
  CHECK(under_cursor(ui) == "none");
  ui.key(U'K');
  CHECK_FALSE(ui.state.dialog);
  CHECK(ui.said() == "this problem is over: Up and Down go to the others");
  ui.key(kKeyDown);
  CHECK(under_cursor(ui) == "store");
}

TEST_CASE("state: nothing is done to a worker of a problem whose process has ended") {
  Driven ui = with_problems();
  ui.run.problems = {{"warning", "fetch", 4711, 5, "killed by SIGSEGV on item 7"}};
  ui.data();
  for (const Key key : {U'K', U'i', U'p', U'r'}) {
    ui.keys(U"e");
    ui.key(key);
    CHECK(ui.said() == "worker 4711 has ended");
    CHECK(ui.sent.empty());
    CHECK_FALSE(ui.state.dialog);
  }
}

TEST_CASE("state: a problem says what can be done, with the keys that do it") {
  Driven ui = with_problems();
  CHECK(next_step(ui.run.problems[1], ui.run, ui.state.bindings) ==
        "try 1/3; i: where it is; o: its output; K: kill it, its item goes back");
  WorkerStatus starting = *worker_of(ui.run.problems[1], ui.run);
  starting.pid = 99'999;
  starting.item_id.reset();
  starting.attempt = 0;
  ui.run.workers.push_back(starting);
  CHECK(next_step({"warning", "fetch", 99'999, 5, "starting for 15s"}, ui.run, ui.state.bindings) ==
        "i: where it is; o: its output; K: kill it, another one takes its place");
  StageStatus& fetch = ui.run.stages[1];
  fetch.paused = fetch.workers;
  CHECK(next_step({"error", "fetch", std::nullopt, 12, "stalled"}, ui.run, ui.state.bindings) == "p: resume it");
  fetch.paused = 0;
  CHECK(next_step({"error", "fetch", std::nullopt, 12, "stalled"}, ui.run, ui.state.bindings) ==
        "o: what its workers wrote");
  CHECK(next_step({"error", "", std::nullopt, 0, "the engine cannot go on"}, ui.run, ui.state.bindings).empty());
}

TEST_CASE("state: without problems e says so, and where failed items are") {
  Driven ui;
  ui.key(U'e');
  CHECK(ui.said() == "no problems now; 1 item failed: 4 shows it");
  ui.run.items.failed = 0;
  ui.data();
  ui.key(U'e');
  CHECK(ui.said() == "no problems");
  CHECK(ui.state.overlay == Overlay::None);
}

}  // namespace pooltop
