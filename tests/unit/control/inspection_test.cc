// SPDX-License-Identifier: MIT
#include "engine/control/inspection.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

using namespace pooltop;
using nlohmann::json;

namespace {

Inspection sample() {
  Inspection look;
  look.worker.pid = 4242;
  look.worker.stage = "hash";
  look.worker.slot = 3;
  look.worker.state = WorkerState::Busy;
  look.worker.started_at = "2026-01-31T12:00:00Z";
  look.worker.child_pid = 4250;
  look.verdict = "network";
  look.text = "waits for the network";
  look.verdict_pid = 4250;
  look.alive_s = 75.5;
  look.process_number = 2;
  look.done_by_process = 290;
  look.time_share = {.busy = 0.94, .wait = 0.05, .blocked = 0, .paused = 0.01, .backoff = 0};
  look.latency = {0.18, 0.9};
  look.largest_s = 32;
  look.stage_latency = {0.1, 0.9};
  look.cpu_percent = 0.5;
  look.window_s = 2;
  look.still_s = 31;
  look.item = InspectedItem{
      "2988", "slow.bin", 20,
      "urls", 41,         32,
      2,      3,          {{4100, 56, std::nullopt, "2026-01-31T12:00:00.000Z", 1.1, "exit status 56", "curl: (56)"}}};
  InspectedProcess process;
  process.pid = 4250;
  process.parent = 4242;
  process.name = "curl";
  process.state = "S";
  process.state_text = "sleeping";
  process.where = "recv on tcp 10.0.0.1:443";
  process.wchan = "sk_wait_data";
  process.call = "recv";
  process.descriptors = {{4, "tcp", "10.0.0.1:443", "connecting", {7}}};
  process.kernel_stack = {"a+0x1/0x2", "b"};
  process.threads = 2;
  process.other_threads = {{4251, "io", "S", "futex"}};
  process.cpu_percent = 0.5;
  process.cpu_s = 0.25;
  process.age_s = 32;
  process.rss_bytes = 1 << 20;
  process.voluntary_switches = 12;
  process.involuntary_switches = 3;
  process.read_bytes = 100;
  process.written_bytes = 7;
  process.nice = 5;
  process.cwd = "/srv";
  process.argv = {"curl", "-sS"};
  look.processes = {process};
  look.processes_left_out = 1;
  return look;
}

}  // namespace

TEST_CASE("control: a close look at a worker is the same after its way over the socket") {
  const Inspection look = sample();
  CHECK(inspection_from_json(json::parse(to_json(look).dump())) == look);

  Inspection bare;
  CHECK(inspection_from_json(json::parse(to_json(bare).dump())) == bare);
  CHECK(inspection_from_json(json::parse("{}")) == bare);
}

TEST_CASE("control: members of another type are refused, unknown ones passed over") {
  json object = json::parse(to_json(sample()).dump());
  object["newer"] = 1;
  CHECK(inspection_from_json(object) == sample());
  object["alive_s"] = "long";
  CHECK_THROWS_AS(static_cast<void>(inspection_from_json(object)), json::exception);
}

TEST_CASE("control: between two looks at a worker it is said what its processes did, and nothing between two workers") {
  const Inspection before = sample();
  Inspection now = sample();
  now.alive_s += 0.5;
  CHECK(progress_text(before, now) == "in 0.5 s: 0.00 s of CPU, 0 switches, 0 bytes read, 0 written");

  now.processes[0].voluntary_switches += 5;
  now.processes[0].involuntary_switches += 1;
  now.processes[0].read_bytes = 4100;
  now.processes[0].cpu_s += 0.25;
  CHECK(progress_text(before, now) == "in 0.5 s: 0.25 s of CPU, 6 switches, 4000 bytes read, 0 written");

  now.processes[0].read_bytes.reset();  // not to be seen by us
  CHECK(progress_text(before, now) == "in 0.5 s: 0.25 s of CPU, 6 switches");
  now.worker.started_at = "2026-01-31T12:01:00Z";
  CHECK(progress_text(before, now) == "");
}
