// SPDX-License-Identifier: MIT
// What users of such monitors ask for most, one case each; docs/testing.md lists all twenty.
#include <doctest/doctest.h>

#include <algorithm>

#include "tests/unit/state/crawl.h"
#include "tui/keys/key_table.h"

namespace pooltop {
namespace {

std::size_t rows_of(const Driven& ui) { return worker_rows(ui.state, ui.run).size(); }

void write_lines(Driven& ui, std::initializer_list<std::string> texts) {
  std::vector<OutputLine> lines;
  for (const std::string& text : texts) lines.push_back({"2026-01-31T12:00:43.120Z", 101, "fetch", "out", text});
  ui.now += kSecond;
  ui.event(Ticked{});
  ui.event(Answered{ui.state.output.asked, {}, lines, "1"});
}

std::vector<std::string> shown_lines(const Driven& ui) {
  std::vector<std::string> texts;
  for (const std::uint64_t number : ui.state.output.shown) texts.push_back(ui.state.output.line(number).text);
  return texts;
}

void end_run(Driven& ui, RunState state, int exit_status) {
  ui.run.state = state;
  ui.run.exit_status = exit_status;
  ui.run.workers.clear();
  for (StageStatus& stage : ui.run.stages) stage.state = StageState::Done;
  ui.data();
}

}  // namespace

TEST_CASE("request 2: what destroys is asked for, on Cancel, and every choice has one letter of its own") {
  for (const std::u32string_view way : {U"\rK", U"\rr", U"r", U"D", U"q", U"\rVp", U"\rVK"}) {
    Driven ui;
    ui.keys(way);
    REQUIRE(ui.state.dialog);
    CHECK(ui.sent.empty());
    const Dialog dialog = *ui.state.dialog;
    CHECK(dialog.choices[0].label == "Cancel");
    CHECK(dialog.focus == 0);
    for (std::size_t i = 1; i < dialog.choices.size(); ++i) {
      const auto has_letter = [&](const Choice& choice) { return choice.key == dialog.choices[i].key; };
      CHECK(std::count_if(dialog.choices.begin(), dialog.choices.end(), has_letter) == 1);
    }

    ui.key(kKeyEnter);

    CHECK_FALSE(ui.state.dialog);
    CHECK(ui.sent.empty());
    CHECK(ui.effect == Effect::None);
  }
}

TEST_CASE("request 3: h j k and l move, wherever one is, and do nothing else") {
  for (const std::u32string_view way : {U"", U"\r", U"\r\r", U"2", U"o", U"?", U"@", U"v"}) {
    Driven ui;
    ui.keys(way);
    const Screen screen = ui.state.screen;
    ui.keys(U"hjklkjlh");
    CHECK(ui.sent.empty());
    CHECK_FALSE(ui.state.dialog);
    CHECK(ui.state.screen == screen);
  }
  const Bindings bindings;
  CHECK(bindings.action_for(U'h') == Action::Left);
  CHECK(bindings.action_for(U'j') == Action::Down);
  CHECK(bindings.action_for(U'k') == Action::Up);
  CHECK(bindings.action_for(U'l') == Action::Right);
}

TEST_CASE("request 4: rows are filtered by field, by several terms and by what they are not") {
  Driven ui;
  ui.run.workers[2].state = WorkerState::Idle;
  ui.run.workers[3].item_elapsed_s = 40;
  ui.data();
  const auto fit = [&](std::u32string_view filter) {
    ui.key(U'/');
    ui.key(ctrl('U'));
    ui.keys(filter);
    ui.key(kKeyEnter);
    std::vector<pid_t> pids;
    for (const WorkerStatus* worker : worker_rows(ui.state, ui.run)) pids.push_back(worker->pid);
    return pids;
  };
  ui.key(U'2');
  CHECK(fit(U"stage:fetch") == std::vector<pid_t>{101, 102, 103, 104});
  CHECK(fit(U"stage:fetch state:busy") == std::vector<pid_t>{101, 103, 104});
  CHECK(fit(U"stage:fetch state:busy item-t>30") == std::vector<pid_t>{103});
  CHECK(fit(U"stage:fetch !103 !state:idle") == std::vector<pid_t>{101, 104});
}

TEST_CASE("request 5: output is searched, reduced to matching lines, and given to the pager, all from its pane") {
  Driven ui;
  ui.keys(U"\ro");
  write_lines(ui, {"GET a", "error: no a", "GET b", "error: no b", "GET c"});

  const auto at = [&] { return ui.state.output.line(*ui.state.output.cursor_line()).text; };
  ui.keys(U"/error\r");
  CHECK(ui.state.output.found.size() == 2);
  ui.key(U'N');
  CHECK(at() == "error: no b");
  ui.key(U'N');
  CHECK(at() == "error: no a");
  ui.key(U'n');
  CHECK(at() == "error: no b");

  ui.keys(U"&no b\r");
  CHECK(shown_lines(ui) == std::vector<std::string>{"error: no b"});

  ui.key(U'O');
  CHECK(ui.effect == Effect::Page);
}

TEST_CASE("request 6: scrolling up stops following, keeps what is read, and counts what is new") {
  Driven ui;
  ui.event(Resized{10, 60});
  ui.keys(U"\ro");
  write_lines(ui, {"1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12", "13", "14", "15"});
  CHECK(ui.state.output.view.follow);

  ui.key(kKeyPageUp);
  const OutputPlace top = ui.state.output.view.top;
  CHECK_FALSE(ui.state.output.view.follow);
  ui.state.output.begins_anew = false;
  write_lines(ui, {"16", "17"});
  CHECK(ui.state.output.view.top == top);
  CHECK(ui.state.output.fresh == 2);
  CHECK(shown_lines(ui).front() == "1");

  ui.key(U'G');
  CHECK(ui.state.output.view.follow);
  CHECK(ui.state.output.fresh == 0);
}

TEST_CASE("request 7: y takes text out of the monitor: a line as it was written, a PID, a stage") {
  Driven ui;
  ui.key(U'y');
  CHECK(ui.effect == Effect::Copy);
  ui.keys(U"\rj");
  ui.event(KeyPressed{U'y'});
  CHECK(ui.effect == Effect::Copy);
  ui.key(U'o');
  write_lines(ui, {"\x1b[31mred\x1b[0m\tand tab"});
  Outcome out = next(ui.state, KeyPressed{U'y'}, ui.run, ui.now);
  CHECK(out.effect == Effect::Copy);
  CHECK(out.text == "red     and tab");
}

TEST_CASE("request 8: the monitor stays when all is done or dead, and leaves by a key or with --exit") {
  for (const RunState end : {RunState::Done, RunState::Failed, RunState::Stopped}) {
    Driven ui;
    end_run(ui, end, 1);
    CHECK(ui.effect == Effect::None);
    ui.now += 3600 * kSecond;
    ui.event(Ticked{});
    CHECK(ui.effect == Effect::None);
    ui.key(U'q');
    CHECK(ui.effect == Effect::Leave);

    Driven leaves;
    leaves.state.leave_at_end = true;
    end_run(leaves, end, 1);
    CHECK(leaves.effect == Effect::Leave);
  }
}

TEST_CASE("request 10: leaving stops nothing unless that was chosen, and the dialog says which is which") {
  Driven attached(/*owns_run=*/false);
  attached.key(U'q');
  CHECK(attached.effect == Effect::Leave);
  CHECK(attached.sent.empty());

  Driven own;
  own.key(U'q');
  REQUIRE(own.state.dialog);
  CHECK(own.state.dialog->lines[0].find("Detached, the run goes on") == 0);
  own.key(U'd');
  CHECK(own.effect == Effect::Leave);
  CHECK(own.sent.empty());

  Driven stops;
  stops.keys(U"q9");
  REQUIRE(stops.sent.size() == 1);
  CHECK(text_of(stops.sent[0]) == "stop now=true");
}

TEST_CASE("request 18: many workers are acted on at once, after one question that counts them") {
  Driven ui;
  ui.keys(U"\r V");
  CHECK(ui.state.marks.size() == rows_of(ui));
  ui.key(U'U');
  CHECK(ui.state.marks.empty());

  ui.keys(U"VKt");
  CHECK(ui.sent.size() == 4);
  ui.sent.clear();
  ui.keys(U"VK");
  REQUIRE(ui.state.dialog);
  CHECK(ui.state.dialog->title == "Kill 4 workers?");
  ui.key(kKeyEsc);

  // All workers of a stage, with one request.
  Driven stage;
  stage.keys(U"rn");
  REQUIRE(stage.sent.size() == 1);
  CHECK(text_of(stage.sent[0]) == "restart targets=fetch now=true");
}

TEST_CASE("request 20: a refusal is shown and kept, and what is not answered yet is not said to be done") {
  Driven ui;
  ui.keys(U"\rKt");
  CHECK(ui.said().find("..") != std::string::npos);
  CHECK(ui.state.log.empty());

  ui.event(Answered{ui.sent[0].id, "no such process (stale_pid)", {}, {}});

  CHECK(ui.said() == "refused: no such process (stale_pid)");
  CHECK(ui.state.message->is_error);
  REQUIRE(ui.state.log.size() == 1);
  CHECK(ui.state.log[0].text == "refused: no such process (stale_pid)");
}

}  // namespace pooltop
