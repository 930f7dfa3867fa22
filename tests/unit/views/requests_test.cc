// SPDX-License-Identifier: MIT
// What users of such monitors ask for most and what a screen answers; docs/testing.md lists all twenty.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <clocale>

#include "tests/unit/views/drawn.h"
#include "tui/views/figures.h"
#include "tui/views/summary.h"

namespace pooltop {
namespace {

// More workers than any screen has lines.
Driven crowd() {
  Driven ui;
  for (std::uint32_t i = 0; i < 1000; ++i) {
    WorkerStatus worker = ui.run.workers[1];
    worker.pid = static_cast<pid_t>(4'000'000 + i);
    worker.slot = 4 + i;
    worker.started_at = fmt::format("2026-01-31T13:00:{:04}Z", i);
    ui.run.workers.push_back(worker);
  }
  ui.run.stages[1].workers = ui.run.stages[1].busy = 1004;
  ui.data();
  return ui;
}

}  // namespace

TEST_CASE("request 2: a dialog shows Cancel chosen, and the letter of every other choice") {
  for (const auto& [rows, cols] : {std::pair(24, 80), std::pair(10, 40), std::pair(40, 120)}) {
    Driven ui;
    ui.keys(U"\rK");
    const std::string text = drawn(ui, rows, cols);
    for (const std::string_view part : {"Kill worker 101", "[Cancel]", "t TERM", "9 KILL now", "x KILL + fail item"})
      CHECK(has(text, part));
  }
}

TEST_CASE("request 6: the title says that output is not followed, and how many lines are new") {
  Driven ui;
  ui.event(Resized{24, 80});
  ui.key(U'o');
  const auto write = [&](int count) {
    ui.now += kSecond;
    ui.event(Ticked{});
    std::vector<OutputLine> lines;
    for (int i = 0; i < count; ++i) lines.push_back({"2026-01-31T12:00:43.120Z", 101, "fetch", "out", "a line"});
    ui.event(Answered{ui.state.output.asked, {}, lines, "1"});
  };
  write(0);
  write(50);
  CHECK(has(drawn(ui, 24, 80), " following "));
  ui.key(kKeyUp);
  CHECK(has(drawn(ui, 24, 80), "not following (f)"));
  write(37);
  CHECK(has(drawn(ui, 24, 80), "+37 new (G)"));
}

TEST_CASE("request 9: what stays after leaving is a summary of at most twelve lines, without what workers wrote") {
  for (const RunState state : {RunState::Done, RunState::Failed, RunState::Stopped, RunState::Running}) {
    Snapshot run = crawl_run();
    run.state = state;
    if (!is_alive(state)) run.exit_status = 1;
    for (int i = 0; i < 40; ++i) run.stages.push_back(run.stages[1]);
    const auto lines = summary_lines(run, {"/failed.jsonl", "/results"});
    CHECK(lines.size() <= 12);
    CHECK(lines[0].find("pooltop crawl") == 0);
    for (const std::string& line : lines) {
      CHECK(line.find('\n') == std::string::npos);
      CHECK(line.find('\x1b') == std::string::npos);
    }
  }
}

TEST_CASE("request 11: the item that has been in work longest is named, and marked where it stands") {
  Driven ui;
  ui.run.workers[3].item_elapsed_s = 48;
  ui.data();
  CHECK(has(drawn(ui, 40, 120), "oldest item 48s (#103 in fetch)"));
  CHECK(has(drawn(ui, 24, 80), "busy   !    48s"));
  CHECK(has(drawn(ui, 24, 80), "4/4 !1"));
}

TEST_CASE("request 12: of a queue one sees depth, capacity, what its workers' time goes into, and what limits") {
  Driven ui;
  StageStatus& fetch = ui.run.stages[1];
  fetch.queue = QueueStatus{.depth = 256, .capacity = 256, .oldest_age_s = 9, .high_water = 256};
  fetch.time_share = {.busy = 0.9, .wait = 0, .blocked = 0, .paused = 0.1, .backoff = 0};
  ui.run.stages[0].time_share.blocked = 1;
  ui.run.limit =
      Limit{.stage = "fetch", .text = "fetch limits", .advice = "+ adds a worker", .command = "", .chain = {}};
  ui.data();
  const std::string text = drawn(ui, 24, 80);
  for (const std::string_view part : {"[########]   256/256", "#########=", "BOTTLENECK", "blocked %", "%%%%%%%%%%"})
    CHECK(has(text, part));
  CHECK(has(drawn(ui, 10, 40), "256/256# "));
}

TEST_CASE("request 15: more rows than lines scroll in their pane, and everything else stays where it is") {
  Driven ui = crowd();
  ui.key(kKeyEnter);
  const std::string top = drawn(ui, 24, 80);
  CHECK(std::count(top.begin(), top.end(), '\n') == 24);
  ui.keys(U"G");
  const std::string end = drawn(ui, 24, 80);
  CHECK(std::count(end.begin(), end.end(), '\n') == 24);
  CHECK(has(end, ">4000999"));
  const auto until_workers = [](const std::string& text) { return text.substr(0, text.find("[2] Workers")); };
  CHECK(until_workers(top) == until_workers(end));
}

TEST_CASE("request 16: at 40x10 there are stages, workers and every action; no size is refused") {
  Driven ui;
  const std::string small = drawn(ui, 10, 40);
  for (const std::string_view part : {"crawl RUNNING", ">v fetch", "101 busy", "p pause"}) CHECK(has(small, part));
  CHECK_FALSE(has(small, "K kill"));  // a stage is not killed
  ui.keys(U"\rj");
  CHECK(has(drawn(ui, 10, 40), "K kill"));
  ui.key(U'p');
  REQUIRE(ui.sent.size() == 1);
  CHECK(has(drawn(ui, 10, 40), "pausing.."));
  for (int rows = 1; rows < 10; ++rows)
    for (int cols = 1; cols < 40; ++cols) {
      Driven tiny;
      const std::string text = drawn(tiny, rows, cols);
      CHECK(text.find("too small") == std::string::npos);
      CHECK(text.find_first_not_of(" \n") != std::string::npos);
    }
}

TEST_CASE("request 18: marks are shown and counted, and so are the workers of a question") {
  Driven ui;
  ui.keys(U"\rV");
  const std::string text = drawn(ui, 24, 80);
  CHECK(has(text, "4 marked"));
  CHECK(has(text, "*    102"));
  ui.key(U'K');
  CHECK(has(drawn(ui, 24, 80), "Kill 4 workers?"));
}

TEST_CASE("request 19: without colours and in ASCII a screen says the same; no braille, nothing of unsure width") {
  std::setlocale(LC_ALL, "C.UTF-8");
  Driven ui = crowd();
  ui.run.workers[1].state = WorkerState::Paused;
  ui.run.workers[2].state = WorkerState::Blocked;
  ui.run.workers[3].item_elapsed_s = 99;
  ui.run.workers[4].state = WorkerState::Killed;
  ui.data();
  for (const std::u32string_view way : {U"", U"\r", U"2", U"?", U"@", U"o", U"\rK", U"v"}) {
    Driven there = ui;
    there.keys(way);
    const std::string ascii = drawn(there, 40, 120, Charset::Ascii);
    for (const char c : ascii) CHECK((c == '\n' || (c >= 0x20 && c < 0x7f)));
    const std::string utf8 = drawn(there, 40, 120, Charset::Utf8);
    CHECK(utf8.find("\xe2\xa0") == std::string::npos);  // U+2800, braille
    CHECK(utf8.find("\xe2\xa3") == std::string::npos);
    CHECK(std::count(utf8.begin(), utf8.end(), '\n') == std::count(ascii.begin(), ascii.end(), '\n'));
  }
  for (const std::string_view mark : {"paused =", "blocked%", "busy   !", "killed x"})
    CHECK(has(drawn(ui, 40, 120), mark));
}

TEST_CASE("request 20: how a process ended is told in words, and a time left is rounded or left out") {
  Driven ui;
  ui.run.workers[1].state = WorkerState::Killed;
  ui.run.workers[1].item_id.reset();
  ui.run.workers[1].last_exit = ExitStatus{.exit = {}, .signal = 11, .cause = ""};
  ui.run.workers[2].state = WorkerState::Exited;
  ui.run.workers[2].item_id.reset();
  ui.run.workers[2].last_exit = ExitStatus{.exit = 3, .signal = {}, .cause = ""};
  ui.run.eta_s = 147.3;
  ui.data();
  const std::string text = drawn(ui, 24, 80);
  for (const std::string_view part : {"killed by SIGSEGV", "exit 3", "ETA ~2m30s"}) CHECK(has(text, part));
  ui.run.eta_s.reset();
  ui.data();
  CHECK(has(drawn(ui, 24, 80), "ETA -"));
}

}  // namespace pooltop
