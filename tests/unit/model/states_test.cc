// SPDX-License-Identifier: MIT
#include "engine/model/states.h"

#include <doctest/doctest.h>

using namespace pooltop;

TEST_CASE("model: every state is found by its name") {
  for (const auto& row : kRunStates) CHECK(run_state_named(name_of(row.state)) == row.state);
  for (const auto& row : kStageStates) CHECK(stage_state_named(name_of(row.state)) == row.state);
  for (const auto& row : kWorkerStates) CHECK(worker_state_named(name_of(row.state)) == row.state);
  CHECK_FALSE(run_state_named("levitating"));
  CHECK_FALSE(worker_state_named(""));
}

TEST_CASE("model: a run is alive until it is done, failed or stopped") {
  CHECK(is_alive(RunState::Starting));
  CHECK(is_alive(RunState::Draining));
  CHECK_FALSE(is_alive(RunState::Done));
  CHECK_FALSE(is_alive(RunState::Failed));
  CHECK_FALSE(is_alive(RunState::Stopped));
}

TEST_CASE("model: a slot in backoff has no process, a paused worker has") {
  CHECK(is_alive(WorkerState::Paused));
  CHECK(is_alive(WorkerState::Blocked));
  CHECK_FALSE(is_alive(WorkerState::Backoff));
  CHECK_FALSE(is_alive(WorkerState::Killed));
}
