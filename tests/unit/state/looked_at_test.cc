// SPDX-License-Identifier: MIT
#include "tui/state/looked_at.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "tests/unit/state/crawl.h"

namespace pooltop {
namespace {

bool holds(const std::vector<WorkerKey>& keys, pid_t pid) {
  return std::any_of(keys.begin(), keys.end(), [pid](const WorkerKey& key) { return key.pid == pid; });
}

// 4 fetchers and so many more.
Driven many(std::uint32_t more) {
  Driven ui;
  for (std::uint32_t slot = 0; slot < more; ++slot) {
    WorkerStatus worker = ui.run.workers[1];
    worker.slot = 4 + slot;
    worker.pid = static_cast<pid_t>(1000 + slot);
    ui.run.workers.push_back(worker);
  }
  ui.data();
  return ui;
}

}  // namespace

TEST_CASE("state: the workers looked at are those on the screen, and no others") {
  Driven ui = many(500);
  const auto shown = static_cast<std::size_t>(layout_of(ui.state, ui.run).worker_rows());
  CHECK(looked_at(ui.state, ui.run).size() == shown);
  CHECK(holds(looked_at(ui.state, ui.run), 101));
  CHECK_FALSE(holds(looked_at(ui.state, ui.run), 51));  // another stage's

  ui.keys(U"\rG");
  CHECK(looked_at(ui.state, ui.run).size() == shown);
  CHECK(holds(looked_at(ui.state, ui.run), 1499));
  CHECK_FALSE(holds(looked_at(ui.state, ui.run), 101));
}

TEST_CASE("state: a worker under the cursor or marked is looked at wherever it stands") {
  Driven ui = many(500);
  ui.keys(U"\r ");
  ui.key(U'G');
  CHECK(holds(looked_at(ui.state, ui.run), 101));  // marked
  ui.keys(U"o");
  CHECK(holds(looked_at(ui.state, ui.run), 1499));  // under the cursor, while the output has the screen
}

TEST_CASE("state: however many are marked, only so many are looked at, those on the screen first") {
  Driven ui = many(500);
  ui.keys(U"\rVG");
  CHECK(looked_at(ui.state, ui.run).size() == kMostLookedAt);
  CHECK(holds(looked_at(ui.state, ui.run), 1499));
}

}  // namespace pooltop
