// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include "tests/unit/state/crawl.h"

namespace pooltop {
namespace {

/// A look at worker 102, whose child 300 is what it is about.
Answered look(const UiState& state) {
  Answered answer{state.inspect.asked, {}, {}, "", {}};
  Inspection& inspection = answer.inspection.emplace();
  inspection.worker.pid = 102;
  inspection.verdict_pid = 300;
  inspection.text = "waits";
  InspectedProcess child;
  child.pid = 300;
  child.name = "curl";
  inspection.processes = {child};
  return answer;
}

/// Worker 102 is looked at.
Driven looking(bool owns_run = true) {
  Driven ui(owns_run);
  ui.keys(U"\rji");
  return ui;
}

}  // namespace

TEST_CASE("state: i looks at the worker under the cursor, by its PID and start time, and again each second") {
  Driven ui = looking();
  CHECK(ui.state.overlay == Overlay::Inspect);
  REQUIRE(ui.looks.size() == 1);
  CHECK(text_of(ui.looks[0]) == "inspect pid=102 started_at=2026-01-31T12:00:42Z");

  ui.event(look(ui.state));
  REQUIRE(ui.state.inspect.now.has_value());
  ui.event(Ticked{});
  CHECK(ui.looks.size() == 1);
  ui.now += kSecond;
  ui.event(Ticked{});
  CHECK(ui.looks.size() == 2);
  ui.now += kSecond;
  ui.event(Ticked{});
  CHECK(ui.looks.size() == 2);  // the one before was not answered

  ui.event(look(ui.state));
  CHECK(ui.state.inspect.before.has_value());
  CHECK(ui.looks.size() == 3);  // the next one was due by then
  ui.key(kKeyEsc);
  CHECK(ui.state.overlay == Overlay::None);
  ui.now += 10 * kSecond;
  ui.event(Ticked{});
  CHECK(ui.looks.size() == 3);
}

TEST_CASE("state: i on a stage says what to do; where no process is there is nothing to look at") {
  Driven ui;
  ui.key(U'i');
  CHECK(ui.state.overlay == Overlay::None);
  CHECK(ui.said() == "no process is selected here: move to a worker that has a PID");
  CHECK(ui.looks.empty());
}

TEST_CASE("state: a worker's details ask for looks too, of whom the cursor is on") {
  Driven ui;
  ui.keys(U"\rj\r");
  CHECK(ui.state.screen == Screen::Detail);
  REQUIRE(ui.looks.size() == 1);
  ui.event(look(ui.state));
  ui.key(U'j');
  REQUIRE(ui.looks.size() == 2);
  CHECK(text_of(ui.looks[1]).starts_with("inspect pid=103 "));
  CHECK_FALSE(ui.state.inspect.now.has_value());
}

TEST_CASE("state: an answer about the worker that was looked at before is not taken for the present one's") {
  Driven ui;
  ui.keys(U"\rj\r");
  const Answered late = look(ui.state);
  ui.key(U'j');
  ui.event(late);
  CHECK_FALSE(ui.state.inspect.now.has_value());
}

TEST_CASE("state: a worker that ends while it is looked at is said to have ended, and is asked for no more") {
  Driven ui = looking();
  ui.event(look(ui.state));
  ui.run.workers.erase(ui.run.workers.begin() + 2);
  ui.data();
  CHECK(ui.state.inspect.gone);
  CHECK(ui.state.inspect.now.has_value());  // the last look stays to be read

  ui.now += 10 * kSecond;
  ui.event(Ticked{});
  CHECK(ui.looks.size() == 1);
  ui.key(U'K');
  CHECK_FALSE(ui.state.dialog.has_value());
  ui.key(U'S');
  CHECK_FALSE(ui.stack.has_value());
}

TEST_CASE("state: what is done while a worker is looked at is done to it, whatever is marked") {
  Driven ui;
  ui.keys(U"\rV");
  CHECK(ui.state.marks.size() == 4);
  ui.keys(U"ji");
  ui.event(look(ui.state));
  ui.key(U'K');
  REQUIRE(ui.state.dialog.has_value());
  CHECK(ui.state.dialog->targets.size() == 1);
  ui.key(U'9');
  REQUIRE(ui.sent.size() == 1);
  CHECK(text_of(ui.sent[0]).starts_with("kill pids=102 "));
}

TEST_CASE("state: S takes the stack of the process that the sentence is about, once at a time") {
  Driven ui = looking();
  ui.key(U'S');  // nothing is known so far: as soon as it is
  CHECK_FALSE(ui.stack.has_value());
  ui.event(look(ui.state));
  REQUIRE(ui.stack.has_value());
  CHECK(ui.stack->pid == 300);
  CHECK(ui.stack->name == "curl");
  ui.key(U'S');
  CHECK_FALSE(ui.stack.has_value());

  ui.event(StackTaken{299, "gdb", {"another's"}});
  CHECK(ui.state.inspect.stack_asked);
  ui.event(StackTaken{300, "gdb", {"#0 recv"}});
  CHECK_FALSE(ui.state.inspect.stack_asked);
  CHECK(ui.state.inspect.stack == std::vector<std::string>{"#0 recv"});
  ui.key(U'S');
  CHECK(ui.stack.has_value());
}

TEST_CASE("state: a monitor that only watches looks, but stops no process for its stack") {
  Driven ui = looking();
  ui.state.read_only = true;
  ui.event(look(ui.state));
  ui.key(U'S');
  CHECK_FALSE(ui.stack.has_value());
  CHECK(ui.said() == "this monitor only watches (--read-only)");
}

TEST_CASE("state: the engine's refusal of a look is kept, and no look is asked for while the display is frozen") {
  Driven ui = looking();
  ui.event(Answered{ui.state.inspect.asked, "no worker of this run has PID 102 (no_such_target)", {}, "", {}});
  CHECK(ui.state.inspect.refused.starts_with("no worker"));

  ui.state.frozen_since = ui.now;
  ui.now += 10 * kSecond;
  ui.event(Ticked{});
  CHECK(ui.looks.size() == 1);
}

}  // namespace pooltop
