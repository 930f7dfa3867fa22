// SPDX-License-Identifier: MIT
// The status object out of the engine's books.
#include <unistd.h>

#include <algorithm>

#include "engine/base/text.h"
#include "engine/supervisor/observer.h"

namespace pooltop {

namespace {

RunState final_state(int status) {
  if (status == kExitDone || status == kExitSomeFailed) return RunState::Done;
  return status == kExitCannotGoOn ? RunState::Failed : RunState::Stopped;
}

std::string_view journal_word(const Run& run) {
  if (run.options.config.durability == Durability::None) return "off";
  return run.journal_trouble.empty() ? "ok" : "failing";
}

}  // namespace

const Snapshot& Observer::snapshot(bool with_rows) {
  Snapshot& s = with_rows ? snapshot_ : summary_;
  std::vector<WorkerStatus> rows = std::move(s.workers);
  s = Snapshot{};
  s.workers = std::move(rows);
  std::size_t row = 0;
  s.run = run_.options.config.name;
  s.pid = ::getpid();
  s.state = exit_status_ ? final_state(*exit_status_) : run_.state();
  s.exit_status = exit_status_;
  s.started_at = format_utc(run_.started_us);
  if (exit_status_) s.ended_at = format_utc(ended_us_);
  s.elapsed_s = to_seconds((exit_status_ ? ended_ : run_.now) - run_.started);
  std::optional<std::uint64_t> total = 0;
  for (const auto& stage : run_.pipeline.stages()) {
    if (stage->is_source()) {
      const auto one = total_of(*stage);
      total = one && total ? std::optional(*total + *one) : std::nullopt;
      s.items.done += stage->ledger.done();
      s.items.failed += stage->ledger.failed();
    }
    s.items.in_flight += exit_status_ ? 0 : stage->in_flight();
    StageStatus& status = s.stages.emplace_back(stage_figures(*stage));
    if (!exit_status_ && with_rows)
      add_workers(*stage, status, row);
    else
      count_workers(*stage, status);
  }
  s.workers.resize(row);
  if (with_rows) rows_.resize(row);
  s.items.total = total;
  if (!exit_status_) s.eta_s = eta();
  s.watching = exit_status_ ? 0 : run_.watching;
  s.journal = journal_word(run_);
  s.problems = problems();
  s.limit = exit_status_ ? limits_.of_the_run(ended_ - run_.started) : limits_.now();
  return s;
}

std::optional<std::uint64_t> Observer::total_of(const Stage& source) const {
  const auto& config = std::get<SourceConfig>(source.config.work);
  if (source.is_done || run_.is_draining) return source.ledger.admitted();
  if (config.sentinel) return std::nullopt;  // it may end the stream at any item
  if (const auto* items = std::get_if<ItemsSource>(&config.from)) return items->items.size();
  const auto* range = std::get_if<RangeSource>(&config.from);
  if (range == nullptr) {
    if (!source.told_total) return std::nullopt;
    return std::max(*source.told_total, source.ledger.admitted());
  }
  const bool up = range->step > 0;
  if (up ? range->start >= range->stop : range->start <= range->stop) return 0;
  const auto distance = up ? static_cast<std::uint64_t>(range->stop) - static_cast<std::uint64_t>(range->start)
                           : static_cast<std::uint64_t>(range->start) - static_cast<std::uint64_t>(range->stop);
  const auto step = up ? static_cast<std::uint64_t>(range->step) : 0 - static_cast<std::uint64_t>(range->step);
  return (distance - 1) / step + 1;
}

StageState Observer::state_of(const Stage& stage) const {
  if (!stage.failure.empty()) return StageState::Failed;
  if (stage.is_done) return StageState::Done;
  if (stage.is_paused) return StageState::Paused;
  if (run_.is_draining || run_.is_stopping) return StageState::Draining;
  return stage.is_source() || stage.in > 0 ? StageState::Running : StageState::Waiting;
}

StageStatus Observer::stage_status(const Stage& stage) {
  StageStatus s = stage_figures(stage);
  count_workers(stage, s);
  return s;
}

void Observer::count_workers(const Stage& stage, StageStatus& s) {
  for (const auto& slot : stage.slots)
    if (slot->phase != SlotPhase::Gone) count(*slot, state_of(stage, *slot, stats_of(*slot)), s);
  if (s.workers == 0) s.workers = stage.config.workers;
}

void Observer::count(const Slot& slot, WorkerState state, StageStatus& s) {
  if (slot.leaving == Leaving::Retire) return;
  s.workers += 1;
  s.busy += state == WorkerState::Busy ? 1 : 0;
  s.paused += state == WorkerState::Paused ? 1 : 0;
}

StageStatus Observer::stage_figures(const Stage& stage) const {
  const StageStats& stats = stages_[stage.index];
  StageStatus s;
  s.name = stage.config.name;
  s.kind = kind_of(stage.config);
  s.state = state_of(stage);
  s.in = stage.in;
  s.out = stage.out;
  s.failed = stage.failed;
  s.retried = stage.retried;
  s.retrying = exit_status_ ? 0 : stage.delayed.size();
  if (s.state == StageState::Paused) {
    s.paused_at = format_utc(run_.started_us + (stage.paused_since - run_.started) / kMicrosecond);
    if (stage.paused_by > 0) s.paused_by = stage.paused_by;
  }
  s.restarts = stage.restarts;
  s.in_rate_per_s = stats.in.per_second(run_.now);
  s.rate_per_s = stats.out.per_second(run_.now);
  s.latency = {to_seconds(stats.latency.p50()), to_seconds(stats.latency.p99())};
  s.time_share = exit_status_ ? stats.shares.overall() : stats.shares.shares(run_.now);
  for (const std::uint32_t up : stage.up) s.from.push_back(run_.pipeline.stages()[up]->config.name);
  if (stage.is_source()) return s;
  QueueStatus queue;
  queue.depth = stage.depth();
  queue.capacity = stage.config.capacity;
  queue.bytes = stage.queue.bytes() + (stage.reorder ? stage.reorder->held_bytes() : 0);
  queue.in_flight = exit_status_ ? 0 : stage.in_flight();
  queue.oldest_age_s = stage.queue.is_empty() ? 0 : to_seconds(run_.now - stage.queue.oldest());
  queue.high_water = stage.queue.high_water();
  queue.closed = stage.is_closed;
  s.queue = queue;
  return s;
}

WorkerStatus Observer::worker_status(const Stage& stage, const Slot& slot) {
  WorkerStatus row;
  RowSource nothing;
  describe(stage, slot, row, nothing);
  return row;
}

// Counted as their rows say it, in the same pass: most of the cost is to fetch what lies at a thousand places.
void Observer::add_workers(const Stage& stage, StageStatus& status, std::size_t& row) {
  for (const auto& slot : stage.slots) {
    if (slot->phase == SlotPhase::Gone) continue;
    if (row == snapshot_.workers.size()) snapshot_.workers.emplace_back();
    if (row == rows_.size()) rows_.emplace_back();
    describe(stage, *slot, snapshot_.workers[row], rows_[row]);
    count(*slot, snapshot_.workers[row].state, status);
    ++row;
  }
  if (status.workers == 0) status.workers = stage.config.workers;
}

// `made_from` says what `w` was at the last snapshot. What cannot have changed since then is left as it is.
void Observer::describe(const Stage& stage, const Slot& slot, WorkerStatus& w, RowSource& made_from) {
  const SlotStats& stats = stats_of(slot);
  const bool is_live = slot.phase == SlotPhase::Live;
  const WorkerState state = state_of(stage, slot, stats);
  const bool has_begun = is_live && state != WorkerState::Starting;
  const std::optional<ItemInWork> item = has_begun ? item_in_work(slot) : std::nullopt;
  RowSource source{slot.stage, slot.index, slot.pid, slot.started_us};
  if (item) source.packet = item->packet, source.sequence = item->sequence, source.index = item->index;
  if (made_from.stage != source.stage || made_from.slot != source.slot || made_from.pid != source.pid ||
      made_from.started_us != source.started_us) {
    w.stage = stage.config.name;
    w.slot = slot.index;
    w.pid = slot.pid;
    w.started_at = slot.started_us == 0 ? "" : format_utc(slot.started_us);
  }
  w.state = state;
  w.state_since_s = w.state == slot.shown ? to_seconds(run_.now - slot.shown_since) : 0;
  const bool waits = slot.phase == SlotPhase::Waiting && w.state == WorkerState::Backoff;
  w.backoff_s = waits ? to_seconds(std::max<Nanos>(slot.start_at - slot.shown_since, 0)) : 0;
  const bool by_client = w.state == WorkerState::Paused && (slot.is_stopped || slot.takes_nothing);
  w.paused_by = by_client && slot.paused_by > 0 ? std::optional(slot.paused_by) : std::nullopt;
  w.max_attempts = item ? stage.max_attempts(item->packet->ref(item->index)) : stage.config.retries + 1;
  w.done = slot.done;
  w.failed = slot.failed;
  w.restarts = slot.restarts;
  w.rate_per_s = stats.rate.per_second(run_.now);
  w.cpu_percent = stats.cpu_percent;
  w.rss_bytes = stats.rss_bytes;
  w.last_exit = slot.last_exit;
  w.last_pid = slot.last_pid > 0 ? std::optional(slot.last_pid) : std::nullopt;
  const pid_t child = is_live ? slot.link->child() : 0;
  w.child_pid = child > 0 ? std::optional(child) : std::nullopt;
  w.item_elapsed_s = item ? to_seconds(slot.item_elapsed(run_.now)) : 0;
  if (source != made_from) describe_item(item, w);
  made_from = source;
}

void Observer::describe_item(const std::optional<ItemInWork>& item, WorkerStatus& w) const {
  w.item.reset();
  w.item_id.reset();
  w.attempt = 0;
  if (!item) return;
  const ItemRef ref = item->packet->ref(item->index);
  w.item = printable(item->packet->bytes(item->index), kStatusItemBytes);
  w.item_id = id_text(run_.pipeline.id_prefix(item->packet->source), ref);
  w.attempt = ref.attempt();
}

std::optional<double> Observer::eta() const {
  std::vector<EtaStage> stages;
  // Upstream stages first; the config may name them in any order.
  std::vector<std::size_t> place(stages_.size(), SIZE_MAX);
  const auto& all = run_.pipeline.stages();
  while (stages.size() < all.size()) {
    for (const auto& stage : all) {
      if (place[stage->index] != SIZE_MAX) continue;
      if (std::any_of(stage->up.begin(), stage->up.end(), [&](std::uint32_t up) { return place[up] == SIZE_MAX; }))
        continue;
      const StageStats& stats = stages_[stage->index];
      EtaStage eta;
      for (const std::uint32_t up : stage->up) eta.from.push_back(place[up]);
      eta.workers = static_cast<std::uint32_t>(stage->slots.size());
      eta.produced = stage->out;
      eta.handled = stage->is_source() ? stage->out : stage->in - stage->load;
      eta.worked = stats.first_item == 0 ? 0 : run_.now - stats.first_item - stats.paused;
      if (stage->is_source()) {
        eta.total = total_of(*stage);
        // `produced` is this life's; what was complete before is nobody's work any more.
        if (eta.total) *eta.total -= std::min(*eta.total, stage->resumed_complete);
      }
      place[stage->index] = stages.size();
      stages.push_back(std::move(eta));
    }
  }
  return estimate_eta(stages, run_.now - run_.started);
}

StageFacts Observer::facts_of(const Stage& stage) const {
  const StageStats& stats = stages_[stage.index];
  StageFacts facts;
  facts.name = stage.config.name;
  facts.p99 = stats.latency.p99();
  facts.timeout = stage.config.timeout;
  // Of a run that is paused as a whole its state says it, of one that waits for its journal another problem does.
  const bool is_said = (stage.is_paused && run_.is_paused) || run_.waits_for_journal;
  facts.depth = is_said ? 0 : stage.depth();
  if (stage.is_paused && !run_.is_paused) {
    facts.is_paused = true;
    facts.paused_for = run_.now - stage.paused_since;
    facts.paused_by = stage.paused_by;
  }
  facts.is_source = stage.is_source() && !is_said;
  facts.is_closed = stage.is_closed && !is_said;
  facts.last_taken = stats.last_taken;
  facts.retries_only = stage.queue.is_empty() && !stage.delayed.empty();
  if (const auto* worker = std::get_if<WorkerWork>(&stage.config.work); worker != nullptr && stage.out == 0)
    facts.no_answer_hint = "it has answered nothing yet: is its stdout buffered?";
  for (const auto& slot : stage.slots) {
    facts.given_up += slot->gave_up.empty() ? 0 : 1;
    if (slot->phase == SlotPhase::Gone) continue;
    switch (slot->shown) {
      case WorkerState::Busy:
        ++facts.busy;
        break;
      case WorkerState::Blocked:
        ++facts.blocked;
        break;
      case WorkerState::Starting:
        ++facts.starting;
        break;
      case WorkerState::Idle:
        ++facts.idle;
        break;
      case WorkerState::Paused:
        ++facts.paused;
        if (facts.is_paused || run_.is_paused) break;
        facts.paused_for = std::max(facts.paused_for, run_.now - slot->shown_since);
        if (facts.paused_by == 0) facts.paused_by = slot->paused_by;
        break;
      case WorkerState::Backoff:
        ++facts.backoff;
        break;
      default:
        break;
    }
  }
  return facts;
}

std::vector<Problem> Observer::problems() {
  std::vector<StageFacts> stages;
  std::vector<BusyFacts> busy;
  std::vector<StartingFacts> starting;
  std::vector<Problem> more;
  for (const auto& stage : run_.pipeline.stages()) {
    if (!exit_status_ && !stage->is_done) stages.push_back(facts_of(*stage));
    if (!stage->failure.empty())
      more.push_back({"error", stage->config.name, std::nullopt, 0, printable(stage->failure, 1000)});
    for (const auto& slot : stage->slots) {
      // A source waits itself, with what it has read; of the others the next worker does.
      const bool waits_itself = stage->is_source() && slot->phase == SlotPhase::Live && slot->trouble_may_pass;
      if (!slot->trouble.empty() && (slot->phase == SlotPhase::Waiting || waits_itself))
        more.push_back({"error", stage->config.name, std::nullopt,
                        to_seconds(run_.now - (waits_itself ? slot->trouble_since : slot->shown_since)),
                        printable(slot->trouble, 1000) + "; tried again every second"});
      if (slot->phase != SlotPhase::Live || exit_status_) continue;
      if (slot->shown == WorkerState::Starting)
        starting.push_back({slot->pid, stage->config.name, run_.now - slot->shown_since});
      if (slot->shown != WorkerState::Busy) continue;  // paused, or waiting for room: its item is not slow
      if (stage->is_done || !is_slow(slot->item_elapsed(run_.now), stages.back().p99, stages.back().timeout)) continue;
      if (const auto item = item_in_work(*slot))
        busy.push_back({slot->pid, stage->config.name,
                        id_text(run_.pipeline.id_prefix(item->packet->source), item->packet->ref(item->index)),
                        slot->item_elapsed(run_.now)});
    }
  }
  if (!run_.journal_trouble.empty())
    more.push_back({"warning", "", std::nullopt, to_seconds(run_.now - run_.journal_trouble_since),
                    "the journal cannot be written: " + printable(run_.journal_trouble, 400) +
                        (run_.waits_for_journal
                             ? "; nothing new is begun until there is room"
                             : "; what is done since runs again if the run is interrupted; tried again every second")});
  std::erase_if(run_.deaths, [&](const DeathFacts& d) { return run_.now - d.at > kDeathShownFor; });
  auto problems = find_problems(stages, busy, starting, exit_status_ ? std::span<const DeathFacts>{} : run_.deaths,
                                run_.now);
  if (exit_status_ && !run_.failure.empty() && more.empty())
    more.push_back({"error", "", std::nullopt, 0, printable(run_.failure, 1000)});
  problems.insert(problems.begin(), more.begin(), more.end());
  return problems;
}

}  // namespace pooltop
