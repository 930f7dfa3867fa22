// SPDX-License-Identifier: MIT
#include "engine/supervisor/failures.h"

#include <fmt/format.h>

#include <exception>
#include <utility>

#include "engine/base/kill_point.h"
#include "engine/base/text.h"
#include "engine/base/units.h"
#include "engine/control/failed_list.h"

namespace pooltop {

namespace {

constexpr std::uint64_t kShareAtLeast = 50;  // items that a share of failures needs to mean something
constexpr std::size_t kMaxAttempts = 100;    // kept of one item's history
constexpr std::string_view kFailedByUser = "failed by the user";
constexpr std::string_view kWrittenInPart = "; outputs of it that were written before the interruption stay";

std::int64_t start_of(double elapsed_s) { return wall_now_us() - static_cast<std::int64_t>(elapsed_s * 1e6); }

// "exited with 56 after 1.1s: curl: (56) …": the time belongs to how it ended, not to what it said.
std::string with_time(std::string error, double elapsed_s) {
  const auto said = error.find(": ");
  error.insert(said == std::string::npos ? error.size() : said, fmt::format(" after {}", format_short(elapsed_s)));
  return error;
}

}  // namespace

FailedAttempt to_record(const Attempt& attempt) {
  FailedAttempt record;
  record.pid = attempt.failure.pid;
  if (attempt.failure.exit >= 0) record.exit = attempt.failure.exit;
  if (attempt.failure.signal > 0) record.signal = attempt.failure.signal;
  record.started_at = format_utc_ms(attempt.started_us);
  record.elapsed_s = attempt.elapsed_s;
  return record;
}

// The try, for who asks what became of the item. Its good end is told too, from now on.
Way& Failures::keep(const Stage& stage, const Slot& slot, const Tried& tried, const ItemFailure& failure, TryEnd end) {
  Way& way = run_.ways.at(stage.index, id_text(run_.pipeline.id_prefix(tried.source), tried.item), tried.bytes);
  Try one;
  one.attempt = tried.item.attempt();
  one.pid = slot.pid;
  one.child_pid = failure.pid == slot.pid ? 0 : failure.pid;
  one.slot = slot.index;
  one.started_us = start_of(tried.elapsed_s);
  one.elapsed_s = tried.elapsed_s;
  one.end = end;
  if (failure.exit >= 0) one.exit = failure.exit;
  if (failure.signal > 0) one.signal = failure.signal;
  one.error = failure.error;
  one.output = failure.stderr_tail;
  way.add(std::move(one));
  return way;
}

void Failures::remember(Tried& tried, const Slot& slot, const ItemFailure& failure) {
  Attempt attempt;
  attempt.failure = failure;
  if (attempt.failure.pid == 0) attempt.failure.pid = slot.pid;
  attempt.elapsed_s = tried.elapsed_s;
  attempt.started_us = start_of(tried.elapsed_s);
  auto& attempts = tried.item.more().attempts;
  if (attempts.size() < kMaxAttempts)
    attempts.push_back(std::move(attempt));
  else
    attempts.back() = std::move(attempt);
}

void Failures::give_back(Stage& stage, Tried tried) {
  tried.item.more().is_followed = true;
  auto packet = std::make_unique<Packet>();
  packet->source = tried.source;
  packet->first = tried.item.ordinal;
  packet->lengths.push_back(static_cast<std::uint32_t>(tried.bytes.size()));
  packet->data = tried.bytes;
  packet->queued_at = run_.now;
  packet->refs.push_back(std::move(tried.item));
  stage.queue.put_front(std::move(packet));
}

void Failures::work_failed(Stage& stage, const Slot& slot, Tried tried, const ItemFailure& failure) {
  keep(stage, slot, tried, failure, slot.kill_cause == KillCause::Timeout ? TryEnd::TimedOut : TryEnd::Failed);
  remember(tried, slot, failure);
  const std::uint32_t failures = ++tried.item.more().failures;
  const std::string id = id_text(run_.pipeline.id_prefix(tried.source), tried.item);
  if (failure.permanent || failures > stage.config.retries) {
    fail_for_good(stage, slot.pid, tried, failure);
    return;
  }
  const Nanos pause = backoff_before(failures, stage.config.backoff_first, stage.config.backoff_max);
  stage.retried += 1;
  run_.note("retry", stage, slot.pid, id,
            fmt::format("try {}/{} {}; retry in {}", failures, stage.config.retries + 1,
                        with_time(printable(failure.error, 400), tried.elapsed_s), format_duration(pause)));
  tried.item.more().is_followed = true;
  stage.delayed.emplace(run_.now + pause, Delayed{tried.source, std::move(tried.item), std::string(tried.bytes)});
}

void Failures::crashed(Stage& stage, const Slot& slot, Tried tried, const ItemFailure& failure) {
  // A full disk, a pipe without a reader: the worker could not go on, and no item is to blame for it.
  if (!slot.trouble.empty()) {
    keep(stage, slot, tried, failure, TryEnd::Interrupted).tries.back().error = slot.trouble;
    give_back(stage, std::move(tried));
    return;
  }
  keep(stage, slot, tried, failure, TryEnd::Crashed);
  remember(tried, slot, failure);
  const std::uint32_t crashes = ++tried.item.more().crashes;
  if (crashes > stage.config.crash_retries) {
    fail_for_good(stage, slot.pid, tried, failure);
    return;
  }
  stage.retried += 1;
  run_.note("retry", stage, slot.pid, id_text(run_.pipeline.id_prefix(tried.source), tried.item),
            fmt::format("its worker died ({}); the item is back in the queue", printable(failure.error, 400)));
  give_back(stage, std::move(tried));
}

void Failures::failed_by_user(Stage& stage, const Slot& slot, Tried tried) {
  ItemFailure failure;
  failure.error = std::string(kFailedByUser);
  failure.permanent = true;
  if (slot.phase == SlotPhase::Dead && slot.last_exit) {  // else the worker lives, and that is how another one ended
    failure.exit = slot.last_exit->exit.value_or(failure.exit);
    failure.signal = slot.last_exit->signal.value_or(failure.signal);
  }
  keep(stage, slot, tried, failure, TryEnd::Killed);
  remember(tried, slot, failure);
  fail_for_good(stage, slot.pid, tried, failure);
}

void Failures::ended_by_user(Stage& stage, const Slot& slot, Tried tried, const ItemFailure& how) {
  const bool restarted = slot.kill_cause == KillCause::Restart;
  ItemFailure failure = how;
  failure.error = restarted ? "restarted by the user" : "killed by the user";
  keep(stage, slot, tried, failure, restarted ? TryEnd::Restarted : TryEnd::Killed);
  give_back(stage, std::move(tried));
}

void Failures::fail_waiting(Stage& stage, std::uint32_t source, ItemRef item, std::string_view bytes) {
  ItemFailure failure;
  failure.error = std::string(kFailedByUser);
  // What it said last is still the best hint at what was wrong with it.
  if (item.extra && !item.extra->attempts.empty())
    failure.stderr_tail = item.extra->attempts.back().failure.stderr_tail;
  fail_for_good(stage, 0, Tried{source, std::move(item), bytes, 0}, failure);
}

void Failures::fail_for_good(Stage& stage, pid_t pid, const Tried& tried, const ItemFailure& failure) {
  FailedItem record;
  record.id = id_text(run_.pipeline.id_prefix(tried.source), tried.item);
  record.stage = stage.config.name;
  record.item = tried.bytes;
  if (tried.item.extra)
    for (const Attempt& attempt : tried.item.extra->attempts) record.attempts.push_back(to_record(attempt));
  record.error = failure.error;
  if (run_.pipeline.was_written_in_part(stage, tried.source, tried.item)) record.error += kWrittenInPart;
  record.standard_error = failure.stderr_tail;
  POOLTOP_KILL_POINT(engine_before_failed_list);
  try {
    append_failed(run_.options.run_dir + "/failed.jsonl", record);
  } catch (const std::exception& error) {
    // An item whose failure cannot be written down must not be forgotten: the run ends, the item is not done.
    run_.cannot_go_on(fmt::format("the list of failed items cannot be written: {}", error.what()));
    return;
  }
  POOLTOP_KILL_POINT(engine_after_failed_list);
  run_.pipeline.fail(stage, tried.source, tried.item, run_.now);
  run_.failed_items += 1;
  run_.note("failed", stage, pid, record.id, printable(record.error, 400));
  Way& way = run_.ways.at(stage.index, record.id, tried.bytes);
  way.failed_us = wall_now_us();
  way.failed_error = record.error;
  apply_policy(stage);
}

void Failures::apply_policy(Stage& stage) {
  const FailurePolicy& policy = stage.config.on_failure;
  const std::uint64_t settled = stage.in - stage.load;
  bool stop = false;
  switch (policy.kind) {
    case FailurePolicy::Kind::Keep:
      break;
    case FailurePolicy::Kind::Stop:
      stop = true;
      break;
    case FailurePolicy::Kind::StopAtCount:
      stop = stage.failed >= policy.count;
      break;
    case FailurePolicy::Kind::StopAtShare:
      stop =
          settled >= kShareAtLeast && static_cast<double>(stage.failed) >= policy.share * static_cast<double>(settled);
      break;
  }
  if (stop)
    run_.cannot_go_on(fmt::format("stage {}: {} of {} items failed; on_failure stops the run", stage.config.name,
                                  stage.failed, settled));
}

}  // namespace pooltop
