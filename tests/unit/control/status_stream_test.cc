// SPDX-License-Identifier: MIT
#include "engine/control/status_stream.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <random>

#include "control_fixture.h"
#include "engine/control/client.h"
#include "engine/model/snapshot_json.h"

using namespace pooltop;
using namespace pooltop::test;

namespace {

// Both ends of a subscription: what the server thinks the client knows, and what the client knows.
struct Stream {
  explicit Stream(const Snapshot& first) : known(as_sent(first)) {
    mirror.apply({{"event", "status"}, {"status", to_json(first)}});
  }
  ordered_json send(const Snapshot& now) {
    const auto delta = take_changes(known, now);
    REQUIRE(delta);
    mirror.apply(json::parse(ordered_json{{"event", "status"}, {"delta", *delta}}.dump()));
    CHECK(mirror.snapshot() == known);
    return *delta;
  }
  Snapshot known;
  StatusMirror mirror;
};

void later(Snapshot& s, double seconds) {
  s.elapsed_s += seconds;
  for (WorkerStatus& w : s.workers) {
    w.state_since_s += seconds;
    w.item_elapsed_s += seconds;
  }
  for (StageStatus& stage : s.stages)
    if (stage.queue) stage.queue->oldest_age_s += seconds;
}

}  // namespace

TEST_CASE("control: a delta in which only time passed holds nothing but the time") {
  Snapshot now = example_snapshot(40);
  Stream stream(now);
  later(now, 0.2);

  CHECK(stream.send(now).dump() == R"({"elapsed_s":10.2})");
  CHECK(stream.mirror.snapshot().workers[7].item_elapsed_s == doctest::Approx(3.2));
  CHECK(stream.mirror.snapshot().stages[1].queue->oldest_age_s == doctest::Approx(0.7));
}

TEST_CASE("control: a delta lists the changed members of the changed rows") {
  Snapshot now = example_snapshot();
  Stream stream(now);
  later(now, 1);
  now.stages[1].out = 5;
  now.workers[2].done = 9;
  now.items.done = 5;

  const ordered_json delta = stream.send(now);

  CHECK(delta["stages"].dump() == R"([{"out":5,"name":"hash"}])");
  CHECK(delta["workers"].dump() == R"([{"done":9,"row":"hash.1.4244"}])");
  CHECK(delta["items"]["done"] == 5);
  CHECK_FALSE(delta.contains("worker_order"));
  CHECK_FALSE(delta.contains("problems"));
}

TEST_CASE("control: an age that jumps is sent") {
  Snapshot now = example_snapshot();
  Stream stream(now);
  later(now, 1);
  now.workers[1].item_id = "3000";
  now.workers[1].item_elapsed_s = 0.05;

  const ordered_json delta = stream.send(now);

  CHECK(delta["workers"].dump() == R"([{"item_id":"3000","item_elapsed_s":0.05,"row":"hash.0.4243"}])");
}

TEST_CASE("control: values that go away are null in a delta and gone in the mirror") {
  Snapshot now = example_snapshot();
  now.eta_s = 4;
  Stream stream(now);
  now.eta_s.reset();
  now.workers[0].item.reset();
  now.workers[0].item_id.reset();

  const ordered_json delta = stream.send(now);

  CHECK(delta["eta_s"].is_null());
  CHECK_FALSE(stream.mirror.snapshot().eta_s);
  CHECK_FALSE(stream.mirror.snapshot().workers[0].item_id);
}

TEST_CASE("control: rows that come, go and move are told by their order") {
  Snapshot now = example_snapshot(5);
  Stream stream(now);
  now.workers.erase(now.workers.begin() + 1);
  now.workers[3].pid = 9000;  // a successor in the same slot
  std::swap(now.workers[0], now.workers[2]);

  const ordered_json delta = stream.send(now);

  CHECK(delta["worker_order"].size() == 4);
  REQUIRE(delta["workers"].size() == 1);
  CHECK(delta["workers"][0]["state"] == "busy");  // a new row is whole
  CHECK(delta["workers"][0].size() == 20);
  CHECK(stream.mirror.snapshot().workers.size() == 4);
  CHECK(stream.mirror.snapshot().workers[3].pid == 9000);
}

TEST_CASE("control: problems are sent whole when one changed, and not when they only aged") {
  Snapshot now = example_snapshot();
  now.problems = {{"warning", "hash", 4242, 2, "slow"}};
  Stream stream(now);
  later(now, 1);
  now.problems[0].since_s += 1;
  CHECK_FALSE(stream.send(now).contains("problems"));
  now.problems.push_back({"error", "hash", std::nullopt, 0, "stalled"});

  CHECK(stream.send(now)["problems"].size() == 2);
  now.problems.clear();
  CHECK(stream.send(now)["problems"].empty());
  CHECK(stream.mirror.snapshot().problems.empty());
}

TEST_CASE("control: other stages cannot be told by a delta") {
  Snapshot now = example_snapshot();
  Snapshot known = now;
  now.stages.pop_back();
  CHECK_FALSE(take_changes(known, now));
}

TEST_CASE("control: a mirror equals the engine's snapshot after any sequence of changes") {
  std::mt19937 random(20260131);
  const auto below = [&](std::size_t n) { return std::uniform_int_distribution<std::size_t>(0, n - 1)(random); };
  Snapshot now = example_snapshot(12);
  Stream stream(now);
  for (int step = 0; step < 150; ++step) {
    now.elapsed_s += 0.25;
    for (std::size_t changes = below(4); changes > 0; --changes) {
      WorkerStatus& w = now.workers[below(now.workers.size())];
      switch (below(6)) {
        case 0:
          w.done += 1;
          break;
        case 1:
          w.item_id = std::to_string(below(1000)), w.item_elapsed_s = 0;
          break;
        case 2:
          w.state = static_cast<WorkerState>(below(8)), w.state_since_s = 0;
          break;
        case 3:
          w.pid = static_cast<pid_t>(5000 + step);
          break;
        case 4:
          w.last_exit = ExitStatus{{}, 9, "killed by you"};
          break;
        default:
          std::shuffle(now.workers.begin(), now.workers.end(), random);
      }
    }
    now.stages[1].queue->depth = below(3);
    stream.send(now);
    const Snapshot& seen = stream.mirror.snapshot();
    REQUIRE(seen.workers.size() == now.workers.size());
    for (std::size_t i = 0; i < now.workers.size(); ++i) {
      CHECK(seen.workers[i].pid == now.workers[i].pid);
      CHECK(seen.workers[i].done == now.workers[i].done);
      CHECK(seen.workers[i].item_id == now.workers[i].item_id);
      CHECK(seen.workers[i].state == now.workers[i].state);
      CHECK(seen.workers[i].last_exit == now.workers[i].last_exit);
      CHECK(seen.workers[i].state_since_s == doctest::Approx(now.workers[i].state_since_s).epsilon(0.2));
    }
    CHECK(seen.stages[1].queue->depth == now.stages[1].queue->depth);
  }
}

TEST_CASE("control: a window shows one stage's rows, sorted, from an offset, up to a limit") {
  const Snapshot now = example_snapshot(10);
  const auto view = through_window(
      now, window_from({{"workers", {{"stage", "hash"}, {"sort", "cpu_percent"}, {"offset", 1}, {"limit", 3}}}}));

  CHECK(view.workers == 9);
  REQUIRE(view.status.workers.size() == 3);
  CHECK(view.status.workers[0].cpu_percent == 8);
  CHECK(view.status.workers[2].cpu_percent == 6);
  CHECK(view.status.stages.size() == 2);
}

TEST_CASE("control: a window can be reversed, and one past the end is empty") {
  const Snapshot now = example_snapshot(4);
  CHECK(through_window(now, window_from({{"workers", {{"reverse", true}}}})).status.workers[0].pid == 4245);
  CHECK(through_window(now, window_from({{"workers", {{"offset", 99}}}})).status.workers.empty());
  CHECK(through_window(now, window_from({{"workers", {{"limit", 0}}}})).workers == 4);
  CHECK(through_window(now, window_from(json::object())).status.workers.size() == 4);
}

TEST_CASE("control: forty rows of a thousand cost a delta subscriber a few hundred bytes a frame") {
  Snapshot now = example_snapshot(1000);
  const WorkerWindow window = window_from({{"workers", {{"limit", 40}}}});
  Stream stream(through_window(now, window).status);
  later(now, 0.2);
  now.workers[5].done += 1;

  CHECK(stream.send(through_window(now, window).status).dump().size() < 300);
}
