// SPDX-License-Identifier: MIT
#include "engine/model/snapshot_json.h"

#include <doctest/doctest.h>

#include <limits>
#include <nlohmann/json.hpp>

using namespace pooltop;
using nlohmann::json;

namespace {

Snapshot full_snapshot() {
  Snapshot s;
  s.run = "checksums";
  s.pid = 812;
  s.state = RunState::Draining;
  s.exit_status = 1;
  s.started_at = "2026-01-31T12:00:00Z";
  s.ended_at = "2026-01-31T12:01:15Z";
  s.elapsed_s = 75.2;
  s.items = {.total = 3021, .done = 2985, .failed = 3, .in_flight = 4};
  s.eta_s = 0.9;
  s.watching = 2;
  s.journal = "failing";
  StageStatus source;
  source.name = "files";
  source.kind = "source";
  StageStatus hash;
  hash.name = "hash";
  hash.kind = "command";
  hash.state = StageState::Running;
  hash.workers = 4;
  hash.busy = 3;
  hash.paused = 1;
  hash.in = 2989;
  hash.out = 2985;
  hash.failed = 3;
  hash.retried = 1;
  hash.restarts = 2;
  hash.in_rate_per_s = 40.3;
  hash.rate_per_s = 40.1;
  hash.latency = {.p50_s = 0.1, .p99_s = 0.9};
  hash.time_share = {.busy = 0.9, .wait = 0.05, .blocked = 0.03, .paused = 0.02, .backoff = 0};
  hash.queue = QueueStatus{.depth = 12,
                           .capacity = 1024,
                           .bytes = 480,
                           .in_flight = 4,
                           .oldest_age_s = 0.3,
                           .high_water = 1024,
                           .closed = true};
  hash.from = {"files"};
  s.stages = {source, hash};
  WorkerStatus w;
  w.pid = 4242;
  w.stage = "hash";
  w.slot = 1;
  w.state = WorkerState::Busy;
  w.state_since_s = 32;
  w.item = "/usr/include/a.h";
  w.item_id = "2988";
  w.attempt = 1;
  w.max_attempts = 3;
  w.item_elapsed_s = 32;
  w.done = 740;
  w.failed = 2;
  w.restarts = 1;
  w.rate_per_s = 1.5;
  w.cpu_percent = 88.1;
  w.rss_bytes = 1234567;
  w.child_pid = 4250;
  w.started_at = "2026-01-31T12:00:00Z";
  w.last_exit = ExitStatus{std::nullopt, 11, "killed by SIGSEGV"};
  w.last_pid = 4200;
  s.workers = {w, WorkerStatus{}};
  s.problems = {{"warning", "hash", 4242, 22, "32s on item 2988"}, {"error", "hash", std::nullopt, 1, "stalled"}};
  return s;
}

}  // namespace

TEST_CASE("model: a snapshot survives its way through JSON text") {
  const Snapshot before = full_snapshot();
  CHECK(snapshot_from_json(json::parse(to_json(before).dump())) == before);
  CHECK(snapshot_from_json(json::parse(to_json(Snapshot{}).dump())) == Snapshot{});
}

TEST_CASE("model: the status object has the contract's keys, in its order") {
  const auto keys = [](const nlohmann::ordered_json& object) {
    std::string out;
    for (auto& [key, value] : object.items()) out += key + " ";
    return out;
  };
  const nlohmann::ordered_json object = to_json(full_snapshot());
  CHECK(keys(object) ==
        "schema run pid state exit_status started_at ended_at elapsed_s items eta_s stages workers problems limit "
        "watching "
        "journal ");
  CHECK(keys(object["items"]) == "total done failed in_flight ");
  CHECK(keys(object["stages"][1])
            .starts_with("name kind state workers busy paused in out failed retried restarts in_rate_per_s rate_per_s "
                         "latency_s time_share "
                         "queue "));
  CHECK(keys(object["workers"][0]) ==
        "pid stage slot state state_since_s item item_id attempt max_attempts item_elapsed_s done failed restarts "
        "rate_per_s cpu_percent rss_bytes child_pid started_at last_exit backoff_s paused_by "
        "last_pid ");
  CHECK(keys(object["problems"][0]) == "severity stage pid since_s text ");
}

TEST_CASE("model: changes of a stage or of the head are the members whose values differ, as the object has them") {
  const Snapshot known = full_snapshot();
  CHECK(changes_to_json(known, known).empty());
  CHECK(changes_to_json(known.stages[1], known.stages[1]).empty());

  Snapshot now = known;
  now.elapsed_s = 75.4;
  now.items.done = 2986;
  now.exit_status.reset();
  now.limit = Limit{.stage = "hash", .text = "hash limits", .advice = "", .command = "", .chain = {}};
  CHECK(changes_to_json(known, now).dump() ==
        R"({"exit_status":null,"elapsed_s":75.4,"items":{"total":3021,"done":2986,"failed":3,"in_flight":4},)"
        R"("limit":{"stage":"hash","text":"hash limits","advice":"","command":"","chain":[]}})");

  StageStatus& hash = now.stages[1];
  hash.state = StageState::Paused;
  hash.out = 2986;
  hash.time_share.busy = 0.8;
  hash.queue.reset();
  CHECK(changes_to_json(known.stages[1], hash).dump() ==
        R"({"state":"paused","out":2986,)"
        R"("time_share":{"busy":0.8,"wait":0.05,"blocked":0.03,"paused":0.02,"backoff":0.0},"queue":null})");
}

TEST_CASE("model: what is not known is null") {
  const nlohmann::ordered_json object = to_json(Snapshot{});
  for (const char* key : {"exit_status", "ended_at", "eta_s"}) CHECK(object[key].is_null());
  CHECK(object["items"]["total"].is_null());
  CHECK(to_json(StageStatus{})["queue"].is_null());
  for (const char* key : {"item", "item_id", "child_pid", "last_exit"}) CHECK(to_json(WorkerStatus{})[key].is_null());
  CHECK(to_json(Problem{})["pid"].is_null());
}

TEST_CASE("model: seconds and rates have three decimals, and what is no number is zero") {
  WorkerStatus w;
  w.rate_per_s = 1.23456;
  w.cpu_percent = std::numeric_limits<double>::quiet_NaN();
  w.item_elapsed_s = std::numeric_limits<double>::infinity();
  const nlohmann::ordered_json object = to_json(w);
  CHECK(object["rate_per_s"] == 1.235);
  CHECK(object["cpu_percent"] == 0);
  CHECK(object["item_elapsed_s"] == 0);
}

TEST_CASE("model: unknown keys and states of a newer engine are passed over") {
  const Snapshot s = snapshot_from_json(json::parse(
      R"({"schema": 2, "news": {}, "state": "levitating", "stages": [{"name": "a", "colour": 1}], "workers": null})"));
  CHECK(s.schema == 2);
  CHECK(s.state == RunState::Starting);
  REQUIRE(s.stages.size() == 1);
  CHECK(s.stages[0].name == "a");
  CHECK(s.workers.empty());
}

TEST_CASE("model: a wrong type is refused") {
  CHECK_THROWS_AS((void)snapshot_from_json(json::parse(R"({"pid": "x"})")), json::exception);
  CHECK_THROWS_AS((void)snapshot_from_json(json::parse(R"({"workers": [{"pid": []}]})")), json::exception);
}
