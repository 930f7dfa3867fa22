// SPDX-License-Identifier: MIT
#include "engine/stats/problems.h"

#include <doctest/doctest.h>

#include <csignal>

using namespace pooltop;

namespace {
constexpr Nanos kNow = 1000 * kSecond;

StageFacts waiting_stage() {
  StageFacts stage;
  stage.name = "hash";
  stage.depth = 12;
  stage.last_taken = kNow - 11 * kSecond;
  return stage;
}
}  // namespace

TEST_CASE("stats: an item is slow beyond ten seconds and five times the p99") {
  CHECK_FALSE(is_slow(10 * kSecond, kSecond, std::nullopt));
  CHECK(is_slow(10 * kSecond + 1, kSecond, std::nullopt));
  CHECK_FALSE(is_slow(20 * kSecond, 4 * kSecond, std::nullopt));
  CHECK(is_slow(20 * kSecond + 1, 4 * kSecond, std::nullopt));
}

TEST_CASE("stats: an item is slow beyond four fifths of its timeout") {
  CHECK_FALSE(is_slow(8 * kSecond, 0, 10 * kSecond));
  CHECK(is_slow(8 * kSecond + 1, 0, 10 * kSecond));
}

TEST_CASE("stats: a slow item is a warning with its age, its id and what is usual") {
  StageFacts stage;
  stage.name = "hash";
  stage.p99 = 900 * kMillisecond;
  const std::vector<BusyFacts> busy = {{4242, "hash", "2988", 32 * kSecond}, {4243, "hash", "2989", kSecond}};

  const auto problems = find_problems(std::vector{stage}, busy, {}, {}, kNow);

  REQUIRE(problems.size() == 1);
  CHECK(problems[0].severity == "warning");
  CHECK(problems[0].pid == 4242);
  CHECK(problems[0].since_s == doctest::Approx(22));
  CHECK(problems[0].text == "32s on item 2988, p99 is 0.9s");
}

TEST_CASE("stats: a worker that starts for more than ten seconds is a warning that names it") {
  const std::vector<StartingFacts> starting = {{4242, "load", 10 * kSecond}, {4243, "load", 72 * kSecond}};

  const auto problems = find_problems({}, {}, starting, {}, kNow);

  REQUIRE(problems.size() == 1);
  CHECK(problems[0].severity == "warning");
  CHECK(problems[0].stage == "load");
  CHECK(problems[0].pid == 4243);
  CHECK(problems[0].since_s == doctest::Approx(62));
  CHECK(problems[0].text == "starting for 1m12s: no item is given to it yet");
}

TEST_CASE("stats: a slow item of a stage that never answered comes with the stage's hint") {
  StageFacts stage;
  stage.name = "py";
  stage.no_answer_hint = "is its stdout buffered?";

  const auto problems =
      find_problems(std::vector{stage}, std::vector<BusyFacts>{{7, "py", "0", 12 * kSecond}}, {}, {}, kNow);

  REQUIRE(problems.size() == 1);
  CHECK(problems[0].text == "12s on item 0; no answer yet: is its stdout buffered?");
}

TEST_CASE("stats: a queue that nobody takes from is stalled, with why") {
  StageFacts stage = waiting_stage();
  stage.paused = 2;
  CHECK(stall_reason(stage, kNow) == "all 2 workers are paused");
  stage.backoff = 1;
  CHECK(stall_reason(stage, kNow) == "of 3 workers 2 paused, 1 in backoff before a restart");
  stage.paused = 0;
  CHECK(stall_reason(stage, kNow) == "its one worker is in backoff before a restart");
  stage.backoff = 0;
  CHECK(stall_reason(stage, kNow) == "it has no worker");
  stage.given_up = 2;
  CHECK(stall_reason(stage, kNow) == "max_restarts reached");
}

TEST_CASE("stats: a queue is not stalled while it is empty, fresh, worked at or blocked further down") {
  StageFacts stage = waiting_stage();
  stage.paused = 1;
  REQUIRE(stall_reason(stage, kNow));
  CHECK_FALSE(stall_reason(stage, kNow - 2 * kSecond));
  SUBCASE("empty") { stage.depth = 0; }
  SUBCASE("busy") { stage.busy = 1; }
  SUBCASE("blocked") { stage.blocked = 1; }
  SUBCASE("only items that wait out their backoff") { stage.retries_only = true; }
  SUBCASE("taken just now") { stage.last_taken = kNow; }
  CHECK_FALSE(stall_reason(stage, kNow));
}

TEST_CASE("stats: many deaths of one stage are one problem, about the last of them") {
  std::vector<DeathFacts> deaths(5);
  for (int i = 0; i < 4; ++i) {
    DeathFacts& dead = deaths[static_cast<std::size_t>(i)];
    dead.pid = 100 + i;
    dead.stage = "fetch";
    dead.end.exit = 3;
    dead.at = kNow - (5 - i) * kSecond;
    dead.item_id = "7";
  }
  deaths[4].stage = "parse";
  deaths[4].end.signal = SIGSEGV;
  deaths[4].at = kNow - kSecond;
  const auto found = find_problems({}, {}, {}, deaths, kNow);
  REQUIRE(found.size() == 2);
  CHECK(found[0].text == "4 workers died in 10s; the last one: exit 3 on item 7");
  CHECK(found[0].pid == 103);
  CHECK(found[0].since_s == 5);
  CHECK(found[1].text == "killed by SIGSEGV");
}

TEST_CASE("stats: a stage that a user paused says so, and is not stalled; without waiting items nothing is wrong") {
  StageFacts stage;
  stage.name = "fetch";
  stage.is_paused = true;
  stage.paused_for = 12 * kSecond;
  stage.paused_by = 4711;
  stage.paused = 2;
  stage.depth = 244;
  stage.last_taken = kNow - 60 * kSecond;
  auto found = find_problems(std::span(&stage, 1), {}, {}, {}, kNow);
  REQUIRE(found.size() == 1);
  CHECK(found[0].text == "paused by PID 4711: 244 items wait in its queue");
  CHECK(found[0].since_s == 12);
  CHECK(found[0].severity == "warning");
  stage.depth = 0;
  CHECK(find_problems(std::span(&stage, 1), {}, {}, {}, kNow).empty());
}

TEST_CASE("stats: paused workers that nothing gets on without are named, also where no item waits") {
  StageFacts stage;
  stage.name = "fetch";
  stage.paused = 1;
  stage.paused_for = 3 * kSecond;
  stage.paused_by = 4711;
  const auto found = [&] { return find_problems(std::span(&stage, 1), {}, {}, {}, kNow); };
  SUBCASE("the last items or the end of the stream wait for them") {
    stage.idle = 1;
    CHECK(found().empty());  // more may come, for the other

    stage.is_closed = true;
    REQUIRE(found().size() == 1);
    CHECK(found()[0].text == "paused by PID 4711: its end waits for 1 paused worker");
    CHECK(found()[0].since_s == 3);

    stage.busy = 1;
    CHECK(found().empty());
  }
  SUBCASE("a source") {
    stage.is_source = true;
    stage.paused_by = 0;  // by a signal from elsewhere
    REQUIRE(found().size() == 1);
    CHECK(found()[0].text == "paused: no items come from it");
  }
}

TEST_CASE("stats: a death is told for ten seconds, with its signal and successor") {
  std::vector<DeathFacts> deaths(1);
  deaths[0].pid = 7;
  deaths[0].stage = "hash";
  deaths[0].end.signal = SIGSEGV;
  deaths[0].at = kNow;
  deaths[0].item_id = "3";
  deaths[0].successor = 8;

  const auto now = find_problems({}, {}, {}, deaths, kNow + 10 * kSecond);
  REQUIRE(now.size() == 1);
  CHECK(now[0].text == "killed by SIGSEGV on item 3, replaced by 8");
  CHECK(find_problems({}, {}, {}, deaths, kNow + 10 * kSecond + 1).empty());
}

TEST_CASE("stats: an end is described by exit status or signal, with its cause") {
  CHECK(describe_end({3, {}, ""}) == "exit 3");
  CHECK(describe_end({{}, SIGKILL, "memory limit"}) == "killed by SIGKILL (memory limit)");
  CHECK(describe_end({{}, 63, ""}) == "killed by signal 63");
}

TEST_CASE("stats: errors come before warnings, older before younger") {
  StageFacts stage = waiting_stage();
  stage.given_up = 1;
  stage.given_up_at = kNow - 2 * kSecond;
  const std::vector<BusyFacts> busy = {{1, "hash", "1", 20 * kSecond}, {2, "hash", "2", 40 * kSecond}};
  stage.busy = 0;

  const auto problems = find_problems(std::vector{stage}, busy, {}, {}, kNow);

  REQUIRE(problems.size() == 4);
  CHECK(problems[0].text == "stalled: 12 items wait, max_restarts reached");
  CHECK(problems[1].text == "1 of its slots given up: max_restarts reached");
  CHECK(problems[2].pid == 2);
  CHECK(problems[3].pid == 1);
}
