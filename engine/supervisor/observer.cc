// SPDX-License-Identifier: MIT
#include "engine/supervisor/observer.h"

#include <sched.h>

#include <algorithm>
#include <string>
#include <system_error>

#include "engine/guardian/guardian.h"
#include "engine/supervisor/events.h"

namespace pooltop {

namespace {
constexpr Nanos kSampleEvery = kSecond;
// Beyond the timeout, before a worker is not believed any more when it says that it has nothing in work: a machine may
// be so busy that it does not come to take it.
constexpr Nanos kSilence = 5 * kSecond;
// Between two looks; what was heard of a worker that is looked at later was not read meanwhile.
constexpr Nanos kLateLook = kSecond;

/// What a worker in this state spends its time with; nothing if there is none.
std::optional<TimeKind> kind_of(WorkerState state) {
  switch (state) {
    case WorkerState::Busy:
      return TimeKind::Busy;
    case WorkerState::Idle:
    case WorkerState::Starting:
      return TimeKind::Wait;
    case WorkerState::Blocked:
      return TimeKind::Blocked;
    case WorkerState::Paused:
      return TimeKind::Paused;
    case WorkerState::Backoff:
      return TimeKind::Backoff;
    case WorkerState::Exited:
    case WorkerState::Killed:
      break;
  }
  return std::nullopt;
}

// Those that this process, and so its workers, may run on.
double usable_cores() {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (::sched_getaffinity(0, sizeof set, &set) != 0) return 1;
  return std::max(1, CPU_COUNT(&set));
}

}  // namespace

Observer::Observer(Run& run) : run_(run), sampler_(spare_descriptors(run.options.config)), last_tick_(run.now) {
  for (std::size_t i = 0; i < run.pipeline.stages().size(); ++i) stages_.emplace_back(run.now);
  slots_.resize(stages_.size());
}

void Observer::answered(Stage& stage, const Slot& slot, Nanos elapsed, std::uint32_t count) {
  if (count == 0) return;
  stats_of(slot).latency.add(elapsed / count, count);
  stage.pace.record(elapsed, count);
  stages_[stage.index].latency.add(elapsed / count, count);
}

void Observer::emitted(Stage& stage, std::uint64_t) {
  StageStats& stats = stages_[stage.index];
  if (stats.first_item == 0) stats.first_item = run_.now;
}

Observer::SlotStats& Observer::stats_of(const Slot& slot) {
  std::deque<SlotStats>& stage = slots_[slot.stage];
  while (stage.size() <= slot.index) stage.emplace_back(run_.now);
  SlotStats& stats = stage[slot.index];
  if (stats.pid != slot.pid) {
    if (stats.pid != 0) sampler_.remove(stats.pid);
    const std::uint64_t done = stats.seen_done;
    stats = SlotStats(run_.now);
    stats.pid = slot.pid;
    stats.seen_done = done;
    if (slot.pid != 0) sampler_.add(slot.pid);
  }
  return stats;
}

void Observer::tick() {
  const Nanos since = std::exchange(last_tick_, run_.now);
  samples_now_ = run_.now - last_sample_ >= kSampleEvery;
  if (samples_now_) last_sample_ = run_.now;
  for (const auto& stage : run_.pipeline.stages()) look_at(*stage, since);
  if (samples_now_ && !exit_status_) look_for_limit();
}

void Observer::look_at(Stage& stage, Nanos since) {
  StageStats& stats = stages_[stage.index];
  stats.in.add(stage.in - std::exchange(stats.seen_in, stage.in), run_.now);
  stats.out.add(stage.out - std::min(stage.out, std::exchange(stats.seen_out, stage.out)), run_.now);
  if (stats.first_item == 0 && stage.in > 0) stats.first_item = since;
  std::uint64_t handed = 0;
  bool all_paused = !stage.slots.empty();
  for (const auto& slot : stage.slots) {
    handed += slot->handed;
    if (slot->phase == SlotPhase::Gone) continue;
    look_at(stage, *slot, since);
    all_paused &= slot->shown == WorkerState::Paused;
  }
  if (handed != std::exchange(stats.seen_handed, handed) || stage.queue.is_empty()) stats.last_taken = run_.now;
  if (all_paused && stats.first_item != 0) stats.paused += run_.now - since;
}

void Observer::look_at(Stage& stage, Slot& slot, Nanos since) {
  SlotStats& stats = stats_of(slot);
  stats.moved = slot.done != stats.seen_done;
  stats.rate.add(slot.done - std::min(slot.done, std::exchange(stats.seen_done, slot.done)), run_.now);
  const WorkerState state = state_of(stage, slot, stats);
  if (state != slot.shown) slot.shown = state, slot.shown_since = run_.now;
  const Nanos span = run_.now - since;
  if (const auto kind = kind_of(state)) {
    stages_[stage.index].shares.add(*kind, span, run_.now);
    stats.spent[static_cast<std::size_t>(*kind)] += span;
  }
  if (slot.phase != SlotPhase::Live) return;
  if (stage.is_source())
    if (const auto total = slot.link->total()) stage.told_total = total;
  const Link::Current before = slot.watched;
  slot.watch();
  const bool is_same = before.sequence == slot.watched.sequence && before.index == slot.watched.index;
  if (is_same && slot.stands_since == 0 && slot.link->waits_for_room()) slot.paused_item += span;
  if (span > kLateLook) stats.heard_at = run_.now;  // this engine was held up: it would not have heard anything
  listen(slot, stats);
  const bool is_new = stats.rss_bytes == 0;
  if (samples_now_ || is_new || stage.config.memory_limit != 0) sample(stage, slot, stats);
  check_limits(stage, slot, stats);
}

// By the engine's own books and clock: what the worker says of itself may be wrong. One that has begun, holds items and
// could go on is heard of when an item is over, or another piece of its answer has come.
void Observer::listen(const Slot& slot, SlotStats& stats) const {
  stats.has_begun |=
      slot.answered() > 0 || (!slot.flights.is_empty() && slot.link->has_claimed(slot.flights.oldest().sequence));
  const bool is_waited_for = stats.has_begun && !slot.flights.is_empty() && slot.stands_since == 0 && !slot.is_blocked;
  const std::uint64_t heard = slot.answered() + slot.held.data.size() + slot.held.assembly.size();
  if (std::exchange(stats.heard, heard) != heard || !is_waited_for) stats.heard_at = run_.now;
}

void Observer::sample(Stage&, Slot& slot, SlotStats& stats) {
  const TreeSample now = sampler_.sample(slot.pid, run_.now);
  if (now.processes == 0) return;
  stats.rss_bytes = now.rss_bytes;
  if (!samples_now_) return;
  if (stats.sampled_at != 0 && run_.now > stats.sampled_at)
    stats.cpu_percent = 100.0 * static_cast<double>(std::max<Nanos>(now.cpu - stats.cpu, 0)) /
                        static_cast<double>(run_.now - stats.sampled_at);
  stats.cpu = now.cpu;
  stats.sampled_at = run_.now;
}

void Observer::check_limits(Stage& stage, Slot& slot, const SlotStats& stats) {
  if (slot.kill_cause != KillCause::None) return;
  if (stage.config.memory_limit != 0 && stats.rss_bytes > stage.config.memory_limit) oversized_.push_back(&slot);
  if (stage.config.timeout && run_.now - stats.heard_at > *stage.config.timeout + kSilence) {
    slot.silent_at = slot.answered();
    overdue_.push_back(&slot);
    return;
  }
  // One that is paused after its item still has that.
  if (!stage.config.timeout || slot.stands_since != 0 || slot.link->waits_for_room() ||
      slot.link->current().sequence == 0)
    return;
  if (slot.item_elapsed(run_.now) > *stage.config.timeout) overdue_.push_back(&slot);
}

WorkerState Observer::state_of(const Stage& stage, const Slot& slot, const SlotStats& stats) const {
  switch (slot.phase) {
    case SlotPhase::Waiting:
      return WorkerState::Backoff;
    case SlotPhase::Dead:
    case SlotPhase::Gone:
      return slot.last_exit && slot.last_exit->signal ? WorkerState::Killed : WorkerState::Exited;
    case SlotPhase::Live:
      break;
  }
  if (slot.is_stopped || slot.is_stopped_by_other) return WorkerState::Paused;
  if (slot.takes_nothing && slot.flights.is_empty()) return WorkerState::Paused;
  if (!slot.link->is_ready()) return WorkerState::Starting;
  if (slot.is_blocked || slot.link->waits_for_room()) return WorkerState::Blocked;
  if (stage.is_source()) return stats.moved ? WorkerState::Busy : WorkerState::Idle;
  return slot.flights.is_empty() && !slot.outgoing ? WorkerState::Idle : WorkerState::Busy;
}

std::optional<Observer::ItemInWork> Observer::item_in_work(const Slot& slot) const {
  if (slot.flights.is_empty()) return std::nullopt;
  const Link::Current current = slot.link->current();
  const Flight* const flight = slot.flights.find(current.sequence);
  if (flight != nullptr && current.index >= flight->answered && current.index < flight->effective)
    return ItemInWork{flight->packet.get(), current.sequence, current.index};
  const Flight& oldest = slot.flights.oldest();
  return ItemInWork{oldest.packet.get(), oldest.sequence, oldest.answered};
}

void Observer::look_for_limit() {
  static const double kCores = usable_cores();
  std::vector<StageStatus> stages;
  LimitFacts facts;
  facts.cores = kCores;
  std::uint64_t left = 0;
  const Slot* last = nullptr;
  for (const auto& stage : run_.pipeline.stages()) {
    stages.push_back(stage_status(*stage));
    facts.rate_limits.push_back(stage->config.rate_per_s);
    if (stage->is_source()) {
      left += stage->is_done ? 0 : 2;  // more to come
      continue;
    }
    left += stage->depth() + stage->in_flight();
    for (const auto& slot : stage->slots) {
      facts.cpu_percent += stats_of(*slot).cpu_percent;
      if (slot->phase == SlotPhase::Live && item_in_work(*slot)) last = slot.get();
    }
  }
  facts.stages = stages;
  if (left == 1 && last != nullptr) facts.last = worker_status(run_.stage_of(*last), *last);
  limits_.update(facts, run_.now);
}

void Observer::end(int status) {
  exit_status_ = status;
  ended_us_ = wall_now_us();
  run_.now = ended_ = run_.timeline.now();
  tick();
  const std::string file = run_.options.run_dir + "/events.jsonl";
  try {
    write_events(file, run_.events);
  } catch (const std::system_error& error) {  // of a run that has ended they are a help, not a need
    if (run_.options.fds.report >= 0) report_error(run_.options.fds.report, error.what());
  }
}

}  // namespace pooltop
