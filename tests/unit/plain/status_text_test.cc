// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include "tests/support/texts.h"
#include "tui/plain/status_text.h"

using namespace pooltop;
using pooltop::testing::has;

TEST_CASE("plain: a status as text names run, stages, workers and problems, all printable") {
  Snapshot status;
  status.run = "crawl";
  status.state = RunState::Running;
  status.pid = 812;
  status.elapsed_s = 75;
  status.items = {9000, 3021, 2, 12};
  StageStatus& fetch = status.stages.emplace_back();
  fetch.name = "fetch";
  fetch.kind = "command";
  fetch.workers = 8;
  WorkerStatus worker;
  worker.pid = 4242;
  worker.stage = "fetch";
  worker.item_id = "2988";
  worker.item = "evil\x1b[31m";
  status.workers = {worker};
  status.problems = {{"warning", "fetch", 4242, 22, "slow"}};

  const std::string text = status_text(status);

  CHECK(has(text, "crawl: running, 0:01:15  3021 done of 9000, 2 failed, 12 in flight  (engine 812)"));
  CHECK(has(text, "4242 fetch"));
  CHECK(has(text, "fetch            command            -     0/8"));
  CHECK(has(text, "#2988 evil\\x1b[31m"));
  CHECK(has(text, "warning: fetch pid 4242: slow"));
  CHECK_FALSE(has(text, "\x1b"));
}
