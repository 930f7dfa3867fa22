// SPDX-License-Identifier: MIT
#pragma once

#include "engine/model/snapshot.h"

namespace pooltop {

/// As each_worker_member() for rows: calls `visit(name, member)` for every member of a stage, in the order of the
/// status object.
template <typename Visit>
void each_stage_member(Visit&& visit) {
  using S = StageStatus;
  visit("name", &S::name);
  visit("kind", &S::kind);
  visit("state", &S::state);
  visit("workers", &S::workers);
  visit("busy", &S::busy);
  visit("paused", &S::paused);
  visit("in", &S::in);
  visit("out", &S::out);
  visit("failed", &S::failed);
  visit("retried", &S::retried);
  visit("restarts", &S::restarts);
  visit("in_rate_per_s", &S::in_rate_per_s);
  visit("rate_per_s", &S::rate_per_s);
  visit("latency_s", &S::latency);
  visit("time_share", &S::time_share);
  visit("queue", &S::queue);
  visit("from", &S::from);
  visit("retrying", &S::retrying);
  visit("paused_at", &S::paused_at);
  visit("paused_by", &S::paused_by);
}

/// The same for the status object's head: what stands before its lists. Behind them there are `limit` and the tail.
template <typename Visit>
void each_head_member(Visit&& visit) {
  using S = Snapshot;
  visit("schema", &S::schema);
  visit("run", &S::run);
  visit("pid", &S::pid);
  visit("state", &S::state);
  visit("exit_status", &S::exit_status);
  visit("started_at", &S::started_at);
  visit("ended_at", &S::ended_at);
  visit("elapsed_s", &S::elapsed_s);
  visit("items", &S::items);
  visit("eta_s", &S::eta_s);
}

/// The same for what stands last.
template <typename Visit>
void each_tail_member(Visit&& visit) {
  using S = Snapshot;
  visit("watching", &S::watching);
  visit("journal", &S::journal);
}

}  // namespace pooltop
