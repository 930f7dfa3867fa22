// SPDX-License-Identifier: MIT
#include "engine/supervisor/intake.h"

#include <algorithm>

#include "engine/base/kill_point.h"
#include "engine/journal/digest.h"
#include "engine/supervisor/run_journal.h"

namespace pooltop {

namespace {

std::string_view bytes_of(const Published& record, std::uint64_t offset, std::uint64_t count) {
  return {reinterpret_cast<const char*>(record.data) + offset, count};
}

constexpr std::uint64_t kOutputsSlack = 64u << 20;  // all outputs of one item together, above max_item_bytes
constexpr std::uint64_t kOutputCost = 64;           // what an output takes beside its bytes, at least

// Of a source whose items a later life of the run must find as they were.
void digest(Stage& source, const ItemRun& run) {
  if (!keeps_digest(source.config)) return;
  std::uint64_t offset = 0;
  for (const std::uint32_t length : run.lengths) {
    source.digest = add_to_digest(source.digest, run.data.substr(offset, length));
    offset += length;
  }
}

// How long the work took: neither pauses nor waiting for room downstream are work.
Nanos work_time(const Slot& slot, const Published& record) {
  const auto elapsed = static_cast<Nanos>(std::min<std::uint64_t>(record.header.elapsed_ns, INT64_MAX));
  const bool was_watched = slot.watched.sequence == record.header.sequence &&
                           slot.watched.index >= record.header.from &&
                           slot.watched.index - record.header.from < std::max(record.header.count, 1u);
  return was_watched ? std::max<Nanos>(elapsed - slot.paused_item, 0) : elapsed;
}

}  // namespace

bool Intake::read(Slot& slot) {
  if (!slot.link || !slot.hostile.empty() || slot.is_blocked) return false;
  Stage& stage = run_.stage_of(slot);
  bool did = false;
  try {
    Published record;
    while (slot.link->peek(record)) {
      const std::uint32_t before = slot.accepted;
      const bool is_whole = take_in(stage, slot, record);
      did |= is_whole || slot.accepted != before;
      if (!is_whole) {
        block(stage, slot);
        break;
      }
      POOLTOP_KILL_POINT(engine_took_in);
      slot.link->consume();
      slot.accepted = 0;
      slot.accepted_bytes = 0;
    }
    slot.link->release(slot.wake.get());
  } catch (const HostileWorker& error) {
    slot.hostile = error.what();
    did = true;
  }
  return did;
}

void Intake::block(Stage& stage, Slot& slot) {
  if (slot.is_blocked) return;
  slot.is_blocked = true;
  stage.blocked.push_back(&slot);
}

bool Intake::read_blocked(Stage& stage) {
  if (stage.blocked.empty()) return false;
  const std::uint64_t room =
      stage.is_source() ? run_.pipeline.room_for_source(stage) : run_.pipeline.room_behind(stage);
  if (room == 0) return false;
  bool did = false;
  std::vector<Slot*> waiting;
  waiting.swap(stage.blocked);
  for (Slot* slot : waiting) {
    slot->is_blocked = false;
    did |= read(*slot);
    run_.heat(*slot);  // dead ones are reclaimed there once their outbox is empty
  }
  return did;
}

bool Intake::take_in(Stage& stage, Slot& slot, const Published& record) {
  switch (record.kind()) {
    case RecordKind::Emit:
      return take_emitted(stage, slot, record);
    case RecordKind::Answers:
      return take_answers(stage, slot, record);
    case RecordKind::Done:
      take_done(stage, slot, record);
      return true;
    case RecordKind::Outputs:
      return take_outputs(stage, slot, record);
    case RecordKind::Part:
      return take_part(stage, slot, record);
    case RecordKind::Failed:
      take_failed(stage, slot, record);
      return true;
    case RecordKind::Trouble:
      take_trouble(slot, record);
      return true;
    case RecordKind::End:
      if (!stage.is_source() && !slot.end_sent) throw HostileWorker("it said END before it was told");
      slot.ended = true;
      if (stage.is_source()) stage.has_ended = true;
      return true;
    case RecordKind::None:
    case RecordKind::Packet:
      break;
  }
  throw HostileWorker("it wrote a record of a kind that workers do not write");
}

// The lengths of the next `count` items, copied once, then checked against the record's size.
std::span<const std::uint32_t> Intake::copy_lengths(const Slot& slot, const Published& record, std::uint64_t count) {
  lengths_.assign(record.lengths + slot.accepted, record.lengths + slot.accepted + count);
  copied_bytes_ = 0;
  for (const std::uint32_t length : lengths_) copied_bytes_ += length;
  const bool is_rest = slot.accepted + count == record.header.count;
  const std::uint64_t left = record.header.data_bytes - slot.accepted_bytes;
  if (copied_bytes_ > left || (is_rest && copied_bytes_ != left))
    throw HostileWorker("its items' lengths do not add up");
  return lengths_;
}

bool Intake::take_emitted(Stage& stage, Slot& slot, const Published& record) {
  if (!stage.is_source() || slot.ended) throw HostileWorker("it emitted an item where none can be");
  const std::uint32_t left = record.header.count - slot.accepted;
  const std::uint64_t count = std::min<std::uint64_t>(left, run_.pipeline.room_for_source(stage));
  if (count == 0) return left == 0;
  const auto lengths = copy_lengths(slot, record, count);
  ItemRun run;
  run.data = bytes_of(record, slot.accepted_bytes, copied_bytes_);
  run.lengths = lengths;
  digest(stage, run);
  run_.pipeline.admit(stage, run, run_.now);
  observer_.emitted(stage, count);
  slot.done += count;
  slot.accepted += static_cast<std::uint32_t>(count);
  slot.accepted_bytes += copied_bytes_;
  return count == left;
}

// The flight that the record answers, its next item being the one that the record begins with.
Flight& Intake::flight_of(Slot& slot, const Published& record, std::uint32_t already) const {
  Flight* const flight = slot.flights.find(record.header.sequence);
  if (flight == nullptr || std::uint64_t{record.header.from} + already != flight->answered)
    throw HostileWorker("it answered an item that it was not handed");
  return *flight;
}

bool Intake::take_answers(Stage& stage, Slot& slot, const Published& record) {
  const std::uint32_t left = record.header.count - slot.accepted;
  if (left == 0 && record.header.count == 0) return true;
  Flight& flight = flight_of(slot, record, slot.accepted);
  if (left > flight.open() || stage.is_sink()) throw HostileWorker("it answered more items than it was handed");
  const std::uint64_t count = std::min<std::uint64_t>(left, run_.pipeline.room_behind(stage));
  if (count == 0) return false;
  const auto lengths = copy_lengths(slot, record, count);
  const Packet& packet = *flight.packet;
  ItemRun run{
      packet.source, packet.first + flight.answered, {}, bytes_of(record, slot.accepted_bytes, copied_bytes_), lengths};
  if (!packet.refs.empty()) {
    refs_.clear();
    for (std::uint64_t i = 0; i < count; ++i) refs_.push_back(packet.refs[flight.answered + i].without_history());
    run.refs = refs_;
  }
  run_.pipeline.pass_on(stage, run, run_.now);
  const auto share = work_time(slot, record) / record.header.count * static_cast<Nanos>(count);
  observer_.answered(stage, slot, share, static_cast<std::uint32_t>(count));
  slot.accepted += static_cast<std::uint32_t>(count);
  slot.accepted_bytes += copied_bytes_;
  settle(stage, slot, flight, static_cast<std::uint32_t>(count), share);
  return count == left;
}

void Intake::settle(Stage& stage, Slot& slot, Flight& flight, std::uint32_t count, Nanos elapsed) {
  slot.done += count;
  if (count > 0 && !flight.packet->refs.empty()) follow_to_the_end(stage, slot, flight, count, elapsed / count);
  slot.signalled = KillCause::None;  // the item that the signal met is past
  stage.queue.recycle(slot.flights.settle(flight, count));
}

// The few items whose way is kept: this try of theirs was the good one.
void Intake::follow_to_the_end(const Stage& stage, const Slot& slot, const Flight& flight, std::uint32_t count,
                               Nanos elapsed) {
  const Packet& packet = *flight.packet;
  for (std::uint32_t i = flight.answered; i < flight.answered + count; ++i) {
    const ItemRef& item = packet.refs[i];
    if (!item.extra || !item.extra->is_followed) continue;
    Try one;
    one.attempt = item.attempt();
    one.pid = slot.pid;
    one.slot = slot.index;
    one.elapsed_s = static_cast<double>(elapsed) / 1e9;
    one.started_us = wall_now_us() - elapsed / 1000;
    run_.ways.at(stage.index, id_text(run_.pipeline.id_prefix(packet.source), item), packet.bytes(i))
        .add(std::move(one));
  }
}

void Intake::take_done(Stage& stage, Slot& slot, const Published& record) {
  Flight& flight = flight_of(slot, record, 0);
  const std::uint32_t count = record.header.count;
  if (count > flight.open()) throw HostileWorker("it answered more items than it was handed");
  if (stage.is_sink()) stage.written = record.header.written;
  run_.pipeline.finish(stage, *flight.packet, flight.answered, flight.answered + count, run_.now);
  const Nanos elapsed = work_time(slot, record);
  observer_.answered(stage, slot, elapsed, count);
  settle(stage, slot, flight, count, elapsed);
}

// Outputs are held until the item's last: a later stage never sees half an answer. An answer that has begun is read to
// its end whatever its size; it begins only while there is room.
void Intake::begin_held(Slot& slot, const Published& record) {
  if (slot.held.sequence == 0 && record.header.sequence != 0) {
    (void)flight_of(slot, record, 0);
    slot.held.sequence = record.header.sequence;
    slot.held.index = record.header.from;
  }
  if (slot.held.sequence != record.header.sequence || slot.held.index != record.header.from)
    throw HostileWorker("it mixed the outputs of two items");
}

bool Intake::take_outputs(Stage& stage, Slot& slot, const Published& record) {
  if (record.header.sequence == 0 || stage.is_sink()) throw HostileWorker("it wrote outputs of no item");
  if (slot.held.sequence == 0 && run_.pipeline.room_behind(stage) == 0) return false;
  begin_held(slot, record);
  const auto lengths = copy_lengths(slot, record, record.header.count);
  const std::uint64_t cost =
      slot.held.data.size() + copied_bytes_ + kOutputCost * (slot.held.lengths.size() + lengths.size());
  if (cost > run_.options.config.max_item_bytes + kOutputsSlack) slot.held.is_too_large = true;
  if (!slot.held.is_too_large) {
    slot.held.data += bytes_of(record, 0, copied_bytes_);
    slot.held.lengths.insert(slot.held.lengths.end(), lengths.begin(), lengths.end());
  }
  if ((record.header.flags & kLast) != 0) end_held(stage, slot, record);
  return true;
}

bool Intake::take_part(Stage& stage, Slot& slot, const Published& record) {
  const bool is_source = stage.is_source();
  if (is_source != (record.header.sequence == 0) || stage.is_sink() || (is_source && slot.ended))
    throw HostileWorker("it wrote a part of no item");
  const bool is_first = slot.held.sequence == 0 && slot.held.assembly.empty();
  const std::uint64_t room = is_source ? run_.pipeline.room_for_source(stage) : run_.pipeline.room_behind(stage);
  if (is_first && room == 0) return false;
  begin_held(slot, record);
  HeldAnswer& held = slot.held;
  if (held.assembly.size() + record.header.data_bytes > run_.options.config.max_item_bytes) held.is_too_large = true;
  if (!held.is_too_large) held.assembly += bytes_of(record, 0, record.header.data_bytes);
  if ((record.header.flags & kLast) == 0) return true;
  if (!is_source) {
    if (!held.is_too_large) {
      held.lengths.push_back(static_cast<std::uint32_t>(held.assembly.size()));
      held.data += held.assembly;
    }
    held.assembly.clear();
    return true;
  }
  if (held.is_too_large) throw HostileWorker("it emitted an item larger than max_item_bytes");
  const auto length = static_cast<std::uint32_t>(held.assembly.size());
  const ItemRun run{0, 0, {}, held.assembly, {&length, 1}};
  digest(stage, run);
  run_.pipeline.admit(stage, run, run_.now);
  observer_.emitted(stage, 1);
  slot.done += 1;
  held.clear();
  return true;
}

void Intake::end_held(Stage& stage, Slot& slot, const Published& record) {
  Flight& flight = flight_of(slot, record, 0);
  const Nanos elapsed = work_time(slot, record);
  const std::uint32_t source = flight.packet->source;
  if (slot.held.is_too_large) {
    ItemFailure failure;
    failure.error = "its outputs are larger than max_item_bytes";
    failure.permanent = true;
    failures_.work_failed(stage, slot,
                          {source, flight.packet->take_ref(flight.answered), flight.packet->bytes(flight.answered),
                           static_cast<double>(elapsed) / 1e9},
                          failure);
    slot.failed += 1;
  } else {
    run_.pipeline.branch(stage, source, flight.packet->ref(flight.answered), slot.held, run_.now);
    observer_.answered(stage, slot, elapsed, 1);
  }
  slot.held.clear();
  settle(stage, slot, flight, 1, elapsed);
}

void Intake::take_failed(Stage& stage, Slot& slot, const Published& record) {
  Flight& flight = flight_of(slot, record, 0);
  // The copy is checked, not the memory: it may still change.
  const std::string copy(bytes_of(record, 0, record.header.data_bytes));
  auto failure = decode_failure(copy);
  if (!failure || flight.open() == 0) throw HostileWorker("it reported a failure that makes no sense");
  slot.held.clear();
  const std::uint32_t index = flight.answered;
  const std::string bytes(flight.packet->bytes(index));
  const Nanos elapsed = work_time(slot, record);
  Tried tried{flight.packet->source, flight.packet->take_ref(index), bytes, static_cast<double>(elapsed) / 1e9};
  const KillCause cause = slot.kill_cause != KillCause::None ? slot.kill_cause : slot.signalled;
  const bool by_user = cause == KillCause::UserRequeue || cause == KillCause::Restart || cause == KillCause::Stop;
  settle(stage, slot, flight, 1, elapsed);
  slot.done -= 1;
  const bool is_doomed = slot.is_doomed({record.header.sequence, index});
  if (cause == KillCause::UserFail && is_doomed) {
    failures_.failed_by_user(stage, slot, std::move(tried));
  } else if (by_user || cause == KillCause::UserFail) {
    // Its process was ended by the user through pooltop: nobody's failure.
    failures_.ended_by_user(stage, slot, std::move(tried), *failure);
  } else {
    slot.failed += 1;
    observer_.answered(stage, slot, elapsed, 1);
    failures_.work_failed(stage, slot, std::move(tried), *failure);
  }
}

void Intake::take_trouble(Slot& slot, const Published& record) {
  slot.trouble = bytes_of(record, 0, std::min<std::uint64_t>(record.header.data_bytes, kStderrTail));
  slot.trouble_may_pass = (record.header.flags & kRetry) != 0;
  slot.trouble_since = run_.now;
  Stage& stage = run_.stage_of(slot);
  if (stage.is_source() && slot.trouble_may_pass && !slot.trouble.empty())
    run_.note("trouble", stage, slot.pid, "", slot.trouble);
}

}  // namespace pooltop
