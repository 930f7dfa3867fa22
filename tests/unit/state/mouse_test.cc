// SPDX-License-Identifier: MIT
// What a click does, given what was painted where it fell. Where things are painted is tested with the views.
#include <doctest/doctest.h>

#include "tests/unit/state/crawl.h"
#include "tui/state/problems.h"

namespace pooltop {
namespace {

void press(Driven& ui, MouseButton button, MouseTarget target, int row = 5, int col = 5) {
  ui.event(MousePressed{{button, row, col}, ui.state.screen, std::move(target)});
}
void click(Driven& ui, MouseTarget target, int row = 5, int col = 5) {
  press(ui, MouseButton::Left, std::move(target), row, col);
}
void click_twice(Driven& ui, const MouseTarget& target) {
  click(ui, target);
  click(ui, target);
}
void wheel(Driven& ui, bool down, MouseTarget target) {
  press(ui, down ? MouseButton::WheelDown : MouseButton::WheelUp, std::move(target));
}

MouseTarget worker_of(const Driven& ui, pid_t pid) {
  for (const WorkerStatus& worker : ui.run.workers)
    if (worker.pid == pid) return WorkerTarget{key_of(worker)};
  return {};
}

MouseTarget choice_of(const Driven& ui, Key key) {
  for (const Choice& choice : ui.state.dialog->choices)
    if (choice.key == key) return ChoiceTarget{choice};
  return {};
}

void add_workers(Driven& ui, int count) {
  for (int i = 0; i < count; ++i) {
    WorkerStatus worker = ui.run.workers[4];
    worker.pid = 1000 + i;
    worker.slot = static_cast<std::uint32_t>(4 + i);
    ui.run.workers.push_back(worker);
  }
  ui.data();
}

}  // namespace

TEST_CASE("state: a click selects the worker or the stage, and its pane gets the keys") {
  Driven ui;
  click(ui, worker_of(ui, 103));
  CHECK(ui.at() == 103);
  CHECK(ui.state.pane == Pane::Workers);
  CHECK(ui.state.screen == Screen::Pipeline);

  click(ui, StageTarget{"store"});
  CHECK(ui.state.stage == "store");
  CHECK(ui.state.pane == Pane::Stages);
  CHECK(ui.sent.empty());
}

TEST_CASE("state: a double click is Enter; one that is slow, elsewhere, or with a key between is two clicks") {
  Driven ui;
  click_twice(ui, worker_of(ui, 103));
  CHECK(ui.state.screen == Screen::Detail);
  CHECK(ui.at() == 103);

  Driven slow;
  click(slow, worker_of(slow, 103));
  slow.now += kSecond / 2;
  click(slow, worker_of(slow, 103));
  CHECK(slow.state.screen == Screen::Pipeline);

  Driven beside;
  click(beside, worker_of(beside, 103), 5, 5);
  click(beside, worker_of(beside, 103), 5, 6);
  CHECK(beside.state.screen == Screen::Pipeline);

  Driven keyed;
  click(keyed, worker_of(keyed, 103));
  keyed.key(U'j');
  click(keyed, worker_of(keyed, 103));
  CHECK(keyed.state.screen == Screen::Pipeline);

  Driven thrice;
  click_twice(thrice, StageTarget{"store"});
  CHECK(thrice.state.pane == Pane::Workers);
  click(thrice, StageTarget{"store"});
  CHECK(thrice.state.pane == Pane::Stages);
}

TEST_CASE("state: of two clicks on a line whose rows changed places meanwhile none is Enter") {
  Driven ui;
  click(ui, worker_of(ui, 103));
  click(ui, worker_of(ui, 104));
  CHECK(ui.state.screen == Screen::Pipeline);
  CHECK(ui.at() == 104);
}

TEST_CASE("state: a click on a worker that is gone selects nobody, also where another process has its PID") {
  Driven ui;
  click(ui, worker_of(ui, 101));
  const MouseTarget painted = worker_of(ui, 103);
  for (WorkerStatus& worker : ui.run.workers)
    if (worker.pid == 103) worker.started_at = "2026-01-31T12:30:00Z";
  ui.data();

  click(ui, painted);
  CHECK(ui.at() == 101);
  CHECK(ui.said() == "worker 103 is gone");
  click(ui, painted);
  CHECK(ui.state.screen == Screen::Pipeline);
}

TEST_CASE("state: a click on a column sorts by it, again the other way round") {
  Driven ui;
  click(ui, ColumnTarget{WorkerColumn::Cpu});
  CHECK(ui.state.table.sort == WorkerColumn::Cpu);
  CHECK_FALSE(ui.state.table.inverted);
  click(ui, ColumnTarget{WorkerColumn::Cpu});
  CHECK(ui.state.table.inverted);
  click(ui, ColumnTarget{WorkerColumn::Cpu});
  CHECK_FALSE(ui.state.table.inverted);
  click(ui, ColumnTarget{WorkerColumn::Done});
  CHECK(ui.state.table.sort == WorkerColumn::Done);
}

TEST_CASE("state: a label of the key bar does its key, for what the screen showed under the cursor") {
  Driven ui;
  ui.keys(U"\rj");
  REQUIRE(ui.at() == 102);
  const KeyTarget pause{Action::Pause, ui.state.stage, ui.state.worker};
  click(ui, pause);
  REQUIRE(ui.sent.size() == 1);
  CHECK(text_of(ui.sent[0]).starts_with("pause targets=102 "));

  ui.key(U'j');
  click(ui, pause);
  CHECK(ui.sent.size() == 1);
  CHECK(ui.said() == "the cursor has moved meanwhile: nothing was done");
  click(ui, KeyTarget{Action::Help, {}, {}});
  CHECK(ui.state.overlay == Overlay::Help);
}

TEST_CASE("state: in a dialog only its choices can be clicked: once is the cursor, twice takes it") {
  Driven ui;
  ui.keys(U"\rK");
  REQUIRE(ui.state.dialog);
  click_twice(ui, worker_of(ui, 103));
  click_twice(ui, KeyTarget{Action::Pause, ui.state.stage, ui.state.worker});
  click_twice(ui, {});
  REQUIRE(ui.state.dialog);
  CHECK(ui.at() == 101);
  CHECK(ui.sent.empty());

  click(ui, choice_of(ui, U'9'));
  REQUIRE(ui.state.dialog);
  CHECK(ui.state.dialog->focus == 2);
  CHECK(ui.sent.empty());
  click(ui, choice_of(ui, U'9'));
  CHECK_FALSE(ui.state.dialog);
  REQUIRE(ui.sent.size() == 1);
  CHECK(text_of(ui.sent[0]).starts_with("kill pids=101 "));

  ui.key(U'K');
  click_twice(ui, choice_of(ui, kKeyEsc));
  CHECK_FALSE(ui.state.dialog);
  CHECK(ui.sent.size() == 1);
}

TEST_CASE("state: a choice that was painted in another dialog takes nothing in this one") {
  Driven ui;
  ui.keys(U"\rK");
  const MouseTarget of_first = choice_of(ui, U'9');
  ui.key(kKeyEsc);
  ui.keys(U"jK");
  REQUIRE(ui.state.dialog);
  click_twice(ui, of_first);
  REQUIRE(ui.state.dialog);
  CHECK(ui.state.dialog->focus == 0);
  CHECK(ui.sent.empty());
}

TEST_CASE(
    "state: a choice is taken for those of the painted workers that are still there, and for none when all ended") {
  Driven ui;
  ui.keys(U"\rVK");
  const MouseTarget kill = choice_of(ui, U'9');
  std::erase_if(ui.run.workers, [](const WorkerStatus& worker) { return worker.pid == 102; });
  ui.data();
  click_twice(ui, kill);
  REQUIRE(ui.sent.size() == 3);
  CHECK(text_of(ui.sent[1]).starts_with("kill pids=103 "));

  Driven gone;
  gone.keys(U"\rK");
  const MouseTarget late = choice_of(gone, U'9');
  std::erase_if(gone.run.workers, [](const WorkerStatus& worker) { return worker.pid == 101; });
  gone.data();
  click_twice(gone, late);
  CHECK(gone.sent.empty());
  click_twice(gone, choice_of(gone, kKeyEsc));
  CHECK_FALSE(gone.state.dialog);
}

TEST_CASE("state: an entry of a menu is chosen by a click and picked by two") {
  Driven ui;
  ui.keys(U"2s");
  REQUIRE(ui.state.menu);
  const MenuEntry entry = ui.state.menu->entries[8];
  const EntryTarget target{ui.state.menu->title, entry.id, entry.label};
  click(ui, target);
  REQUIRE(ui.state.menu);
  CHECK(ui.state.menu->at == 8);
  click(ui, target);
  CHECK_FALSE(ui.state.menu);
  CHECK(ui.state.table.sort == worker_column_named(entry.id));

  ui.key(U':');
  click_twice(ui, target);  // of the other menu
  click_twice(ui, worker_of(ui, 103));
  REQUIRE(ui.state.menu);
  CHECK(ui.state.menu->at == 0);
}

TEST_CASE("state: while a line is typed the mouse does nothing") {
  Driven ui;
  ui.keys(U"2/fet");
  click_twice(ui, worker_of(ui, 103));
  wheel(ui, true, worker_of(ui, 103));
  REQUIRE(ui.state.prompt);
  CHECK(ui.state.prompt->line.text == "fet");
  CHECK(ui.at() != 103);
}

TEST_CASE("state: the wheel scrolls the table under it, whatever has the keys, and no cursor moves") {
  Driven ui;
  add_workers(ui, 40);
  ui.keys(U"\r");
  ui.key(kKeyTab);
  ui.key(kKeyTab);
  REQUIRE(ui.state.pane == Pane::Stages);
  const pid_t at = ui.state.worker->pid;

  wheel(ui, true, worker_of(ui, 103));
  CHECK(ui.state.worker_top == 3);
  wheel(ui, true, worker_of(ui, 103));
  ui.data();
  CHECK(ui.state.worker_top == 6);
  CHECK(ui.state.worker->pid == at);
  CHECK(ui.state.pane == Pane::Stages);
  for (int i = 0; i < 30; ++i) wheel(ui, true, worker_of(ui, 103));
  const std::size_t last = ui.state.worker_top;
  CHECK(last > 6);
  CHECK(last < 44);
  wheel(ui, false, worker_of(ui, 103));
  CHECK(ui.state.worker_top == last - 3);
}

TEST_CASE("state: what the wheel scrolled out of sight is shown before a key acts on it") {
  Driven ui;
  add_workers(ui, 40);
  ui.keys(U"\r");
  REQUIRE(ui.at() == 101);
  for (int i = 0; i < 5; ++i) wheel(ui, true, worker_of(ui, 103));
  REQUIRE(ui.state.worker_top == 15);

  ui.key(U'p');
  CHECK(ui.sent.empty());
  CHECK_FALSE(ui.state.dialog);
  CHECK(ui.state.worker_top == 0);
  CHECK(ui.said() == "the cursor had been scrolled out of sight: here it is, press the key again");
  ui.key(U'p');
  REQUIRE(ui.sent.size() == 1);
  CHECK(text_of(ui.sent[0]).starts_with("pause targets=101 "));

  for (int i = 0; i < 5; ++i) wheel(ui, true, worker_of(ui, 103));
  ui.key(U'j');
  CHECK(ui.at() == 102);
  CHECK(ui.state.worker_top <= 1);
}

TEST_CASE("state: the wheel over a list of stages hides none from a key that acts") {
  Driven ui;
  for (int i = 0; i < 30; ++i) {
    ui.run.stages.push_back(ui.run.stages[1]);
    ui.run.stages.back().name = fmt::format("more{}", i);
  }
  ui.data();
  REQUIRE(ui.state.stage == "fetch");
  for (int i = 0; i < 4; ++i) wheel(ui, true, StageTarget{"store"});
  CHECK(ui.state.stage_top == 12);
  ui.key(U'p');
  CHECK(ui.sent.empty());
  CHECK(ui.state.stage_top <= 1);
  ui.key(U'p');
  CHECK(ui.sent.size() == 1);
}

TEST_CASE("state: the wheel over output scrolls it up, and at its end follows it again") {
  Driven ui;
  ui.key(U'o');
  std::vector<OutputLine> lines;
  for (int i = 0; i < 100; ++i) lines.push_back({"2026-01-31T12:00:43.120Z", 101, "fetch", "out", "line", 0});
  ui.event(Answered{ui.state.output.asked, {}, lines, "1"});
  REQUIRE(ui.state.output.view.follow);

  wheel(ui, true, LineTarget{99});
  CHECK(ui.state.output.view.follow);
  wheel(ui, false, LineTarget{99});
  CHECK_FALSE(ui.state.output.view.follow);
  const std::uint64_t top = ui.state.output.view.top.line;
  wheel(ui, false, PaneTarget{Pane::Output});
  CHECK(ui.state.output.view.top.line == top - 3);
  wheel(ui, true, LineTarget{50});
  wheel(ui, true, LineTarget{50});
  CHECK(ui.state.output.view.follow);

  click(ui, LineTarget{95});
  CHECK_FALSE(ui.state.output.view.follow);
  CHECK(ui.state.output.cursor_line() == 95);
}

TEST_CASE("state: the wheel over help scrolls it as far as it goes") {
  Driven ui;
  ui.key(U'?');
  for (int i = 0; i < 10; ++i) wheel(ui, true, TextTarget{20});
  CHECK(ui.state.overlay_top == 20);
  wheel(ui, false, TextTarget{20});
  CHECK(ui.state.overlay_top == 17);
  click_twice(ui, TextTarget{20});
  CHECK(ui.state.overlay == Overlay::Help);
}

TEST_CASE("state: a click on what another screen had painted does nothing") {
  Driven ui;
  const MouseTarget painted = worker_of(ui, 103);
  ui.key(U'4');
  ui.event(MousePressed{{MouseButton::Left, 5, 5}, Screen::Pipeline, painted});
  CHECK(ui.state.screen == Screen::Failed);
  CHECK_FALSE(ui.changed);
  click(ui, painted);
  CHECK(ui.at() != 103);
}

TEST_CASE("state: m leaves the mouse to the terminal and says how text is selected") {
  Driven ui;
  ui.key(U'm');
  CHECK_FALSE(ui.state.mouse);
  CHECK(ui.said().find("selects text") != std::string::npos);
  click(ui, worker_of(ui, 103));
  CHECK_FALSE(ui.changed);
  ui.key(U'm');
  CHECK(ui.state.mouse);
  CHECK(ui.said().find("Shift-drag selects text") != std::string::npos);
  click(ui, worker_of(ui, 103));
  CHECK(ui.at() == 103);

  Driven without;
  without.state.mouse = false;
  without.state.no_mouse = "this terminal reports no mouse";
  without.key(U'm');
  CHECK_FALSE(without.state.mouse);
  CHECK(without.said() == "this terminal reports no mouse");
}

TEST_CASE("state: a click on a problem goes where e goes; one that is gone is said to be") {
  Driven ui;
  ui.run.problems = {{"warning", "store", std::nullopt, 3, "stands"}, {"error", "fetch", 103, 3, "32s on item 7"}};
  ui.data();
  const ProblemTarget painted{ui.run.problems[1]};
  ui.run.problems[1].text = "33s on item 7";
  ui.data();
  click(ui, painted);
  CHECK(ui.at() == 103);
  CHECK(selected_problem(ui.state, ui.run) == 1);
  ui.run.problems.clear();
  ui.data();
  click(ui, painted);
  CHECK(ui.said() == "that problem is gone");
}

TEST_CASE("state: in the list of problems a click selects, twice goes there") {
  Driven ui;
  ui.run.problems = {{"warning", "store", std::nullopt, 3, "stands"}, {"error", "fetch", 103, 3, "32s on item 7"}};
  ui.data();
  ui.key(U'e');
  click(ui, ProblemTarget{ui.run.problems[1]});
  CHECK(ui.state.overlay == Overlay::Problems);
  CHECK(selected_problem(ui.state, ui.run) == 1);
  ui.now += kSecond / 10;
  click(ui, ProblemTarget{ui.run.problems[1]});
  CHECK(ui.state.overlay == Overlay::None);
  CHECK(ui.at() == 103);
}

}  // namespace pooltop
