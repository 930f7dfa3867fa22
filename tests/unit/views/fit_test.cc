// SPDX-License-Identifier: MIT
// What real runs look like: long figures, many workers, paths that differ at their end.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <clocale>

#include "tests/unit/views/drawn.h"
#include "tui/views/figures.h"
#include "tui/views/summary.h"

namespace pooltop {
namespace {

std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

// A day into a run of a million items.
Driven long_run() {
  Driven ui;
  ui.run.run = "a-run-with-a-long-name";
  ui.run.items = {12'000'000, 9'876'543, 12, 1000};
  ui.run.elapsed_s = 86'400;
  ui.run.eta_s = 20'000;
  ui.run.problems = {{"warning", "fetch", 103, 5, "slow"}};
  ui.data();
  return ui;
}

}  // namespace

TEST_CASE("views: the header never loses problems and notices, however long the figures are") {
  for (const int cols : {40, 60, 80, 100, 120})
    for (const int rows : {10, 24}) {
      Driven ui = long_run();
      const std::string top = first_line(drawn(ui, rows, cols));
      CHECK_MESSAGE((has(top, "  1 problem") || has(top, "  1!")), top);
      ui.event(LinkChanged{Link::Lost});
      CHECK_MESSAGE(has(first_line(drawn(ui, rows, cols)), "NO CONNECTION"), drawn(ui, rows, cols));
      ui.event(LinkChanged{Link::Up});
      ui.now += 5 * kSecond;
      ui.event(Ticked{});
      CHECK_MESSAGE(has(first_line(drawn(ui, rows, cols)), "NO DATA 5s"), drawn(ui, rows, cols));
    }
  Driven ui = long_run();
  CHECK(has(first_line(drawn(ui, 24, 80)), "1! e"));
  CHECK(has(first_line(drawn(ui, 10, 40)), " x12  1!"));
  CHECK(has(first_line(drawn(ui, 10, 100)), " failed 12  1!"));
}

TEST_CASE("views: a figure that does not fit is left out, not cut") {
  for (int cols = 40; cols < 130; ++cols) {
    Driven ui = long_run();
    const std::string text = drawn(ui, 24, cols);
    if (has(text, "waiting in")) CHECK_MESSAGE(has(text, "waiting in queues 6"), cols, "\n", text);
    if (has(text, "in fl")) CHECK_MESSAGE(has(text, "in flight 1000"), cols, "\n", text);
    CHECK(has(text, "failed 12"));
  }
}

TEST_CASE("views: where the total is not known it is said, and so is why there is no ETA") {
  Driven ui;
  ui.run.items.total.reset();
  ui.data();
  CHECK(has(drawn(ui, 40, 120), "not known before the source ends"));
}

TEST_CASE("views: busy counts, marks and rates never touch, with few workers or a thousand") {
  for (const std::uint32_t workers : {8U, 30U, 256U, 1000U})
    for (const int cols : {40, 60, 79, 80, 100, 120, 200}) {
      Driven ui;
      StageStatus& stage = ui.run.stages[1];
      stage.workers = workers;
      stage.busy = workers - 1;
      stage.paused = 1;
      stage.rate_per_s = stage.in_rate_per_s = 912.8;
      ui.data();
      const std::string text = drawn(ui, 24, cols);
      const std::string busy = fmt::format(" {}/{} ", workers - 1, workers);
      CHECK_MESSAGE(has(text, busy), cols, "\n", text);
      CHECK_MESSAGE(has(text, cols < 80 ? " 913/s " : " 912.8 "), cols, "\n", text);
      if (cols >= 80) CHECK_MESSAGE(has(text, busy + "=1 "), cols, "\n", text);
    }
}

TEST_CASE("views: at 40 columns a stage still shows how full its queue is, and what failed") {
  Driven ui;
  ui.run.stages[1].failed = 7;
  ui.run.stages[1].queue->depth = 10;
  ui.data();
  const std::string text = drawn(ui, 10, 40);
  CHECK_MESSAGE(has(text, ">v fetch    10/10# 4/4   0/s running x7\n"), text);
  CHECK_MESSAGE(has(text, " v store     3/10. 1/1   0/s running\n"), text);
}

TEST_CASE("views: a bar of one cell is full only when the queue is, and not empty as soon as it is not") {
  for (const Charset charset : {Charset::Ascii, Charset::Utf8}) {
    const Glyphs& glyphs = glyphs_of(charset);
    CHECK(level_text(0, 256, glyphs) == " ");
    CHECK(level_text(1, 256, glyphs) != " ");
    CHECK(level_text(255, 256, glyphs) != level_text(256, 256, glyphs));
    CHECK(level_text(300, 256, glyphs) == level_text(256, 256, glyphs));
    CHECK(level_text(1, 0, glyphs) == " ");
  }
}

TEST_CASE("views: long names of stages take room from the bar, and a part of the stages is said to be a part") {
  Driven ui;
  ui.run.stages[1].name = "resize-images";
  for (int i = 0; i < 20; ++i) {
    ui.run.stages.push_back(ui.run.stages[2]);
    ui.run.stages.back().name = fmt::format("stage-{}", i);
  }
  ui.data();
  CHECK_MESSAGE(has(drawn(ui, 24, 80), "[1] Pipeline 1-7/23="), drawn(ui, 24, 80));
  CHECK_MESSAGE(has(drawn(ui, 24, 80), "v resi...mages [#---]"), drawn(ui, 24, 80));
  CHECK_MESSAGE(has(drawn(ui, 40, 120), "v resize-images [##-----]"), drawn(ui, 40, 120));
  ui.key(U'G');
  CHECK_MESSAGE(has(drawn(ui, 24, 80), "[1] Pipeline 17-23/23==== TIME: # busy"), drawn(ui, 24, 80));
}

TEST_CASE("views: between 60 and 80 columns failures and the use of time are shown") {
  Driven ui;
  ui.run.stages[1].failed = 7;
  ui.run.stages[1].time_share = {1, 0, 0, 0, 0};
  ui.data();
  const std::string text = drawn(ui, 24, 72);
  CHECK_MESSAGE(has(text, "BUSY  OUT  FAIL TIME 30s"), text);
  CHECK_MESSAGE(has(text, " 7 ##########"), text);
}

TEST_CASE("views: a long item shows both its ends, and its rest when it is scrolled") {
  Driven ui;
  for (WorkerStatus& worker : ui.run.workers) worker.item = "/usr/include/node/openssl/archs/include/" + *worker.item;
  ui.data();
  ui.key(kKeyEnter);
  CHECK_MESSAGE(has(drawn(ui, 24, 80), "  /usr/inclu...e/item-101\n"), drawn(ui, 24, 80));
  ui.key(kKeyRight);
  CHECK_MESSAGE(has(drawn(ui, 24, 80), "  lude/node/openssl/archs\n"), drawn(ui, 24, 80));
}

TEST_CASE("views: a slot that had another process before shows how often, also at 80 columns") {
  Driven ui;
  ui.run.workers[2].restarts = 3;
  ui.data();
  const std::string text = drawn(ui, 24, 80);
  CHECK_MESSAGE(has(text, "RSS RST TRY  ITEM"), text);
  CHECK_MESSAGE(has(text, "  0   3 1/3  item-102"), text);
}

TEST_CASE("views: an item that is empty is two quotes, not nothing") {
  Driven ui;
  ui.run.workers[1].item = "";
  ui.data();
  ui.key(kKeyEnter);
  CHECK(has(drawn(ui, 24, 80), "1/3  \"\""));
  ui.key(kKeyEnter);
  CHECK(has(drawn(ui, 24, 80), "\n        \"\"\n"));
}

TEST_CASE("views: a worker's details show all of a long item") {
  Driven ui;
  ui.run.workers[1].item = std::string(100, 'a') + std::string(60, 'b') + "/the-end.html";
  ui.data();
  ui.keys(U"\r\r");
  CHECK(has(drawn(ui, 24, 80), "/the-end.html"));
}

TEST_CASE("views: a paused worker shows how long it stands, with an item and without") {
  Driven ui;
  WorkerStatus& worker = ui.run.workers[1];
  worker.state = WorkerState::Paused;
  worker.item_elapsed_s = 0.1;
  worker.state_since_s = 42;
  ui.data();
  CHECK(has(drawn(ui, 24, 80), "paused =    42s"));
}

TEST_CASE("views: while only paused workers have something to do there is no ETA, and the stage is held") {
  Driven ui;
  ui.run.eta_s = 1;
  for (StageStatus& stage : ui.run.stages) stage.busy = 0;
  StageStatus& fetch = ui.run.stages[1];
  fetch.paused = 1;
  fetch.queue->depth = 0;
  fetch.queue->in_flight = 1;
  ui.data();
  const std::string text = drawn(ui, 24, 80);
  CHECK_MESSAGE(has(text, "ETA -"), text);
  CHECK_MESSAGE(has(text, "held ="), text);
}

TEST_CASE("views: the place of a process that is gone is marked until the cursor is moved") {
  Driven ui;
  ui.keys(U"\rj");
  ui.run.workers[2].pid = 999;
  ui.data();
  const std::string text = drawn(ui, 24, 80);
  CHECK_MESSAGE(has(text, "\n?    999"), text);
  CHECK_MESSAGE(has(text, "worker 102 is gone, 999 has its slot; move to choose it"), text);
  ui.key(U'j');
  CHECK(has(drawn(ui, 24, 80), "\n>    999"));
}

TEST_CASE("views: the key bar says where Enter goes, and fits at 80 columns also in an attached monitor") {
  Driven ui(false);
  CHECK(has(drawn(ui, 24, 100), "Enter workers"));
  CHECK(has(drawn(ui, 24, 80), "o output  : cmd  ? help  q detach"));
  ui.key(kKeyEnter);
  CHECK(has(drawn(ui, 24, 100), "Enter detail"));
  ui.key(kKeyEnter);
  CHECK(has(drawn(ui, 24, 80), "Enter item"));
  ui.key(kKeyEnter);
  CHECK_FALSE(has(drawn(ui, 24, 100), "Enter"));
}

TEST_CASE("views: the key bar says that p lets a paused stage, or worker, go on") {
  Driven ui;
  CHECK(has(drawn(ui, 24, 80), "  p pause  "));
  ui.run.stages[1].state = StageState::Paused;
  ui.data();
  CHECK(has(drawn(ui, 24, 80), "  p resume  "));
  CHECK(has(drawn(ui, 30, 120), "  p resume  "));
  ui.run.stages[1].state = StageState::Running;
  for (WorkerStatus& worker : ui.run.workers) worker.state = WorkerState::Busy;
  ui.data();
  ui.key(kKeyEnter);
  CHECK(has(drawn(ui, 24, 80), " p pause  "));
  for (WorkerStatus& worker : ui.run.workers) worker.state = WorkerState::Paused;
  ui.data();
  CHECK(has(drawn(ui, 24, 80), " p resume  "));
}

TEST_CASE("views: the whole help can be read, however narrow the terminal is") {
  for (const int cols : {40, 60, 80}) {
    Driven ui;
    ui.key(U'?');
    CHECK(has(drawn(ui, 200, cols), "(asks"));
    const std::string text = drawn(ui, 200, cols);
    CHECK_MESSAGE(has(text, "attached to"), text);
    CHECK_MESSAGE(has(text, "several)"), text);
  }
}

TEST_CASE("views: what pooltop notes in a worker's log is told from what the worker wrote") {
  Driven ui;
  ui.event(Answered{ui.state.output.asked,
                    {},
                    {{"2026-01-31T12:00:43.120Z", 9001, "fetch", "out", "one"},
                     {"2026-01-31T12:00:43.120Z", 9001, "fetch", "err", "two"},
                     {"2026-01-31T12:00:43.120Z", 9001, "fetch", "note", "three"}},
                    "1"});
  const std::string text = drawn(ui, 30, 80);
  for (const std::string_view part : {"fetch.0 out  one", "fetch.0 err  two", "fetch.0 ---  three"})
    CHECK(has(text, part));
}

TEST_CASE("views: a command line is shown as a whole or not at all") {
  Driven ui;
  ui.keys(U"\rKx");
  ui.event(Answered{ui.sent[0].id, {}, {}, {}});
  CHECK(has(drawn(ui, 24, 100), "$ pooltop fail crawl fetch 101 --kill\n"));
  CHECK_FALSE(has(drawn(ui, 24, 60), "$ pooltop"));
  CHECK(has(drawn(ui, 24, 60), "#101 of fetch failed for good, its worker is killed\n"));
}

TEST_CASE("views: latencies of which there is none are no zeros") {
  Driven ui;
  CHECK_FALSE(has(drawn(ui, 40, 120), "0ms"));
}

TEST_CASE("views: times left are rounded to what can be known") {
  CHECK(eta_text(0.2) == "~1s");
  CHECK(eta_text(9.0) == "~9s");
  CHECK(eta_text(61.0) == "~1m00s");
}

TEST_CASE("summary: a run that failed says why, in at most twelve lines") {
  Snapshot run = crawl_run();
  run.state = RunState::Failed;
  run.exit_status = 3;
  run.problems = {{"warning", "fetch", 103, 5, "slow"},
                  {"error", "fetch", std::nullopt, 1, "more than 5 restarts; exit 1; " + std::string(100, 'x')}};
  for (int i = 0; i < 30; ++i) run.stages.push_back(run.stages[1]);
  const auto lines = summary_lines(run, {"/failed.jsonl", "/results"});
  CHECK(lines.size() <= 12);
  CHECK(lines[1].starts_with("  fetch: more than 5 restarts; exit 1; xxx"));
  CHECK(lines[1].ends_with("xxx"));
}

TEST_CASE("views: the verdict shows the whole path of the failed items, in as many lines as it needs") {
  Driven ui;
  ui.state.failed_file = "/home/somebody/.local/state/pooltop/runs/crawl/failed.jsonl";
  ui.run.state = RunState::Done;
  ui.run.exit_status = 1;
  ui.run.workers.clear();
  ui.data();
  ui.key(U'1');  // it ended on what failed
  std::string text = drawn(ui, 24, 60);
  std::erase(text, '\n');
  CHECK_MESSAGE(has(text, "runs/crawl/failed.jsonl"), text);
}

}  // namespace pooltop
