// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include "engine/model/snapshot.h"

namespace pooltop {

/// How a member of a row changes: an age grows by itself, a rate wavers all the time, a value is what it is.
enum class MemberKind : std::uint8_t { Value, Age, Rate };

/// Calls `visit(name, member, kind)` for every member of a worker's row, in the order of the status object: the one
/// list that reading, writing and comparing rows share.
template <typename Visit>
void each_worker_member(Visit&& visit) {
  using W = WorkerStatus;
  visit("pid", &W::pid, MemberKind::Value);
  visit("stage", &W::stage, MemberKind::Value);
  visit("slot", &W::slot, MemberKind::Value);
  visit("state", &W::state, MemberKind::Value);
  visit("state_since_s", &W::state_since_s, MemberKind::Age);
  visit("item", &W::item, MemberKind::Value);
  visit("item_id", &W::item_id, MemberKind::Value);
  visit("attempt", &W::attempt, MemberKind::Value);
  visit("max_attempts", &W::max_attempts, MemberKind::Value);
  visit("item_elapsed_s", &W::item_elapsed_s, MemberKind::Age);
  visit("done", &W::done, MemberKind::Value);
  visit("failed", &W::failed, MemberKind::Value);
  visit("restarts", &W::restarts, MemberKind::Value);
  visit("rate_per_s", &W::rate_per_s, MemberKind::Rate);
  visit("cpu_percent", &W::cpu_percent, MemberKind::Rate);
  visit("rss_bytes", &W::rss_bytes, MemberKind::Value);
  visit("child_pid", &W::child_pid, MemberKind::Value);
  visit("started_at", &W::started_at, MemberKind::Value);
  visit("last_exit", &W::last_exit, MemberKind::Value);
  visit("backoff_s", &W::backoff_s, MemberKind::Value);
  visit("paused_by", &W::paused_by, MemberKind::Value);
  visit("last_pid", &W::last_pid, MemberKind::Value);
}

}  // namespace pooltop
