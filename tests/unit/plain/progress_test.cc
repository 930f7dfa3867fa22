// SPDX-License-Identifier: MIT
#include "tui/plain/progress.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "engine/base/clock.h"
#include "tui/plain/event.h"
#include "tui/plain/failure.h"

using namespace pooltop;

namespace {

StageStatus stage(const char* name, const char* kind, std::uint32_t workers) {
  StageStatus row;
  row.name = name;
  row.kind = kind;
  row.workers = row.busy = workers;
  return row;
}

QueueStatus queue(std::uint64_t depth) {
  QueueStatus row;
  row.depth = depth;
  row.capacity = 256;
  return row;
}

Snapshot crawl() {
  Snapshot now;
  now.run = "crawl";
  now.state = RunState::Running;
  now.elapsed_s = 10;
  now.items = {9000, 400, 2, 12};
  now.eta_s = 224;
  now.stages = {stage("urls", "source", 1), stage("fetch", "command", 8), stage("store", "sink", 1)};
  now.stages[1].time_share.busy = 0.97;
  now.stages[1].latency = {0.18, 0.9};
  now.stages[1].queue = queue(256);
  now.stages[2].queue = queue(0);
  now.limit.emplace().stage = "fetch";
  return now;
}

WorkerStatus worker(pid_t pid) {
  WorkerStatus row;
  row.pid = pid;
  row.stage = "fetch";
  row.slot = 6;
  row.state = WorkerState::Busy;
  return row;
}

}  // namespace

TEST_CASE("plain: a progress line names the count, the rate since the line before, the estimate and each queue") {
  Progress progress;

  CHECK(progress.progress(crawl()).text ==
        "402/9000 4% 40.2/s eta ~3m40s failed 2 | fetch 8/8 q256/256 LIMIT | store 1/1 q0");

  Snapshot later = crawl();
  later.elapsed_s = 20;
  later.items.done = 598;
  CHECK(progress.progress(later).text.starts_with("600/9000 6% 19.8/s "));
}

TEST_CASE("plain: a run of unknown size has no share and no estimate; a paused stage says so") {
  Snapshot now = crawl();
  now.limit.reset();
  now.items.total.reset();
  now.eta_s.reset();
  now.stages[1].state = StageState::Paused;
  now.stages[1].time_share = {};

  CHECK(Progress().progress(now).text == "402 40.2/s failed 2 | fetch 8/8 q256/256 PAUSED | store 1/1 q0");
}

TEST_CASE("plain: an empty source is complete, and a count that falls gives the rate 0") {
  Snapshot now = crawl();
  now.items = {0, 0, 0, 0};
  now.eta_s.reset();
  CHECK(Progress().progress(now).text.starts_with("0/0 100% 0.0/s failed 0"));

  Progress progress;
  (void)progress.progress(crawl());
  now = crawl();
  now.items.failed = 0;
  now.elapsed_s = 20;
  CHECK(progress.progress(now).text.starts_with("400/9000 4% 0.0/s"));
}

TEST_CASE("plain: the oldest item is named when it is slow for its stage, and not before") {
  Snapshot now = crawl();
  WorkerStatus row = worker(21872);
  row.item_id = "2988";
  row.item_elapsed_s = 9.9;
  now.workers = {worker(21871), row};
  CHECK_FALSE(Progress().oldest(now));

  now.workers[1].item_elapsed_s = 32;
  CHECK(Progress().oldest(now)->text == "WAIT fetch pid 21872 on #2988 for 32s (oldest of 12 in flight)");

  now.stages[1].latency.p99_s = 8;
  CHECK_FALSE(Progress().oldest(now));
}

TEST_CASE("plain: what the engine tells of retries and deaths is one line each; a death says which slot's") {
  constexpr const char* kNoon = "2026-01-31T12:00:00.000Z";
  const auto retry = event_line({1, kNoon, "retry", "fetch", 21872, "2988", "try 1/3 exit 56 after 1.1s; retry in 2s"});
  REQUIRE(retry);
  CHECK(retry->text == "RETRY fetch #2988 pid 21872: try 1/3 exit 56 after 1.1s; retry in 2s");
  CHECK(nlohmann::json::parse("{" + retry->members + "}")["id"] == "2988");

  const EngineEvent death{2, kNoon, "crash", "fetch", 21877, "", "slot 6: killed by SIGSEGV\x1b"};
  const auto crash = event_line(death);
  REQUIRE(crash);
  CHECK(crash->text == "CRASH fetch pid 21877: slot 6: killed by SIGSEGV\\x1b");
  CHECK(slot_of(death) == 6);
  CHECK_FALSE(slot_of({3, kNoon, "restart", "fetch", 21878, "", "slot 6 has a new worker"}));
  CHECK(event_line({4, kNoon, "given_up", "urls", 0, "", "EAGAIN"})->text == "GIVEN UP urls: EAGAIN");
  CHECK_FALSE(event_line({7, kNoon, "start_refused", "urls", 0, "", "EAGAIN"}));
  CHECK_FALSE(event_line({6, kNoon, "source_failed", "urls", 0, "", "exit 1"}));  // a problem
  CHECK_FALSE(event_line({5, kNoon, "failed", "fetch", 1, "2988", "exit 56"}));
}

TEST_CASE("plain: a problem that comes back at once is told once, one that comes back later again") {
  Progress progress;
  Snapshot now = crawl();
  (void)progress.changes(now);
  now.problems = {{"error", "store", std::nullopt, 0, "No space left on device"}};
  CHECK(progress.changes(now).size() == 1);
  now.problems.push_back({"error", "", std::nullopt, 0, "on_failure stops the run"});  // the run's own
  CHECK(progress.changes(now).at(0).text == "ERROR: on_failure stops the run");
  Snapshot between = now;
  between.problems.clear();
  between.elapsed_s += 1;
  CHECK(progress.changes(between).empty());
  now.elapsed_s += 2;
  CHECK(progress.changes(now).empty());
  between.elapsed_s = now.elapsed_s + 60;
  CHECK(progress.changes(between).empty());
  now.elapsed_s += 61;
  CHECK(progress.changes(now).size() == 2);
}

TEST_CASE("plain: a run is told to have started, paused and gone on, once each") {
  Progress progress;
  Snapshot now = crawl();
  now.pid = 812;
  CHECK(progress.changes(now).at(0).text == "started, engine 812");
  CHECK(progress.changes(now).empty());
  now.state = RunState::Paused;
  CHECK(progress.changes(now).at(0).text == "is paused now");
  CHECK(progress.changes(now).empty());
}

TEST_CASE("plain: the last output of a worker stands below the line and in the JSON, made printable") {
  PlainLine line{"restart", "RESTART fetch", "\"pid\":7"};

  add_output(line, {"first", "second\x1b[31m"});

  CHECK(line.text == "RESTART fetch\n    first\n    second\\x1b[31m");
  CHECK(nlohmann::json::parse(as_json(line, "crawl", 0))["output"].size() == 2);
}

TEST_CASE("plain: a problem is told when it is new, not whenever its numbers change") {
  Progress progress;
  Snapshot now = crawl();
  CHECK(progress.changes(now).at(0).text == "started, engine 0");
  now.problems = {{"warning", "fetch", 21872, 22, "32s on item 2988, p99 is 0.9s"}};
  REQUIRE(progress.changes(now).size() == 1);
  now.problems[0].text = "33s on item 2988, p99 is 0.9s";
  CHECK(progress.changes(now).empty());
  now.problems.clear();
  CHECK(progress.changes(now).empty());
  now.problems = {{"error", "fetch", {}, 0, "disk full"}};
  CHECK(progress.changes(now).at(0).text == "ERROR fetch: disk full");
}

TEST_CASE("plain: text and JSON lines are whole lines with the time in UTC") {
  const std::int64_t wall = parse_utc("2026-01-31T12:00:10Z");
  const PlainLine line = Progress().progress(crawl());

  CHECK(as_text(line, "crawl", wall).starts_with("12:00:10Z crawl 402/9000 "));
  const auto object = nlohmann::json::parse(as_json(line, "crawl", wall));
  CHECK(object["event"] == "progress");
  CHECK(object["time"] == "2026-01-31T12:00:10.000Z");
  CHECK(object["run"] == "crawl");
  CHECK(object["total"] == 9000);
  CHECK(object["stages"][0]["name"] == "fetch");
  CHECK(nlohmann::json::parse(as_json({"state", "x", ""}, "crawl", wall))["event"] == "state");
}

TEST_CASE("plain: a failed item is told with its last attempt and the last three lines of its stderr, made printable") {
  FailedItem item;
  item.id = "2988";
  item.stage = "fetch";
  item.error = "exit status 56";
  item.attempts.resize(2);
  item.attempts[1].exit = 56;
  item.attempts[1].elapsed_s = 1.14;
  item.standard_error = "1\n2\n3\x1b[31m\n4\n";

  const PlainLine line = failure_line(item);

  CHECK(line.text == "FAIL fetch #2988 try 2 exit 56 after 1.1s: exit status 56\n    2\n    3\\x1b[31m\n    4");
  const auto members = nlohmann::json::parse("{" + line.members + "}");
  CHECK(members["attempts"] == 2);
  CHECK(members["stderr"].size() == 3);
}

TEST_CASE("plain: a failed item without tries and without stderr is one line") {
  FailedItem item;
  item.id = "7";
  item.stage = "fetch";
  item.error = "failed by you";

  CHECK(failure_line(item).text == "FAIL fetch #7: failed by you");
}

TEST_CASE("plain: an estimate is rounded, an end is named by its signal") {
  CHECK(approximate(0.4) == "~0s");
  CHECK(approximate(59.4) == "~59s");
  CHECK(approximate(227) == "~3m40s");
  CHECK(approximate(7265) == "~2h01m");
  CHECK(describe({1, {}, ""}) == "exit 1");
  CHECK(describe({{}, 9, "memory limit"}) == "killed by SIGKILL (memory limit)");
}

TEST_CASE("plain: a stage that limits the run is told once, with what to try, and again when it is another one") {
  Progress progress;
  Snapshot now = crawl();
  now.limit.reset();
  (void)progress.changes(now);
  now.limit = Limit{"fetch", "fetch limits: its 8 workers are 97 % busy", "+ adds a worker", "scale fetch 9", {}};

  const auto lines = progress.changes(now);
  REQUIRE(lines.size() == 1);
  CHECK(lines[0].text == "LIMIT fetch limits: its 8 workers are 97 % busy; to try: pooltop scale crawl fetch 9");
  const auto members = nlohmann::json::parse("{" + lines[0].members + "}");
  CHECK(members["stage"] == "fetch");
  CHECK(members["command"] == "pooltop scale crawl fetch 9");

  now.limit->text = "fetch limits: its 8 workers are 98 % busy";
  CHECK(progress.changes(now).empty());
  now.limit.reset();
  CHECK(progress.changes(now).empty());
  now.limit = Limit{"store", "store limits", "", "", {}};
  CHECK(progress.changes(now).at(0).text == "LIMIT store limits");
}
