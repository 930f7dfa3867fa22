// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <algorithm>

#include "tests/unit/state/crawl.h"

namespace pooltop {

TEST_CASE("state: the first stage that works is selected at the start, and its workers are shown") {
  Driven ui;
  CHECK(ui.state.stage == "fetch");
  CHECK(ui.state.pane == Pane::Stages);
  CHECK(worker_rows(ui.state, ui.run).size() == 4);
}

TEST_CASE("state: j k and the arrows move in the pane that has the focus, and stop at its ends") {
  Driven ui;
  ui.key(U'j');
  CHECK(ui.state.stage == "store");
  ui.key(kKeyDown);
  CHECK(ui.state.stage == "store");
  ui.keys(U"kkk");
  CHECK(ui.state.stage == "urls");
  ui.keys(U"j\rj");
  CHECK(ui.at() == 102);
  ui.key(kKeyUp);
  ui.key(kKeyUp);
  CHECK(ui.at() == 101);
  ui.key(U'G');
  CHECK(ui.at() == 104);
  ui.key(U'g');
  CHECK(ui.at() == 101);
}

TEST_CASE("state: the cursor stays on its process when rows change places") {
  Driven ui;
  ui.keys(U"\rj");
  std::swap(ui.run.workers[2].slot, ui.run.workers[4].slot);
  ui.data();
  CHECK(ui.at() == 102);
  CHECK(selected_row(ui.state, ui.run) == std::size_t{3});
}

TEST_CASE("state: when its process ends the cursor is on nobody, says so, and goes on from that row") {
  Driven ui;
  ui.keys(U"\rj");
  std::erase_if(ui.run.workers, [](const WorkerStatus& worker) { return worker.pid == 102; });
  ui.data();
  CHECK(ui.at() == 0);
  CHECK(ui.said() == "worker 102 is gone; move to choose another; Enter: its item");

  ui.key(U'j');

  CHECK(ui.at() == 103);
}

TEST_CASE("state: Enter goes in, Esc goes back") {
  Driven ui;
  ui.key(kKeyEnter);
  CHECK(ui.state.pane == Pane::Workers);
  ui.key(kKeyEnter);
  CHECK(ui.state.screen == Screen::Detail);
  ui.key(kKeyEsc);
  CHECK(ui.state.screen == Screen::Pipeline);
  CHECK(ui.state.pane == Pane::Workers);
  ui.key(kKeyEsc);
  CHECK(ui.state.pane == Pane::Stages);
}

TEST_CASE("state: Tab goes round the panes that are shown") {
  Driven ui;
  ui.key(kKeyTab);
  CHECK(ui.state.pane == Pane::Workers);
  ui.key(kKeyTab);
  CHECK(ui.state.pane == Pane::Output);
  ui.key(kKeyTab);
  CHECK(ui.state.pane == Pane::Stages);
  ui.key(kKeyBackTab);
  CHECK(ui.state.pane == Pane::Output);
  ui.event(Resized{10, 40});
  CHECK(ui.state.pane == Pane::Stages);
  ui.key(kKeyTab);
  ui.key(kKeyTab);
  CHECK(ui.state.pane == Pane::Stages);
}

TEST_CASE("state: 1, 2 and 5 open their screens") {
  Driven ui;
  ui.key(U'2');
  CHECK(ui.state.screen == Screen::Workers);
  CHECK(worker_rows(ui.state, ui.run).size() == 6);
  ui.key(U'5');
  CHECK(ui.state.screen == Screen::Output);
  ui.key(U'1');
  CHECK(ui.state.screen == Screen::Pipeline);
  CHECK(ui.state.pane == Pane::Stages);
}

TEST_CASE("state: a large screen shows every worker, a cursor there selects its stage") {
  Driven ui;
  ui.event(Resized{40, 120});
  CHECK(worker_rows(ui.state, ui.run).size() == 6);
  ui.key(kKeyEnter);
  CHECK(ui.at() == 101);
  ui.key(U'G');
  CHECK(ui.at() == 201);
  CHECK(ui.state.stage == "store");
}

TEST_CASE("state: a table longer than its pane scrolls to its cursor, by rows and by pages") {
  Driven ui;
  for (int i = 0; i < 100; ++i) {
    WorkerStatus worker = ui.run.workers[1];
    worker.pid = 1000 + i;
    worker.slot = static_cast<std::uint32_t>(10 + i);
    ui.run.workers.push_back(worker);
  }
  ui.run.stages[1].workers = 104;
  ui.data();
  ui.keys(U"\rG");
  const auto rows = static_cast<std::size_t>(layout_of(ui.state, ui.run).worker_rows());
  CHECK(ui.at() == 1099);
  CHECK(ui.state.worker_top == 104 - rows);
  ui.key(kKeyPageUp);
  CHECK(ui.at() == 1099 - static_cast<int>(rows) + 1);
  ui.key(U'g');
  CHECK(ui.state.worker_top == 0);
}

TEST_CASE("state: a resize keeps cursor, marks and screen") {
  Driven ui;
  ui.keys(U"\rj j");
  const auto worker = ui.state.worker;
  for (const auto& [rows, cols] : {std::pair{10, 40}, {1, 1}, {60, 200}, {24, 80}}) ui.event(Resized{rows, cols});
  CHECK(ui.state.worker == worker);
  CHECK(ui.state.marks.size() == 1);
  CHECK(ui.state.pane == Pane::Workers);
}

TEST_CASE("state: V marks what is shown, U unmarks, and a mark goes with its process") {
  Driven ui;
  ui.keys(U"\rV");
  CHECK(ui.state.marks.size() == 4);
  std::erase_if(ui.run.workers, [](const WorkerStatus& worker) { return worker.pid == 103; });
  ui.data();
  CHECK(ui.state.marks.size() == 3);
  ui.key(U'U');
  CHECK(ui.state.marks.empty());
}

TEST_CASE("state: z freezes the display and lets it go") {
  Driven ui;
  ui.key(U'z');
  CHECK(ui.state.frozen_since.has_value());
  ui.key(U'z');
  CHECK_FALSE(ui.state.frozen_since.has_value());
}

TEST_CASE("state: help and the action log open, scroll and close") {
  Driven ui;
  for (const Key key : {U'?', U'@'}) {
    ui.key(key);
    CHECK(ui.state.overlay != Overlay::None);
    ui.keys(U"jj");
    CHECK(ui.state.overlay_top == 2);
    CHECK(ui.state.stage == "fetch");
    ui.key(kKeyEsc);
    CHECK(ui.state.overlay == Overlay::None);
  }
}

TEST_CASE("state: Ctrl-Z and Ctrl-L ask the terminal's side, also in a dialog") {
  Driven ui;
  ui.key(ctrl('Z'));
  CHECK(ui.effect == Effect::Suspend);
  ui.keys(U"\rK");
  ui.key(ctrl('L'));
  CHECK(ui.effect == Effect::Repaint);
  CHECK(ui.state.dialog);
}

TEST_CASE("state: a key that means nothing says so and does nothing") {
  Driven ui;
  const std::string stage = ui.state.stage;
  ui.key(kNoKey);
  CHECK_FALSE(ui.changed);
  ui.key(U'6');
  CHECK(ui.said() == "6 is no key here; ? shows all");
  CHECK(ui.state.stage == stage);
  CHECK(ui.sent.empty());
}

TEST_CASE("state: the clock changes nothing while data comes; a silence and a freeze count seconds") {
  Driven ui;
  ui.now += kSecond;
  ui.event(Ticked{});
  CHECK_FALSE(ui.changed);
  ui.now += 5 * kSecond;
  ui.event(Ticked{});
  CHECK(ui.changed);
}

TEST_CASE("state: Esc goes back the way one came, to all workers where one came from there") {
  Driven ui;
  ui.keys(U"2j\ro");
  REQUIRE(ui.state.screen == Screen::Output);
  const pid_t at = ui.at();
  ui.key(kKeyEsc);
  CHECK(ui.state.screen == Screen::Detail);
  ui.key(kKeyEsc);
  CHECK(ui.state.screen == Screen::Workers);
  CHECK(ui.at() == at);
  CHECK(ui.state.pane == Pane::Workers);
  ui.key(kKeyEsc);
  CHECK(ui.state.screen == Screen::Pipeline);

  ui.keys(U"2o");
  ui.run.state = RunState::Done;
  ui.run.workers.clear();
  ui.data();
  CHECK(ui.state.screen == Screen::Output);
  ui.key(kKeyEsc);
  CHECK(ui.state.screen == Screen::Pipeline);
}

TEST_CASE("state: lines that no worker needs go to the graph and to the output, and never a worker's line") {
  LayoutInput in{40, 120, Screen::Pipeline, 3, 6, 4};
  const Layout small = layout_of(in);
  in.rows = 60;
  const Layout tall = layout_of(in);
  in.workers = 500;
  in.largest_stage = 490;
  const Layout crowded = layout_of(in);

  CHECK(small.worker_rows() == 6);
  CHECK(tall.worker_rows() == 6);
  CHECK(tall.graph.rows == 14);
  CHECK(tall.output.rows > small.output.rows);
  CHECK(crowded.graph.rows == 7);
  CHECK(crowded.output.rows == 3);
  for (int rows = 30; rows < 80; ++rows) {
    in = {rows, 120, Screen::Pipeline, 3, 6, 4};
    CHECK((layout_of(in).graph.rows == 7 || layout_of(in).graph.rows % 2 == 0));
    CHECK(layout_of(in).output.rows >= 3);
  }
}

}  // namespace pooltop
