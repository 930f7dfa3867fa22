// SPDX-License-Identifier: MIT
#include "engine/control/status_stream.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <random>

#include "control_fixture.h"
#include "engine/control/client.h"
#include "engine/control/status_feed.h"
#include "engine/model/snapshot_json.h"

using namespace pooltop;
using namespace pooltop::test;

namespace {

// Both ends of a subscription: what the server thinks the client knows, and what the client knows.
struct Stream {
  explicit Stream(const Snapshot& first, WorkerWindow wanted = {}) : window(std::move(wanted)) {
    mirror.apply(json::parse(feed.whole(first, window, /*remember=*/true)));
    CHECK(mirror.snapshot() == feed.known());
  }
  ordered_json send(const Snapshot& now) {
    const auto message = feed.changes(now, window);
    REQUIRE(message);
    mirror.apply(json::parse(*message));
    CHECK(mirror.snapshot() == feed.known());
    return ordered_json::parse(*message).at("delta");
  }
  // The keys of the rows that are told.
  std::vector<std::string> told(const Snapshot& now) {
    std::vector<std::string> keys;
    const ordered_json delta = send(now);
    if (const auto rows = delta.find("workers"); rows != delta.end())
      for (const ordered_json& row : *rows) keys.push_back(row.at("row").get<std::string>());
    return keys;
  }
  WorkerWindow window;
  StatusFeed feed;
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

TEST_CASE("control: what limits the run comes and goes with deltas") {
  Snapshot now = example_snapshot();
  Stream stream(now);
  now.limit = Limit{"hash", "hash limits", "+ adds a worker", "scale hash 9", {"files is blocked by hash"}};

  CHECK(stream.send(now).contains("limit"));
  CHECK(stream.mirror.snapshot().limit == now.limit);
  CHECK_FALSE(stream.send(now).contains("limit"));
  now.limit.reset();
  CHECK(stream.send(now)["limit"].is_null());
  CHECK_FALSE(stream.mirror.snapshot().limit);
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
  CHECK(delta["workers"][0].size() == 23);
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
  Stream stream(now);
  now.stages.pop_back();
  CHECK_FALSE(stream.feed.changes(now, stream.window));
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
  Stream stream(now, window);
  later(now, 0.2);
  now.workers[5].done += 1;

  CHECK(stream.send(now).dump().size() < 300);
}

TEST_CASE("control: rates that waver by less than a hundredth are not sent") {
  Snapshot now = example_snapshot(3);
  now.workers[1].rate_per_s = 50;
  Stream stream(now);
  later(now, 0.2);
  now.workers[1].rate_per_s = 50.4;
  CHECK(stream.told(now).empty());
  later(now, 0.2);
  now.workers[1].rate_per_s = 50.6;
  CHECK(stream.told(now) == std::vector<std::string>{"hash.0.4243"});
  CHECK(stream.mirror.snapshot().workers[1].rate_per_s == 50.6);
}

TEST_CASE("control: rows that are looked at are told at every frame, the others in turn, all within the rest") {
  Snapshot now = example_snapshot(101);
  Stream stream(now);
  stream.feed.tell_fresh({"hash.3.4246", "hash.7.4250"}, 5);
  std::map<std::string, int> times;
  for (int frame = 0; frame < 5; ++frame) {
    later(now, 0.2);
    for (WorkerStatus& w : now.workers) ++w.done;
    const auto keys = stream.told(now);
    CHECK(keys.size() >= 20);  // no frame is a burst
    CHECK(keys.size() <= 23);
    for (const std::string& key : keys) ++times[key];
  }

  CHECK(times.size() == 101);
  CHECK(times["hash.3.4246"] == 5);
  CHECK(times["hash.7.4250"] == 5);
  CHECK(times["hash.8.4251"] == 1);
  for (const WorkerStatus& w : stream.mirror.snapshot().workers) CHECK(w.done >= 1);
}

TEST_CASE("control: a row at rest is told at once when its state changed, and then with all that it missed") {
  Snapshot now = example_snapshot(10);
  Stream stream(now);
  stream.feed.tell_fresh({}, 1000);
  now.workers[4].done = 9;
  CHECK(stream.told(now).empty());
  now.workers[4].state = WorkerState::Paused;

  CHECK(stream.told(now) == std::vector<std::string>{"hash.3.4246"});
  CHECK(stream.mirror.snapshot().workers[4].done == 9);
}

TEST_CASE("control: new rows are told at once and gone ones are gone at once, however long the others rest") {
  Snapshot now = example_snapshot(10);
  Stream stream(now);
  stream.feed.tell_fresh({}, 1000);
  now.workers[4].pid = 9000;
  now.workers.pop_back();

  CHECK(stream.told(now) == std::vector<std::string>{"hash.3.9000"});
  CHECK(stream.mirror.snapshot().workers.size() == 9);
  CHECK(stream.mirror.snapshot().workers[4].pid == 9000);
}

TEST_CASE("control: a row at rest ages at both ends") {
  Snapshot now = example_snapshot(10);
  Stream stream(now);
  stream.feed.tell_fresh({}, 1000);
  later(now, 0.75);

  CHECK(stream.told(now).empty());
  CHECK(stream.mirror.snapshot().workers[4].item_elapsed_s == 3.75);
}

TEST_CASE("control: a row that begins to be looked at is brought up to date by the next frame") {
  Snapshot now = example_snapshot(10);
  Stream stream(now);
  stream.feed.tell_fresh({}, 1000);
  now.workers[4].done = 9;
  stream.send(now);
  stream.feed.tell_fresh({"hash.3.4246", "no.such.row", ""}, 1000);

  CHECK(stream.told(now) == std::vector<std::string>{"hash.3.4246"});
  CHECK(stream.mirror.snapshot().workers[4].done == 9);
}

TEST_CASE("control: a window can be changed while the stream goes on") {
  Snapshot now = example_snapshot(20);
  Stream stream(now, window_from({{"workers", {{"limit", 5}}}}));
  stream.window = window_from({{"workers", {{"offset", 3}, {"limit", 5}, {"reverse", true}}}});

  CHECK(stream.told(now).size() == 5);
  REQUIRE(stream.mirror.snapshot().workers.size() == 5);
  CHECK(stream.mirror.snapshot().workers[0].pid == 4258);
}

TEST_CASE("control: texts that JSON must escape are the same at both ends") {
  Snapshot now = example_snapshot(3);
  now.workers[1].item = "a\"b\\c\n\x7f \xc3\xa4";
  Stream stream(now);
  CHECK(stream.mirror.snapshot().workers[1].item == now.workers[1].item);
  now.workers[1].item = "\t\"";
  stream.send(now);
  CHECK(stream.mirror.snapshot().workers[1].item == "\t\"");
}

TEST_CASE("control: a delta with keys of no row, or that are no keys, changes nothing else") {
  Snapshot now = example_snapshot(3);
  Stream stream(now);
  for (const char* key : {"", ".", "..", "hash", "hash.0", "hash.x.4243", "hash.0.4243x", "hash.0.99999999999999",
                          ".0.4243", "files.0.4243"})
    stream.mirror.apply({{"event", "status"}, {"delta", {{"workers", {{{"row", key}, {"done", 7}}}}}}});
  CHECK(stream.mirror.snapshot() == stream.feed.known());
}
