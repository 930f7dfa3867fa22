// SPDX-License-Identifier: MIT
// What goes wrong in a run, one case each: a sign, a word, and where it stands; none of it by colour alone.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include "tests/unit/views/drawn.h"

namespace pooltop {
namespace {

WorkerStatus& worker_101(Driven& ui) { return ui.run.workers[1]; }
StageStatus& stage_fetch(Driven& ui) { return ui.run.stages[1]; }

// Of the window's cell where `text` begins.
Role role_of(Driven& ui, std::string_view text, int rows = 24, int cols = 80) {
  ui.event(Resized{rows, cols});
  GridWindow window(rows, cols);
  draw_screen(ui.run, ui.state, window);
  const int row = window.find(text);
  REQUIRE_MESSAGE(row >= 0, std::string(text), "\n", window.text());
  return window.role(row, static_cast<int>(window.line(row).find(text)));
}

}  // namespace

TEST_CASE("wrong: a slow item has ! and its time, its stage counts it, and the problem says how slow") {
  Driven ui;
  worker_101(ui).item_elapsed_s = 32;
  stage_fetch(ui).latency = {.p50_s = 0.1, .p99_s = 0.9};
  ui.run.problems = {{"warning", "fetch", 101, 32, "32s on item 101, p99 of the stage is 0.9s"}};
  ui.data();
  const std::string text = drawn(ui, 24, 80);
  for (const std::string_view part : {"busy   !    32s", "4/4 !1", "1 problem e"}) CHECK(has(text, part));
  CHECK(role_of(ui, "busy   !") == Role::Warning);
  ui.key(U'e');
  CHECK(has(drawn(ui, 24, 80), "32s on item 101, p99 of the stage is 0.9s"));
  ui.key(kKeyEnter);
  CHECK(ui.at() == 101);
}

TEST_CASE("wrong: an item that has used most of its stage's timeout is slow too: the engine knows") {
  Driven ui;
  worker_101(ui).item_elapsed_s = 4.2;
  stage_fetch(ui).latency = {.p50_s = 0.1, .p99_s = 0.9};
  ui.data();
  CHECK(!has(drawn(ui, 24, 80), "busy   !"));
  ui.run.problems = {{"warning", "fetch", 101, 0.2, "4.2s on item 101, p99 is 0.9s, its timeout is 5s"}};
  ui.data();
  const std::string text = drawn(ui, 24, 80);
  for (const std::string_view part : {"busy   !   4.2s", "4/4 !1"}) CHECK(has(text, part));
}

TEST_CASE("wrong: the time left has a ? while the rate is less than half of what it was") {
  Driven ui;
  ui.run.eta_s = 150;
  ui.run.items.done = 0;
  ui.run.items.total = 10000;
  for (int second = 0; second < 40; ++second) {
    ui.run.elapsed_s = 100 + second;
    ui.run.items.done += second < 30 ? 100 : 10;
    ui.data();
  }
  CHECK(has(drawn(ui, 24, 80), "ETA ~2m30s?"));
  for (int second = 40; second < 80; ++second) {
    ui.run.elapsed_s = 100 + second;
    ui.run.items.done += 10;
    ui.data();
  }
  CHECK(!has(drawn(ui, 24, 80), "~2m30s?"));
}

TEST_CASE("wrong: a time that is usual in its stage, or under ten seconds, is not slow") {
  Driven ui;
  worker_101(ui).item_elapsed_s = 32;
  stage_fetch(ui).latency.p99_s = 30;
  ui.run.workers[2].item_elapsed_s = 9.9;
  ui.data();
  CHECK(drawn(ui, 24, 80).find("busy   !") == std::string::npos);
}

TEST_CASE("wrong: a queue of which nobody takes is STALLED, unless somebody paused it") {
  Driven ui;
  StageStatus& fetch = stage_fetch(ui);
  fetch.busy = 0;
  fetch.queue->oldest_age_s = 30;
  ui.data();
  ui.key(U'j');  // the row under the cursor is in the cursor's colours
  CHECK(has(drawn(ui, 24, 80), "STALLED"));
  CHECK(role_of(ui, "STALLED") == Role::Error);
  fetch.paused = fetch.workers;
  ui.data();
  CHECK(has(drawn(ui, 24, 80), "PAUSED ="));
  CHECK(drawn(ui, 24, 80).find("STALLED") == std::string::npos);
}

TEST_CASE("wrong: who is blocked says so, and v names the chain") {
  Driven ui;
  ui.run.stages[0].time_share.blocked = 0.8;
  ui.run.workers[0].state = WorkerState::Blocked;
  ui.run.limit = Limit{.stage = "fetch",
                       .text = "fetch limits: its queue is full",
                       .advice = "+ adds a worker",
                       .command = "scale fetch 5",
                       .chain = {"urls is blocked by fetch (queue full)"}};
  ui.data();
  CHECK(has(drawn(ui, 24, 80), "blocked %"));
  CHECK(role_of(ui, "blocked %") == Role::Blocked);
  CHECK(has(drawn(ui, 40, 120), "blocked%"));
  ui.key(U'v');
  CHECK(has(drawn(ui, 24, 80), "urls is blocked by fetch (queue full)"));
}

TEST_CASE("wrong: a dead worker keeps its row with x and the reason, then its successor says whom it replaces") {
  Driven ui;
  WorkerStatus& worker = worker_101(ui);
  worker.state = WorkerState::Killed;
  worker.item_id.reset();
  worker.last_exit = ExitStatus{.exit = {}, .signal = 11, .cause = ""};
  ui.data();
  for (const std::string_view part : {"101 killed x", "killed by SIGSEGV", "4/4 x1"})
    CHECK(has(drawn(ui, 24, 80), part));
  CHECK(role_of(ui, "killed x") == Role::Error);
  worker.last_pid = worker.pid;
  worker.pid = 999;
  worker.started_at = "2026-01-31T12:30:00Z";
  worker.state = WorkerState::Starting;
  worker.restarts = 1;
  ui.data();
  CHECK(has(drawn(ui, 24, 80), "replaces 101 (SIGSEGV)"));
}

TEST_CASE("wrong: for ten seconds the one that came for a dead worker has an x") {
  Driven ui;
  ui.run.started_at = "2026-01-31T12:00:00Z";
  ui.run.elapsed_s = 100;
  WorkerStatus& worker = worker_101(ui);
  worker.started_at = "2026-01-31T12:01:35Z";
  worker.last_exit = ExitStatus{.exit = {}, .signal = 11, .cause = ""};
  ui.data();
  CHECK(has(drawn(ui, 24, 80), "101 busy   x"));
  CHECK(role_of(ui, "busy   x") == Role::Error);
  worker.item_elapsed_s = 32;  // what goes on now is more important
  ui.data();
  CHECK(has(drawn(ui, 24, 80), "101 busy   !"));
  worker.item_elapsed_s = 0;
  ui.run.elapsed_s = 106;
  ui.data();
  CHECK(!has(drawn(ui, 24, 80), "busy   x"));
  ui.run.elapsed_s = 100;
  worker.last_exit = ExitStatus{.exit = 0, .signal = {}, .cause = ""};  // it had done its part
  ui.data();
  CHECK(!has(drawn(ui, 24, 80), "busy   x"));
}

TEST_CASE("wrong: a stage that was given up is FAILED, with the reason among the problems") {
  Driven ui;
  stage_fetch(ui).state = StageState::Failed;
  ui.run.problems = {{"error", "fetch", std::nullopt, 2, "more than 5 restarts in 60s; exit 1"}};
  ui.data();
  ui.key(U'j');
  CHECK(has(drawn(ui, 24, 80), "FAILED x"));
  CHECK(role_of(ui, "FAILED x") == Role::Error);
  CHECK(has(drawn(ui, 40, 120), "x fetch: more than 5 restarts in 60s; exit 1"));
}

TEST_CASE("wrong: what is paused has = and PAUSED, a worker with the time it stands, a run with its header reversed") {
  Driven ui;
  worker_101(ui).state = WorkerState::Paused;
  worker_101(ui).state_since_s = 12;
  stage_fetch(ui).paused = 1;
  stage_fetch(ui).busy = 3;
  ui.run.stages[2].state = StageState::Paused;
  ui.data();
  for (const std::string_view part : {"paused =    12s", "3/4 =1", "PAUSED ="}) CHECK(has(drawn(ui, 24, 80), part));
  CHECK(role_of(ui, "paused =") == Role::Paused);
  ui.run.state = RunState::Paused;
  ui.data();
  CHECK(has(drawn(ui, 24, 80), "crawl  PAUSED"));
  CHECK(role_of(ui, "crawl  PAUSED") == Role::HeaderPaused);
}

TEST_CASE("wrong: a stage that is blocked is not STALLED: who blocks it is") {
  Driven ui;
  StageStatus& fetch = stage_fetch(ui);
  fetch.busy = 0;
  fetch.in_rate_per_s = 0;
  fetch.queue->depth = 20;
  fetch.queue->oldest_age_s = 12;
  fetch.time_share = {.busy = 0.6, .wait = 0, .blocked = 0.4, .paused = 0, .backoff = 0};
  ui.data();
  CHECK_FALSE(has(drawn(ui, 24, 80), "STALLED"));
  fetch.time_share = {.busy = 0.6, .wait = 0.4, .blocked = 0, .paused = 0, .backoff = 0};
  ui.data();
  CHECK(has(drawn(ui, 24, 80), "STALLED"));
}

TEST_CASE("wrong: a pause is told with its own time, also where the item is older, and as yours where it is") {
  Driven ui;
  ui.state.own_pid = 77;
  worker_101(ui).state = WorkerState::Paused;
  worker_101(ui).state_since_s = 3;
  worker_101(ui).item_elapsed_s = 244;
  worker_101(ui).paused_by = 77;
  ui.run.problems = {{"warning", "fetch", std::nullopt, 3, "paused by PID 77: 20 items wait in its queue"},
                     {"warning", "fetch", std::nullopt, 3, "paused by PID 771: 20 items wait in its queue"}};
  ui.data();
  ui.key(kKeyEnter);
  ui.key(kKeyEnter);
  CHECK(has(drawn(ui, 40, 120), "paused 3.0s by you"));
  ui.key(kKeyEsc);
  ui.keys(U"1e");
  const std::string text = drawn(ui, 40, 120);
  CHECK(has(text, "paused by you: 20 items"));
  CHECK(has(text, "paused by PID 771: 20 items"));
}

TEST_CASE("wrong: a pause says how long it is and whose it is, where the engine knows") {
  Driven ui;
  ui.state.own_pid = 77;
  ui.run.started_at = "2026-01-31T12:00:00Z";
  ui.run.elapsed_s = 75;
  ui.run.state = RunState::Paused;
  for (StageStatus& stage : ui.run.stages)
    stage.state = StageState::Paused, stage.paused_at = "2026-01-31T12:00:40Z", stage.paused_by = 77;
  ui.run.stages[1].paused_at = "2026-01-31T12:01:03Z";  // somebody else's, of later
  ui.run.stages[1].paused_by = 4711;
  worker_101(ui).state = WorkerState::Paused;
  worker_101(ui).paused_by = 77;
  ui.data();
  const std::string text = drawn(ui, 40, 120);
  CHECK(has(text, "crawl  PAUSED 12s by PID 4711"));
  CHECK(has(drawn(ui, 24, 80), "PAUSED 12s ="));
  ui.run.stages[1].paused_at = "2026-01-31T12:00:40Z";
  ui.run.stages[1].paused_by = 77;
  ui.data();
  CHECK(has(drawn(ui, 40, 120), "crawl  PAUSED 35s by you"));
}

TEST_CASE(
    "wrong: an item that is tried again shows which try, a slot that waits to be restarted has ~ and the reason") {
  Driven ui;
  worker_101(ui).attempt = 2;
  WorkerStatus& waits = ui.run.workers[2];
  waits.pid = 0;
  waits.state = WorkerState::Backoff;
  waits.item_id.reset();
  waits.last_exit = ExitStatus{.exit = 1, .signal = {}, .cause = ""};
  waits.state_since_s = 1.2;
  waits.backoff_s = 2.4;
  ui.run.stages[1].retrying = 7;
  ui.data();
  for (const std::string_view part : {"2/3  item-101", "- backoff~", "next in 1.2s (exit 1)"})
    CHECK(has(drawn(ui, 24, 80), part));
  CHECK(has(drawn(ui, 24, 80), "retrying 7"));
  CHECK(has(drawn(ui, 40, 120), "restarts in 1.2s (exit 1)"));
  waits.state_since_s = 2.5;
  ui.data();
  CHECK(has(drawn(ui, 24, 80), "restarts now (exit 1)"));
  waits.backoff_s = 0;  // an engine of before
  ui.data();
  CHECK(has(drawn(ui, 24, 80), "restarts soon (exit 1)"));
}

TEST_CASE("wrong: failed items are counted in the header and on their stage") {
  Driven ui;
  ui.run.items.failed = 2;
  stage_fetch(ui).failed = 2;
  ui.data();
  CHECK(has(drawn(ui, 24, 80), " failed 2 "));
  CHECK(role_of(ui, "failed 2") == Role::Error);
  CHECK(has(drawn(ui, 10, 40), "running x2"));
}

TEST_CASE("wrong: a silent engine is NO DATA with its age, a lost one NO CONNECTION, until there is news") {
  Driven ui;
  ui.now += 4 * kSecond;
  ui.event(Ticked{});
  CHECK(has(drawn(ui, 24, 80), "NO DATA 4s"));
  ui.event(LinkChanged{Link::Lost});
  CHECK(has(drawn(ui, 24, 80), "NO CONNECTION, reconnecting"));
  ui.event(LinkChanged{Link::Up});
  ui.data();
  CHECK(drawn(ui, 24, 80).find("NO ") == std::string::npos);
}

TEST_CASE("wrong: a frozen display says for how long, that the run goes on, and the key that ends it") {
  Driven ui;
  ui.key(U'z');
  ui.now += 12 * kSecond;
  ui.event(Ticked{});
  CHECK(has(drawn(ui, 24, 100), "DISPLAY FROZEN 12s, run goes on (z)"));
  CHECK(has(drawn(ui, 10, 40), "FROZEN 12s"));
}

}  // namespace pooltop
