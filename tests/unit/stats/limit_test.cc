// SPDX-License-Identifier: MIT
#include "engine/stats/limit.h"

#include <doctest/doctest.h>

#include <string>

namespace pooltop {
namespace {

StageStatus stage(const char* name, TimeShare share, std::uint64_t depth, std::vector<std::string> from) {
  StageStatus s;
  s.name = name;
  s.kind = from.empty() ? "source" : "command";
  s.state = StageState::Running;
  s.workers = from.empty() ? 1 : 8;
  s.busy = share.busy > 0 ? s.workers : 0;
  s.time_share = share;
  s.from = std::move(from);
  if (!s.from.empty()) s.queue = QueueStatus{.depth = depth, .capacity = 100};
  return s;
}

struct Crawl {
  std::vector<StageStatus> stages{stage("urls", {.busy = 0.1, .blocked = 0.9}, 0, {}),
                                  stage("fetch", {.busy = 0.97, .wait = 0.03}, 100, {"urls"}),
                                  stage("parse", {.busy = 0.47, .wait = 0.53}, 3, {"fetch"}),
                                  stage("store", {.busy = 0.2, .wait = 0.8}, 0, {"parse"})};
  std::vector<double> rates;
  double cpu = 20;
  double cores = 4;
  [[nodiscard]] LimitFacts facts() const { return {stages, rates, cpu, cores, std::nullopt}; }
  [[nodiscard]] std::optional<Limit> find() const { return find_limit(facts()); }
};

bool has(const std::optional<Limit>& limit, std::string_view text) {
  return limit && limit->text.find(text) != std::string::npos;
}

}  // namespace

TEST_CASE("stats: the limit is the busy stage with a full queue before one that waits, with the evidence") {
  const auto limit = Crawl{}.find();

  REQUIRE(limit);
  CHECK(limit->stage == "fetch");
  CHECK(limit->text == "fetch limits: its 8 workers are 97 % busy and its queue is full; parse waits for input 53 %");
  CHECK(limit->advice == "+ adds a worker");
  CHECK(limit->command == "scale fetch 9");
  CHECK(limit->chain == std::vector<std::string>{"urls is blocked by fetch (queue full)",
                                                 "parse waits for fetch (53 % of its time)",
                                                 "store waits for parse (80 % of its time)"});
}

TEST_CASE("stats: more workers are not advised where the machine's cores are full, nor for a sink") {
  Crawl full;
  full.cpu = 390;
  CHECK(full.find()->advice == "the 4 cores are 98 % busy with this run: more workers do not help");
  CHECK(full.find()->command.empty());

  Crawl sink;
  sink.stages[1].kind = "sink";
  CHECK(sink.find()->advice.find("a sink has one worker") == 0);
  CHECK(sink.find()->command.empty());
}

TEST_CASE("stats: a queue that nothing more comes to limits while it is emptied") {
  Crawl crawl;
  crawl.stages[1].queue->depth = 40;
  CHECK_FALSE(has(crawl.find(), "fetch limits"));
  crawl.stages[1].queue->closed = true;
  CHECK(has(crawl.find(), "97 % busy and 40 wait in its queue"));
}

TEST_CASE("stats: a stage whose successor is not starved does not limit, the busiest one does") {
  Crawl crawl;
  crawl.stages[2] = stage("parse", {.busy = 0.99, .wait = 0.01}, 96, {"fetch"});
  CHECK(crawl.find()->stage == "parse");
}

TEST_CASE("stats: a paused stage whose queue is full is the cause, whatever else is busy") {
  Crawl crawl;
  crawl.stages[2].state = StageState::Paused;
  crawl.stages[2].queue->depth = 99;
  CHECK(crawl.find()->stage == "fetch");  // there is room in front of the paused one
  crawl.stages[2].queue->depth = 100;
  CHECK(crawl.find()->text == "parse is paused, 100 of 100 wait in its queue");
  CHECK(crawl.find()->command == "resume parse");
  crawl.stages[2].paused_by = 4711;
  CHECK(crawl.find()->text == "parse is paused by PID 4711, 100 of 100 wait in its queue");
}

TEST_CASE("stats: a paused stage with items is the cause where nobody else has anything to do") {
  Crawl crawl;
  for (StageStatus& s : crawl.stages) s.busy = 0;
  crawl.stages[2].paused = crawl.stages[2].workers;
  CHECK(has(crawl.find(), "parse is paused, 3 of 100"));
}

TEST_CASE("stats: where the last item is with a paused worker, the pause is what holds the run") {
  Crawl crawl;
  for (StageStatus& s : crawl.stages) s.busy = 0, s.queue.reset();
  WorkerStatus worker;
  worker.pid = 7;
  worker.stage = "fetch";
  worker.state = WorkerState::Paused;
  worker.item_id = "41";
  worker.paused_by = 4711;
  LimitFacts facts = crawl.facts();
  facts.last = worker;
  CHECK(find_limit(facts)->text == "one item is left: #41 in fetch on 7, which is paused by PID 4711");
  CHECK(find_limit(facts)->command == "resume 7");
}

TEST_CASE("stats: a configured rate that is reached is the limit") {
  Crawl crawl;
  crawl.stages[1].time_share = {.busy = 0.3, .wait = 0.7};
  crawl.stages[1].rate_per_s = 9.8;
  CHECK_FALSE(crawl.find());
  crawl.rates = {0, 10, 0, 0};
  CHECK(has(crawl.find(), "fetch is held at its rate, 10/s: 100 wait in its queue; parse waits for input 53 %"));
}

TEST_CASE("stats: workers that die as soon as they start are the limit, not the queue in front of them") {
  Crawl crawl;
  crawl.stages[1].busy = 0;
  crawl.stages[1].time_share = {.backoff = 0.95};
  CHECK(has(crawl.find(), "fetch is in backoff 95 % of its time"));
  CHECK(crawl.find()->command == "logs fetch");
}

TEST_CASE("stats: the source is the limit where all after it wait for input") {
  Crawl crawl;
  crawl.stages[0] = stage("urls", {.busy = 1}, 0, {});
  crawl.stages[0].rate_per_s = 3;
  for (std::size_t i = 1; i < 4; ++i)
    crawl.stages[i] = stage(crawl.stages[i].name.c_str(), {.busy = 0.1, .wait = 0.9}, 0, crawl.stages[i].from);
  CHECK(has(crawl.find(), "urls limits: it gives 3.0/s and all after it wait for input"));
  crawl.stages[0].state = StageState::Done;
  CHECK_FALSE(crawl.find());
}

TEST_CASE("stats: the machine is the limit where its cores are full and no queue is") {
  Crawl crawl;
  crawl.stages[1].queue->depth = 50;
  crawl.cpu = 380;
  CHECK(crawl.find()->stage.empty());
  CHECK(has(crawl.find(), "the machine limits: the 4 cores are 95 % busy with this run"));
}

TEST_CASE("stats: the one item that is left is the limit once it takes ten seconds") {
  Crawl crawl;
  LimitFacts facts = crawl.facts();
  WorkerStatus& last = facts.last.emplace();
  last.pid = 7;
  last.stage = "parse";
  last.item_id = "2988";
  last.item_elapsed_s = 9;
  CHECK(find_limit(facts)->stage == "fetch");
  last.item_elapsed_s = 32;
  CHECK(find_limit(facts)->text == "one item is left: #2988, for 32s in parse on 7");
}

TEST_CASE("stats: a limit is told after ten seconds, a pause at once, and both go as soon as they are over") {
  const Crawl busy;
  Crawl calm;
  calm.stages[1].queue->depth = 5;
  Crawl paused;
  paused.stages[1].state = StageState::Paused;
  LimitFinder finder;

  finder.update(busy.facts(), 0);
  finder.update(busy.facts(), 9 * kSecond);
  CHECK_FALSE(finder.now());
  finder.update(busy.facts(), 10 * kSecond);
  CHECK(has(finder.now(), "fetch limits"));
  finder.update(calm.facts(), 11 * kSecond);
  CHECK_FALSE(finder.now());
  finder.update(paused.facts(), 12 * kSecond);
  CHECK(has(finder.now(), "fetch is paused"));
}

TEST_CASE("stats: of a run that ended the stage is named that limited it longest, if that was a fifth of the time") {
  const Crawl busy;
  LimitFinder finder;
  for (int second = 0; second <= 40; ++second) finder.update(busy.facts(), second * kSecond);

  CHECK(finder.of_the_run(100 * kSecond)->text == "fetch limited the run for 0:00:30 of 0:01:40");
  CHECK_FALSE(finder.of_the_run(200 * kSecond));
}

}  // namespace pooltop
