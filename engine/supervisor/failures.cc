// SPDX-License-Identifier: MIT
#include "engine/supervisor/failures.h"

#include <fmt/format.h>

#include <exception>
#include <utility>

#include "engine/base/text.h"
#include "engine/base/units.h"
#include "engine/control/failed_list.h"

namespace pooltop {

namespace {

constexpr std::uint64_t kShareAtLeast = 50;  // items that a share of failures needs to mean something
constexpr std::size_t kMaxAttempts = 100;    // kept of one item's history

FailedAttempt to_record(const Attempt& attempt) {
  FailedAttempt record;
  record.pid = attempt.failure.pid;
  if (attempt.failure.exit >= 0) record.exit = attempt.failure.exit;
  if (attempt.failure.signal > 0) record.signal = attempt.failure.signal;
  record.started_at = format_utc_ms(attempt.started_us);
  record.elapsed_s = attempt.elapsed_s;
  return record;
}

}  // namespace

void Failures::remember(ItemRef& item, const Slot& slot, const ItemFailure& failure, double elapsed_s) {
  Attempt attempt;
  attempt.failure = failure;
  if (attempt.failure.pid == 0) attempt.failure.pid = slot.pid;
  attempt.elapsed_s = elapsed_s;
  attempt.started_us = wall_now_us() - static_cast<std::int64_t>(elapsed_s * 1e6);
  auto& attempts = item.more().attempts;
  if (attempts.size() < kMaxAttempts)
    attempts.push_back(std::move(attempt));
  else
    attempts.back() = std::move(attempt);
}

void Failures::give_back(Stage& stage, std::uint32_t source, ItemRef item, std::string_view bytes) {
  auto packet = std::make_unique<Packet>();
  packet->source = source;
  packet->first = item.ordinal;
  packet->lengths.push_back(static_cast<std::uint32_t>(bytes.size()));
  packet->data = bytes;
  packet->queued_at = run_.now;
  if (item.extra) packet->refs.push_back(std::move(item));
  stage.queue.put_front(std::move(packet));
}

void Failures::work_failed(Stage& stage, const Slot& slot, std::uint32_t source, ItemRef item, std::string_view bytes,
                           ItemFailure failure, double elapsed_s) {
  remember(item, slot, failure, elapsed_s);
  const std::uint32_t failures = ++item.more().failures;
  const std::string id = id_text(run_.pipeline.id_prefix(source), item);
  if (failure.permanent || failures > stage.config.retries) {
    fail_for_good(stage, slot, source, item, bytes);
    return;
  }
  const Nanos pause = backoff_before(failures, stage.config.backoff_first, stage.config.backoff_max);
  stage.retried += 1;
  run_.note("retry", stage, slot.pid, id,
            fmt::format("try {}/{} {} after {}; retry in {}", failures, stage.config.retries + 1,
                        printable(failure.error, 400), format_short(elapsed_s), format_duration(pause)));
  stage.delayed.emplace(run_.now + pause, Delayed{source, std::move(item), std::string(bytes)});
}

void Failures::crashed(Stage& stage, const Slot& slot, std::uint32_t source, ItemRef item, std::string_view bytes,
                       ItemFailure failure, double elapsed_s) {
  // A full disk, a pipe without a reader: the worker could not go on, and no item is to blame for it.
  if (!slot.trouble.empty()) {
    give_back(stage, source, std::move(item), bytes);
    return;
  }
  remember(item, slot, failure, elapsed_s);
  const std::uint32_t crashes = ++item.more().crashes;
  if (crashes > stage.config.crash_retries) {
    fail_for_good(stage, slot, source, item, bytes);
    return;
  }
  stage.retried += 1;
  run_.note("retry", stage, slot.pid, id_text(run_.pipeline.id_prefix(source), item),
            fmt::format("its worker died ({}); the item is back in the queue", printable(failure.error, 400)));
  give_back(stage, source, std::move(item), bytes);
}

void Failures::failed_by_user(Stage& stage, const Slot& slot, std::uint32_t source, ItemRef item,
                              std::string_view bytes, double elapsed_s) {
  ItemFailure failure;
  failure.error = "failed by the user";
  failure.permanent = true;
  if (slot.phase == SlotPhase::Dead && slot.last_exit) {  // else the worker lives, and that is how another one ended
    failure.exit = slot.last_exit->exit.value_or(failure.exit);
    failure.signal = slot.last_exit->signal.value_or(failure.signal);
  }
  remember(item, slot, failure, elapsed_s);
  fail_for_good(stage, slot, source, item, bytes);
}

void Failures::fail_for_good(Stage& stage, const Slot& slot, std::uint32_t source, const ItemRef& item,
                             std::string_view bytes) {
  FailedItem record;
  record.id = id_text(run_.pipeline.id_prefix(source), item);
  record.stage = stage.config.name;
  record.item = bytes;
  for (const Attempt& attempt : item.extra->attempts) record.attempts.push_back(to_record(attempt));
  record.error = item.extra->attempts.back().failure.error;
  record.standard_error = item.extra->attempts.back().failure.stderr_tail;
  try {
    append_failed(run_.options.run_dir + "/failed.jsonl", record);
  } catch (const std::exception& error) {
    // An item whose failure cannot be written down must not be forgotten: the run ends, the item is not done.
    run_.cannot_go_on(fmt::format("the list of failed items cannot be written: {}", error.what()));
    return;
  }
  run_.pipeline.fail(stage, source, item, run_.now);
  run_.failed_items += 1;
  run_.note("failed", stage, slot.pid, record.id, printable(record.error, 400));
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
