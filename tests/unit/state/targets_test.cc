// SPDX-License-Identifier: MIT
// Whom a key hits: what one sees, and what is still there.
#include <doctest/doctest.h>

#include "tests/unit/state/crawl.h"

namespace pooltop {

TEST_CASE("state: of several workers in a dialog those that ended leave it, and nothing is sent for them") {
  Driven ui;
  ui.keys(U"\rVK");
  REQUIRE(ui.state.dialog);
  CHECK(ui.state.dialog->title == "Kill 4 workers?");
  ui.run.workers[1].started_at = "2026-01-31T12:30:00Z";  // another process with that PID
  std::erase_if(ui.run.workers, [](const WorkerStatus& worker) { return worker.pid == 102; });
  ui.data();
  CHECK(ui.state.dialog->title == "Kill 2 workers?");
  CHECK(ui.state.dialog->lines[0] == "PIDs 103 104");

  ui.key(U'9');

  REQUIRE(ui.sent.size() == 2);
  CHECK(text_of(ui.sent[0]).starts_with("kill pids=103 "));
  CHECK(text_of(ui.sent[1]).starts_with("kill pids=104 "));
  for (const ControlRequest& request : ui.sent) ui.event(Answered{request.id, {}, {}, {}});
  CHECK(ui.said() == "killed 2 workers");
}

TEST_CASE("state: in a worker's details, and on the screen of its output, keys act on it, whatever is marked") {
  for (const std::u32string_view way : {U"\r j\r", U"\r jo"}) {
    Driven ui;
    ui.keys(way);
    REQUIRE(ui.state.marks.size() == 1);
    REQUIRE(ui.at() == 103);

    ui.key(U'p');

    REQUIRE(ui.sent.size() == 1);
    CHECK(text_of(ui.sent[0]).starts_with("pause targets=103 "));
  }
}

TEST_CASE("state: Space in a worker's output does not move the cursor to another one") {
  Driven ui;
  ui.keys(U"\ro ");
  CHECK(ui.at() == 101);
  CHECK(ui.state.marks.empty());
}

TEST_CASE("state: in output that was widened to a stage keys act on the stage, in that of all on nothing") {
  Driven ui;
  ui.keys(U"\roap");
  REQUIRE(ui.sent.size() == 1);
  CHECK(text_of(ui.sent[0]) == "pause targets=fetch");
  ui.keys(U"ap");
  CHECK(ui.sent.size() == 1);
  CHECK(ui.said() == "this is the output of all stages: a goes back to one");
}

TEST_CASE("state: a marked worker that is not on the screen is asked about, also where it is the only one") {
  for (const Key key : {U'p', U'r'}) {
    Driven ui;
    ui.run.workers[1].item_id.reset();
    ui.run.workers[1].state = WorkerState::Idle;
    for (std::uint32_t i = 0; i < 30; ++i) {
      ui.run.workers.push_back(ui.run.workers[4]);
      ui.run.workers.back().pid = static_cast<pid_t>(1000 + i);
    }
    ui.data();
    ui.keys(U"\r G");  // the mark is on the first, the cursor on the last
    REQUIRE(ui.state.marks.size() == 1);

    ui.key(key);

    CHECK(ui.sent.empty());
    REQUIRE(ui.state.dialog);
    CHECK(ui.state.dialog->title.find("worker 101 ") != std::string::npos);
    ui.key(key == U'p' ? U'p' : U'n');
    REQUIRE(ui.sent.size() == 1);
    CHECK(text_of(ui.sent[0]).find("targets=101 ") != std::string::npos);
  }
}

TEST_CASE("state: where neither stages nor workers are drawn no key acts on them; the run can still be paused") {
  Driven ui;
  ui.keys(U"\r");
  ui.event(Resized{8, 60});
  ui.keys(U"pKr+-");
  CHECK(ui.sent.empty());
  CHECK_FALSE(ui.state.dialog);
  CHECK(ui.said() == "no stage or worker is shown at this size: nothing was done");
  ui.key(U'P');
  CHECK(ui.sent.size() == 1);
}

TEST_CASE("state: what has ended is not paused, restarted or scaled") {
  Driven ui;
  ui.run.stages[1].state = StageState::Done;
  ui.data();
  ui.keys(U"pr+-");
  CHECK(ui.sent.empty());
  CHECK_FALSE(ui.state.dialog);
  CHECK(ui.said() == "fetch has ended");
}

TEST_CASE("state: a dialog about a stage that ends takes no key but Esc") {
  Driven ui;
  ui.key(U'r');
  REQUIRE(ui.state.dialog);
  ui.run.stages[1].state = StageState::Done;
  ui.data();
  CHECK(ui.state.dialog->target_gone);

  ui.keys(U"an");
  CHECK(ui.sent.empty());
  ui.key(kKeyEsc);
  CHECK_FALSE(ui.state.dialog);
}

}  // namespace pooltop
