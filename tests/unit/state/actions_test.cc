// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include "tests/unit/state/crawl.h"

namespace pooltop {

TEST_CASE("state: p on a stage pauses it at once, and resumes it while the pause is still on its way") {
  Driven ui;

  ui.key(U'p');
  ui.key(U'p');

  REQUIRE(ui.sent.size() == 2);
  CHECK(text_of(ui.sent[0]) == "pause targets=fetch");
  CHECK(text_of(ui.sent[1]) == "resume targets=fetch");
}

TEST_CASE("state: p on a paused stage resumes it") {
  Driven ui;
  ui.run.stages[1].state = StageState::Paused;
  ui.data();

  ui.key(U'p');

  REQUIRE(ui.sent.size() == 1);
  CHECK(text_of(ui.sent[0]) == "resume targets=fetch");
}

TEST_CASE("state: p on a worker names its PID and start time, and is pending until the engine answers") {
  Driven ui;
  ui.keys(U"\rj");
  CHECK(ui.at() == 102);

  ui.key(U'p');

  REQUIRE(ui.sent.size() == 1);
  CHECK(text_of(ui.sent[0]) == "pause targets=102 started_at=2026-01-31T12:00:42Z");
  CHECK(ui.said() == "pausing..");
  CHECK(ui.state.message->cli == "pooltop pause crawl 102");
  CHECK(pending_word(ui.state, ui.run.workers[2]) == "pausing..");

  ui.event(Answered{ui.sent[0].id, {}, {}, {}});

  CHECK(ui.said() == "paused worker 102, its item is kept");
  CHECK(ui.state.pending.empty());
  REQUIRE(ui.state.log.size() == 1);
  CHECK(ui.state.log[0].cli == "pooltop pause crawl 102");
}

TEST_CASE("state: p undoes what the engine has done although its figures do not show it yet") {
  Driven ui;
  ui.keys(U"\rj");

  ui.key(U'p');
  ui.event(Answered{ui.sent[0].id, {}, {}, {}});
  ui.key(U'p');
  ui.event(Answered{ui.sent[1].id, {}, {}, {}});
  ui.key(U'p');

  REQUIRE(ui.sent.size() == 3);
  CHECK(text_of(ui.sent[1]) == "resume targets=102 started_at=2026-01-31T12:00:42Z");
  CHECK(text_of(ui.sent[2]) == "pause targets=102 started_at=2026-01-31T12:00:42Z");

  ui.event(Answered{ui.sent[2].id, {}, {}, {}});
  ui.data();  // somebody else has let it go on meanwhile
  ui.key(U'p');
  CHECK(text_of(ui.sent[3]) == "pause targets=102 started_at=2026-01-31T12:00:42Z");
}

TEST_CASE("state: an action that was refused is not undone by p") {
  Driven ui;
  ui.key(U'p');
  ui.event(Answered{ui.sent[0].id, "no such stage (no_such_target)", {}, {}});

  ui.key(U'p');

  CHECK(text_of(ui.sent[1]) == "pause targets=fetch");
}

TEST_CASE("state: the engine's refusal is shown and logged") {
  Driven ui;
  ui.key(U'p');

  ui.event(Answered{ui.sent[0].id, "no such stage (no_such_target)", {}, {}});

  CHECK(ui.said() == "refused: no such stage (no_such_target)");
  CHECK(ui.state.message->is_error);
  CHECK(ui.state.log.size() == 1);
}

TEST_CASE("state: K opens a dialog on Cancel; Enter there sends nothing") {
  Driven ui;
  ui.keys(U"\rK");
  REQUIRE(ui.state.dialog);
  CHECK(ui.state.dialog->focus == 0);
  CHECK(ui.state.dialog->choices[0].label == "Cancel");
  CHECK(ui.sent.empty());

  ui.key(kKeyEnter);

  CHECK_FALSE(ui.state.dialog);
  CHECK(ui.sent.empty());
}

TEST_CASE("state: each letter of the kill dialog sends what it says") {
  const std::vector<std::pair<Key, std::string>> choices = {
      {U't', "kill pids=101 started_at=2026-01-31T12:00:41Z signal=TERM item=requeue"},
      {U'9', "kill pids=101 started_at=2026-01-31T12:00:41Z signal=KILL item=requeue"},
      {U'x', "fail stage=fetch ids=101 kill=true"}};
  for (const auto& [letter, request] : choices) {
    Driven ui;
    ui.keys(U"\rK");
    ui.key(letter);
    REQUIRE(ui.sent.size() == 1);
    CHECK(text_of(ui.sent[0]) == request);
    CHECK_FALSE(ui.state.dialog);
  }
}

TEST_CASE("state: arrows and Tab move the dialog's focus, and Enter takes what has it") {
  Driven ui;
  ui.keys(U"\rK");

  ui.key(kKeyRight);
  ui.key(kKeyTab);
  ui.key(kKeyTab);
  ui.key(kKeyLeft);
  ui.key(kKeyEnter);

  REQUIRE(ui.sent.size() == 1);
  CHECK(text_of(ui.sent[0]).find("signal=KILL item=requeue") != std::string::npos);
}

TEST_CASE("state: a dialog whose worker ended takes no key but Esc") {
  Driven ui;
  ui.keys(U"\rK");
  std::erase_if(ui.run.workers, [](const WorkerStatus& worker) { return worker.pid == 101; });
  ui.data();
  REQUIRE(ui.state.dialog);
  CHECK(ui.state.dialog->target_gone);

  ui.keys(U"t9x\r");
  CHECK(ui.state.dialog);
  CHECK(ui.sent.empty());

  ui.key(kKeyEsc);
  CHECK_FALSE(ui.state.dialog);
}

TEST_CASE("state: a PID that is used again is another worker") {
  Driven ui;
  ui.key(kKeyEnter);
  REQUIRE(ui.at() == 101);
  ui.run.workers[1].started_at = "2026-01-31T12:30:00Z";
  ui.data();

  ui.keys(U"pKr");

  CHECK(ui.at() == 0);
  CHECK_FALSE(ui.state.dialog);
  CHECK(ui.sent.empty());
}

TEST_CASE("state: K on a stage says where workers are") {
  Driven ui;
  ui.key(U'K');
  CHECK_FALSE(ui.state.dialog);
  CHECK(ui.sent.empty());
  CHECK(ui.said().find("Enter moves to the workers") != std::string::npos);
}

TEST_CASE("state: r restarts an idle worker at once and asks for a busy one") {
  Driven ui;
  ui.run.workers[1].item_id.reset();
  ui.run.workers[1].state = WorkerState::Idle;
  ui.keys(U"\rr");
  REQUIRE(ui.sent.size() == 1);
  CHECK(text_of(ui.sent[0]) == "restart targets=101 started_at=2026-01-31T12:00:41Z");

  ui.keys(U"jr");
  REQUIRE(ui.state.dialog);
  ui.key(U'n');

  REQUIRE(ui.sent.size() == 2);
  CHECK(text_of(ui.sent[1]) == "restart targets=102 started_at=2026-01-31T12:00:42Z now=true");
}

TEST_CASE("state: r on a stage asks, then names the stage") {
  Driven ui;
  ui.keys(U"ra");
  REQUIRE(ui.sent.size() == 1);
  CHECK(text_of(ui.sent[0]) == "restart targets=fetch");
}

TEST_CASE("state: + twice before an answer scales by two, - by one less than that") {
  Driven ui;
  ui.keys(U"++-");
  REQUIRE(ui.sent.size() == 3);
  CHECK(text_of(ui.sent[0]) == "scale stage=fetch workers=5");
  CHECK(text_of(ui.sent[1]) == "scale stage=fetch workers=6");
  CHECK(text_of(ui.sent[2]) == "scale stage=fetch workers=5");
}

TEST_CASE("state: + after an answer counts from that answer until newer figures come") {
  Driven ui;
  ui.key(U'+');
  ui.event(Answered{ui.sent[0].id, {}, {}, {}});
  ui.key(U'+');
  ui.event(Answered{ui.sent[1].id, {}, {}, {}});
  CHECK(text_of(ui.sent[1]) == "scale stage=fetch workers=6");
  ui.run.stages[1].workers = 6;
  ui.data();
  ui.key(U'-');
  CHECK(text_of(ui.sent[2]) == "scale stage=fetch workers=5");
  ui.event(Answered{ui.sent[2].id, "not today (not_possible)", {}, {}});
  ui.key(U'-');
  CHECK(text_of(ui.sent[3]) == "scale stage=fetch workers=5");
}

TEST_CASE("state: what one key did to several workers is said once, and a refusal is not hidden by the others") {
  Driven ui;
  ui.keys(U"\rVpp");
  REQUIRE(ui.sent.size() == 4);
  for (const ControlRequest& request : ui.sent) ui.event(Answered{request.id, {}, {}, {}});
  CHECK(ui.said() == "paused 4 workers");
  CHECK(ui.state.log.size() == 4);
  CHECK(ui.state.log[0].text == "paused worker 101, its item is kept");

  ui.keys(U"VKt");
  REQUIRE(ui.sent.size() == 8);
  ui.event(Answered{ui.sent[4].id, "no such process (no_such_target)", {}, {}});
  for (std::size_t i = 5; i < 8; ++i) ui.event(Answered{ui.sent[i].id, {}, {}, {}});
  CHECK(ui.said() == "refused: no such process (no_such_target)");
}

TEST_CASE("state: TERM is said to be sent, not to have killed") {
  Driven ui;
  ui.keys(U"\rKt");
  ui.event(Answered{ui.sent[0].id, {}, {}, {}});
  CHECK(ui.said() == "TERM sent to 101, KILL in 5s, its item goes back");
}

TEST_CASE("state: a dialog says what its worker does now, not what it did when the dialog was opened") {
  Driven ui;
  ui.keys(U"\rK");
  REQUIRE(ui.state.dialog);
  ui.run.workers[1].item_id = "777";
  ui.run.workers[1].item = "the next one";
  ui.data();
  CHECK(ui.state.dialog->lines[0] == "busy 0.0s on #777, try 1/3, the next one");
  CHECK(ui.state.dialog->lines[1].starts_with("Its item goes back"));
  ui.run.workers[1].item_id.reset();
  ui.data();
  CHECK(ui.state.dialog->lines[1].starts_with("It has no item in work"));
}

TEST_CASE("state: a source, a sink and the last worker of a stage are not scaled") {
  Driven ui;
  ui.keys(U"k+");
  CHECK(ui.said() == "urls is a source: it has one worker");
  ui.keys(U"jj-");
  CHECK(ui.said() == "store is a sink: it has one worker");
  ui.run.stages[1].workers = 1;
  ui.keys(U"k-");
  CHECK(ui.said() == "fetch keeps one worker at least");
  CHECK(ui.sent.empty());
}

TEST_CASE("state: P pauses the whole run and resumes it") {
  Driven ui;
  ui.key(U'P');
  ui.event(Answered{ui.sent[0].id, {}, {}, {}});
  ui.run.state = RunState::Paused;
  ui.data();
  ui.key(U'P');
  REQUIRE(ui.sent.size() == 2);
  CHECK(text_of(ui.sent[0]) == "pause targets=");
  CHECK(text_of(ui.sent[1]) == "resume targets=");
}

TEST_CASE("state: D asks, then drains") {
  Driven ui;
  ui.key(U'D');
  CHECK(ui.sent.empty());
  ui.key(U'w');
  REQUIRE(ui.sent.size() == 1);
  CHECK(text_of(ui.sent[0]) == "stop");
}

TEST_CASE("state: actions take the marked workers, one request each, and ask first") {
  Driven ui;
  ui.key(kKeyEnter);
  ui.keys(U"  ");
  CHECK(ui.at() == 103);
  CHECK(ui.state.marks.size() == 2);

  ui.key(U'p');
  REQUIRE(ui.state.dialog);
  ui.key(U'p');

  REQUIRE(ui.sent.size() == 2);
  CHECK(text_of(ui.sent[0]).starts_with("pause targets=101 "));
  CHECK(text_of(ui.sent[1]).starts_with("pause targets=102 "));
  CHECK(ui.state.marks.empty());
}

TEST_CASE("state: a read-only monitor sends nothing, and offers no end of the run") {
  Driven ui;
  ui.state.read_only = true;
  ui.keys(U"pP+-rD\rpKr");
  CHECK(ui.sent.empty());
  CHECK_FALSE(ui.state.dialog);
  CHECK(ui.said() == "this monitor only watches (--read-only)");

  ui.key(ctrl('C'));
  REQUIRE(ui.state.dialog);
  CHECK(ui.state.dialog->choices.size() == 2);
}

TEST_CASE("state: a slot without a process cannot be acted on") {
  Driven ui;
  ui.run.workers[1].pid = 0;
  ui.run.workers[1].state = WorkerState::Backoff;
  ui.keys(U"\rpKr");
  CHECK(ui.sent.empty());
  CHECK_FALSE(ui.state.dialog);
  CHECK(ui.state.message->is_error);
}

TEST_CASE("state: a lost connection drops what was pending, says so, and sends nothing more") {
  Driven ui;
  ui.key(U'p');
  ui.event(LinkChanged{Link::Lost});
  CHECK(ui.state.pending.empty());
  CHECK(ui.state.message->is_error);
  ui.key(U'p');
  CHECK(ui.sent.size() == 1);
}

TEST_CASE("state: a run named like a stage gets the clear form of the command line") {
  Driven ui;
  ui.run.run = "fetch";
  ui.key(U'p');
  CHECK(ui.state.message->cli == "pooltop pause --run fetch fetch");
}

TEST_CASE("state: what another client does is said with its PID, and kept in the action log") {
  Driven ui;
  ui.event(OthersActed{5123, "pause fetch"});
  CHECK(ui.said() == "done by another client, pid 5123");
  CHECK(ui.state.message->cli == "pooltop pause crawl fetch");
  REQUIRE(ui.state.log.size() == 1);
  CHECK(ui.state.log.back().cli == "pooltop pause crawl fetch");
}

TEST_CASE("state: another's action does not cover what was asked here and is not answered yet") {
  Driven ui;
  ui.key(U'p');
  REQUIRE(ui.state.pending.size() == 1);
  const std::string pending = ui.said();
  ui.event(OthersActed{5123, "stop"});
  CHECK(ui.said() == pending);
  CHECK(ui.state.log.back().cli == "pooltop stop crawl");
}

}  // namespace pooltop
