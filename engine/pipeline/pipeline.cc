// SPDX-License-Identifier: MIT
//
// How parts are counted. A source item is one part when it is handed over; fan-out and one-to-many make more of it,
// and it is complete when the last part has come to an end (Ledger). In front of an ordered sink the same is counted
// for the parts that are still on their way to that sink only (Reorder): an item that stands in the sink's queue is
// no longer on its way, so what was before it in the order may be written as soon as nothing earlier can come.
//
// How ids stay unique within a stage. An item that becomes several gets an index for each. So does an item that goes
// to several stages of which two come together again: without it both of its parts would carry one id there. Either
// way, no id is the beginning of another one in the same stage, so what comes of them differs too.
#include "engine/pipeline/pipeline.h"

#include <algorithm>
#include <map>

#include "engine/base/error.h"

namespace pooltop {

namespace {
constexpr std::uint64_t kMostEnough = 256;
}

std::uint64_t Stage::in_flight() const {
  std::uint64_t items = 0;
  for (const auto& slot : slots) items += slot->flights.items() + (slot->outgoing ? 1 : 0);
  return items;
}

bool Stage::has_live_slot() const {
  return std::any_of(slots.begin(), slots.end(), [](const auto& s) { return s->phase != SlotPhase::Gone; });
}

Pipeline::Pipeline(const PipelineConfig& config) {
  std::map<std::string, std::uint32_t> by_name;
  for (const StageConfig& stage_config : config.stages) {
    auto stage = std::make_unique<Stage>();
    stage->config = stage_config;
    stage->index = static_cast<std::uint32_t>(stages_.size());
    stage->rate = RateLimit(stage_config.rate_per_s);
    by_name[stage_config.name] = stage->index;
    sources_ += stage->is_source() ? 1 : 0;
    stages_.push_back(std::move(stage));
  }
  for (const auto& stage : stages_) {
    for (const std::string& name : stage->config.from) {
      const std::uint32_t up = by_name.at(name);
      stage->up.push_back(up);
      stages_[up]->down.push_back(stage->index);
    }
    if (const auto* sink = std::get_if<SinkConfig>(&stage->config.work); sink != nullptr && sink->ordered) {
      stage->reorder = std::make_unique<Reorder>();
      ordered_.push_back(stage->index);
    }
  }
  const std::size_t n = stages_.size();
  leads_to_.assign(n, std::vector<bool>(n, false));
  for (std::uint32_t from = 0; from < n; ++from) {
    std::vector<std::uint32_t> todo(stages_[from]->down);
    while (!todo.empty()) {
      const std::uint32_t next = todo.back();
      todo.pop_back();
      if (leads_to_[from][next]) continue;
      leads_to_[from][next] = true;
      todo.insert(todo.end(), stages_[next]->down.begin(), stages_[next]->down.end());
    }
  }
  orders_.resize(n);
  for (std::uint32_t from = 0; from < n; ++from)
    for (const std::uint32_t sink : ordered_)
      if (leads_to_[from][sink]) orders_[from].push_back(sink);
  find_meetings();
  find_only_sinks();
}

void Pipeline::find_meetings() {
  const auto comes_to = [&](std::uint32_t from, std::uint32_t to) { return from == to || leads_to_[from][to]; };
  const auto meet = [&](std::uint32_t a, std::uint32_t b) {
    for (std::uint32_t stage = 0; stage < stages_.size(); ++stage)
      if (comes_to(a, stage) && comes_to(b, stage)) return true;
    return false;
  };
  for (const auto& stage : stages_) {
    const auto& down = stage->down;
    std::vector<bool>& meets = meets_.emplace_back(down.size(), false);
    for (std::size_t i = 0; i < down.size(); ++i)
      for (std::size_t k = 0; k < down.size(); ++k)
        if (i != k && meet(down[i], down[k])) meets[i] = true;
  }
}

Stage* Pipeline::find(std::string_view name) noexcept {
  for (const auto& stage : stages_)
    if (stage->config.name == name) return stage.get();
  return nullptr;
}

std::uint64_t Pipeline::room_behind(const Stage& stage) const {
  std::uint64_t room = UINT64_MAX;
  for (const std::uint32_t index : stage.down) {
    const Stage& next = *stages_[index];
    if (next.reorder) {
      // What it holds is bounded by the source's window, and what it waits for must always be let in: only what it may
      // write already can be too much, and that goes away by itself.
      if (next.queue.depth() >= next.config.capacity || next.queue.bytes() >= next.config.queue_bytes) return 0;
      continue;
    }
    const std::uint64_t limit = next.config.capacity + next.slots.size();
    if (next.load >= limit || next.queue.bytes() >= next.config.queue_bytes) return 0;
    if (next.queue.depth() >= next.config.capacity) return 0;
    room = std::min({room, limit - next.load, next.config.capacity - next.queue.depth()});
  }
  return room;
}

std::uint64_t Pipeline::room_for_source(const Stage& source) const {
  std::uint64_t room = room_behind(source);
  for (const std::uint32_t index : orders_[source.index]) {
    const Stage& sink = *stages_[index];
    std::uint64_t window = 0;
    for (const auto& stage : stages_)
      if (stage->index == index || leads_to_[stage->index][index]) window += stage->config.capacity;
    if (sink.reorder->window() >= window || sink.load >= window ||
        sink.reorder->held_bytes() + sink.queue.bytes() >= sink.config.queue_bytes)
      return 0;
    room = std::min(room, window - sink.reorder->window());
  }
  return room;
}

std::uint32_t Pipeline::enough_from(const Stage& stage) const {
  if (!stage.is_source()) return 1;
  std::uint64_t least = kMostEnough * 4;
  for (const std::uint32_t index : stage.down) least = std::min(least, stages_[index]->load);
  return static_cast<std::uint32_t>(std::max<std::uint64_t>(least / 4, 1));
}

// Branches by which an output of `from` goes on towards the ordered sink without being there yet.
std::uint32_t Pipeline::ways_to(const Stage& from, const Stage& sink) const {
  std::uint32_t ways = 0;
  for (const std::uint32_t index : from.down) ways += leads_to_[index][sink.index] ? 1 : 0;
  return ways;
}

void Pipeline::admit_new(Stage& source, const ItemRun& run, Nanos now) {
  const std::uint64_t count = run.lengths.size();
  source.ledger.admit(count);
  if (source.down.size() > 1)
    for (std::uint64_t i = 0; i < count; ++i) source.ledger.split(run.first + i, source.down.size());
  for (const std::uint32_t sink : orders_[source.index])
    stages_[sink]->reorder->admit(count, ways_to(source, *stages_[sink]));
  source.out += count;
  deliver(source, run, now);
}

void Pipeline::deliver(Stage& stage, const ItemRun& run, Nanos now) {
  for (std::uint32_t i = 0; i < stage.down.size(); ++i) {
    Stage& next = *stages_[stage.down[i]];
    if (!meets_[stage.index][i]) {
      deliver_to(next, run, now);
      continue;
    }
    // Two branches of one item will stand in one stage: the branch is part of the id from here on.
    std::vector<ItemRef> refs;
    refs.reserve(run.lengths.size());
    for (std::size_t item = 0; item < run.lengths.size(); ++item) {
      refs.push_back(run.refs.empty() ? ItemRef(run.first + item) : run.refs[item].clone());
      refs.back().more().path.push_back(i);
    }
    deliver_to(next, ItemRun{run.source, run.first, refs, run.data, run.lengths}, now);
  }
  for (const std::uint32_t sink : orders_[stage.index]) release_ordered(*stages_[sink], now);
}

void Pipeline::deliver_to(Stage& next, const ItemRun& run, Nanos now) {
  const auto& sink = only_sink_[next.index];
  if (sink && stages_[*sink]->was_resumed)
    deliver_again(next, *stages_[*sink], run, now);
  else
    put(next, run, now);
}

void Pipeline::put(Stage& next, const ItemRun& run, Nanos now) {
  next.load += run.lengths.size();
  next.in += run.lengths.size();
  if (next.reorder)
    deliver_ordered(next, run);
  else
    next.queue.put(run, now);
}

void Pipeline::deliver_ordered(Stage& sink, const ItemRun& run) {
  std::uint64_t offset = 0;
  for (std::size_t i = 0; i < run.lengths.size(); ++i) {
    ItemRef item = run.refs.empty() ? ItemRef(run.first + i) : run.refs[i].clone();
    sink.reorder->arrive(std::move(item), run.data.substr(offset, run.lengths[i]));
    offset += run.lengths[i];
  }
}

void Pipeline::release_ordered(Stage& sink, Nanos now) {
  Reorder::Held held;
  while (sink.reorder->pop(held)) {
    const auto length = static_cast<std::uint32_t>(held.bytes.size());
    ItemRun run;
    for (const auto& stage : stages_)
      if (stage->is_source() && leads_to_[stage->index][sink.index]) run.source = stage->index;
    run.first = held.item.ordinal;
    run.data = held.bytes;
    run.lengths = {&length, 1};
    if (held.item.extra) run.refs = {&held.item, 1};
    sink.queue.put(run, now);
  }
}

void Pipeline::count_parts(Stage& stage, std::uint32_t source, std::uint64_t ordinal, std::uint64_t outputs,
                           std::span<const std::uint32_t> path) {
  if (outputs == 0)
    end_part(stage, source, ordinal, path);
  else
    stages_[source]->ledger.split(ordinal, outputs * stage.down.size());
  for (const std::uint32_t sink : orders_[stage.index])
    stages_[sink]->reorder->become(ordinal, outputs * ways_to(stage, *stages_[sink]));
}

// A part has come to its end in `stage`: dropped, or written by a sink.
void Pipeline::end_part(Stage& stage, std::uint32_t source, std::uint64_t ordinal,
                        std::span<const std::uint32_t> path) {
  Ledger& ledger = stages_[source]->ledger;
  const bool had_others = ledger.has_entry(ordinal);
  ledger.finish(ordinal, 1);
  if (!had_others) return;
  if (ledger.has_entry(ordinal)) {
    if (stage.is_sink()) stage.written_ids[source].add(ordinal, path);
    return;
  }
  for (const auto& sink : stages_)
    if (const auto ids = sink->written_ids.find(source); ids != sink->written_ids.end()) ids->second.erase(ordinal);
}

void Pipeline::pass_on(Stage& stage, const ItemRun& run, Nanos now) {
  const std::uint64_t count = run.lengths.size();
  if (stage.down.size() > 1 || !orders_[stage.index].empty())
    for (std::uint64_t i = 0; i < count; ++i)
      count_parts(stage, run.source, run.refs.empty() ? run.first + i : run.refs[i].ordinal, 1);
  stage.load -= count;
  stage.out += count;
  deliver(stage, run, now);
}

void Pipeline::finish(Stage& stage, const Packet& packet, std::uint32_t from, std::uint32_t to, Nanos now) {
  stage.load -= to - from;
  if (stage.is_sink()) stage.out += to - from;
  Ledger& ledger = stages_[packet.source]->ledger;
  if (packet.refs.empty() && orders_[stage.index].empty() && !ledger.has_entries()) {
    ledger.finish(packet.first + from, to - from);
    return;
  }
  for (std::uint32_t i = from; i < to; ++i) {
    const auto path = packet.refs.empty() ? std::span<const std::uint32_t>() : packet.refs[i].path();
    count_parts(stage, packet.source, packet.ordinal(i), 0, path);
  }
  for (const std::uint32_t sink : orders_[stage.index]) release_ordered(*stages_[sink], now);
}

void Pipeline::branch(Stage& stage, std::uint32_t source, const ItemRef& item, const HeldAnswer& outputs, Nanos now) {
  const std::size_t count = outputs.lengths.size();
  std::vector<ItemRef> refs;
  refs.reserve(count);
  for (std::uint32_t i = 0; i < count; ++i) {
    ItemRef ref = item.without_history();
    if (count > 1) ref.more().path.push_back(i);
    refs.push_back(std::move(ref));
  }
  count_parts(stage, source, item.ordinal, count);
  stage.load -= 1;
  stage.out += count;
  if (count == 0) {
    for (const std::uint32_t sink : orders_[stage.index]) release_ordered(*stages_[sink], now);
    return;
  }
  deliver(stage, ItemRun{source, item.ordinal, refs, outputs.data, outputs.lengths}, now);
}

void Pipeline::fail(Stage& stage, std::uint32_t source, const ItemRef& item, Nanos now) {
  stage.load -= 1;
  stage.failed += 1;
  stages_[source]->ledger.fail(item.ordinal);
  for (const std::uint32_t sink : orders_[stage.index]) {
    stages_[sink]->reorder->become(item.ordinal, 0);
    release_ordered(*stages_[sink], now);
  }
}

bool Pipeline::can_reopen(const Stage& stage, std::uint32_t source, std::uint64_t ordinal) const {
  const auto& sinks = orders_[stage.index];
  if (stage.reorder && !stage.reorder->can_reopen(ordinal)) return false;
  return stages_[source]->ledger.can_reopen(ordinal) &&
         std::all_of(sinks.begin(), sinks.end(),
                     [&](std::uint32_t sink) { return stages_[sink]->reorder->can_reopen(ordinal); });
}

bool Pipeline::reopen(Stage& stage, std::uint32_t source, ItemRef item, std::string_view bytes, Nanos now) {
  if (!can_reopen(stage, source, item.ordinal) || !stages_[source]->ledger.reopen(item.ordinal)) return false;
  for (const std::uint32_t sink : orders_[stage.index]) stages_[sink]->reorder->reopen(item.ordinal);
  stage.failed -= 1;
  stage.load += 1;
  if (stage.reorder) {  // into its place again
    stage.reorder->arrive(std::move(item), bytes);
    release_ordered(stage, now);
    return true;
  }
  const auto length = static_cast<std::uint32_t>(bytes.size());
  stage.queue.put(ItemRun{source, item.ordinal, {&item, 1}, bytes, {&length, 1}}, now);
  return true;
}

std::optional<Delayed> Pipeline::take_waiting(Stage& stage, std::uint32_t source, const ItemRef& item) {
  for (auto at = stage.delayed.begin(); at != stage.delayed.end(); ++at) {
    if (at->second.source != source || !is_same_item(at->second.item, item)) continue;
    Delayed taken = std::move(at->second);
    stage.delayed.erase(at);
    return taken;
  }
  if (const auto packet = stage.queue.take(source, item)) return Delayed{source, packet->take_ref(0), packet->data};
  Reorder::Held held;
  if (stage.reorder && stage.reorder->take(item, held))
    return Delayed{source, std::move(held.item), std::move(held.bytes)};
  return std::nullopt;
}

bool Pipeline::release_due(Stage& stage, Nanos now) {
  bool did = false;
  while (!stage.delayed.empty() && stage.delayed.begin()->first <= now) {
    Delayed item = std::move(stage.delayed.begin()->second);
    stage.delayed.erase(stage.delayed.begin());
    auto packet = std::make_unique<Packet>();
    packet->source = item.source;
    packet->first = item.item.ordinal;
    packet->lengths.push_back(static_cast<std::uint32_t>(item.bytes.size()));
    packet->data = std::move(item.bytes);
    packet->refs.push_back(std::move(item.item));
    packet->queued_at = now;
    stage.queue.put_front(std::move(packet));
    did = true;
  }
  return did;
}

bool Pipeline::is_drained(const Stage& stage) const { return stage.is_closed && stage.load == 0; }

bool Pipeline::end(Stage& stage) {
  stage.is_done = true;
  for (const std::uint32_t index : stage.down) {
    Stage& next = *stages_[index];
    next.is_closed =
        std::all_of(next.up.begin(), next.up.end(), [&](std::uint32_t up) { return stages_[up]->is_done; });
  }
  return std::all_of(stages_.begin(), stages_.end(), [](const auto& s) { return s->is_done; });
}

std::string_view Pipeline::id_prefix(std::uint32_t source) const {
  return sources_ > 1 ? std::string_view(stages_[source]->config.name) : std::string_view();
}

}  // namespace pooltop
