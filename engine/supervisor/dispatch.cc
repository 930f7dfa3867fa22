// SPDX-License-Identifier: MIT
#include "engine/supervisor/dispatch.h"

#include <algorithm>
#include <utility>

#include "engine/base/kill_point.h"
#include "engine/region/meta.h"
#include "engine/worker/worker_spec.h"

namespace pooltop {

namespace {

// Workers that send items ahead to a child of theirs may hold as many as their window; 0: no window.
std::uint32_t window_of(const StageConfig& config) {
  const auto* worker = std::get_if<WorkerWork>(&config.work);
  return worker == nullptr ? 0 : worker->window;
}

bool is_one_at_a_time(const StageConfig& config) { return std::holds_alternative<CommandWork>(config.work); }

bool is_json_worker(const StageConfig& config) {
  const auto* worker = std::get_if<WorkerWork>(&config.work);
  return worker != nullptr && worker->protocol == WorkerProtocol::Json;
}

std::uint64_t size_of(const Packet& packet, std::string_view meta) {
  return record_bytes(packet.data.size(), packet.count(), meta.size());
}

}  // namespace

bool Dispatch::can_take(const Stage& stage, const Slot& slot) const {
  if (slot.phase != SlotPhase::Live || slot.is_paused() || slot.end_sent || slot.leaving != Leaving::No ||
      slot.kill_cause != KillCause::None || slot.outgoing || !slot.trouble.empty() || !slot.hostile.empty())
    return false;
  // A packet's claim word may be given to another once the worker has released it: never while its answer is unread.
  if (slot.flights.packets() >= kPacketSlots - 1) return false;
  if (stage.config.max_items_per_worker != 0 && slot.handed >= stage.config.max_items_per_worker) return false;
  if (const std::uint32_t window = window_of(stage.config); window != 0) return slot.flights.items() < window;
  if (is_one_at_a_time(stage.config))
    return slot.flights.is_empty() || (!stage.pace.is_slow() && slot.flights.items() < 2);
  return slot.flights.packets() < stage.pace.packets();
}

// Room in a worker's inbox; a position that makes no sense ends the worker, not the engine.
bool Dispatch::has_room(Slot& slot, std::uint64_t record) {
  if (!slot.hostile.empty()) return false;
  try {
    return slot.link->has_room(record);
  } catch (const HostileWorker& error) {
    slot.hostile = error.what();
    run_.heat(slot);
    return false;
  }
}

void Dispatch::list_if_able(Slot& slot) {
  Stage& stage = run_.stage_of(slot);
  if (slot.is_listed || stage.is_source() || !can_take(stage, slot)) return;
  slot.is_listed = true;
  stage.ready.push_back(&slot);
}

// Whether new items of the stage may be begun at all now, whoever could take them.
bool Dispatch::may_begin(const Stage& stage) const {
  if (stage.is_source() || run_.is_stopping || stage.is_paused || run_.is_paused || run_.waits_for_journal)
    return false;
  return stage.is_sink() || run_.pipeline.room_behind(stage) > 0;  // nothing new starts while it is full there
}

bool Dispatch::is_rate_limited(const Stage& stage) const {
  return stage.rate.is_on() && !stage.queue.is_empty() && !stage.ready.empty() && may_begin(stage);
}

std::uint32_t Dispatch::packet_size(const Stage& stage, const Slot& slot) const {
  const auto workers = static_cast<std::uint32_t>(stage.slots.size());
  std::uint64_t items = stage.pace.items(stage.config.capacity, workers);
  if (is_one_at_a_time(stage.config) || is_json_worker(stage.config)) items = 1;
  if (const std::uint32_t window = window_of(stage.config); window != 0)
    items = std::min<std::uint64_t>(is_json_worker(stage.config) ? 1 : window, window - slot.flights.items());
  // Small again near the end: nobody sits on a last long packet while others idle.
  if (workers > 1) items = std::min(items, std::max<std::uint64_t>(stage.queue.depth() / workers, 1));
  if (const std::uint64_t limit = stage.config.max_items_per_worker; limit != 0)
    items = std::min(items, limit - slot.handed);
  return static_cast<std::uint32_t>(std::max<std::uint64_t>(items, 1));
}

bool Dispatch::hand_out(Stage& stage) {
  bool did = false;
  while (!stage.queue.is_empty() && !stage.ready.empty() && may_begin(stage)) {
    const std::uint32_t allowed = stage.rate.available(run_.now);
    if (allowed == 0) break;
    Slot& slot = *stage.ready.front();
    stage.ready.pop_front();
    slot.is_listed = false;
    if (!can_take(stage, slot)) continue;
    const bool handed = hand(stage, slot, std::min(packet_size(stage, slot), allowed));
    did |= handed;
    if (handed) list_if_able(slot);  // else it is listed again when its inbox has room
  }
  return did;
}

std::string Dispatch::meta_of(const Packet& packet) const {
  std::string meta;
  const std::string_view prefix = run_.pipeline.id_prefix(packet.source);
  for (std::size_t i = 0; i < packet.count(); ++i) {
    const ItemRef item = packet.refs.empty() ? ItemRef(packet.first + i) : packet.refs[i].without_history();
    const std::uint32_t attempt = packet.refs.empty() ? 1 : packet.refs[i].attempt();
    append_meta(meta, id_text(prefix, item), attempt);
  }
  return meta;
}

bool Dispatch::hand(Stage& stage, Slot& slot, std::uint32_t items) {
  const std::uint64_t first = record_bytes(stage.queue.first_item_bytes(), 1, 0);
  if (!has_room(slot, std::min(first, slot.link->max_record()))) return false;
  auto packet = stage.queue.lease(items);
  const bool with_ids = needs_ids(stage.config);
  std::string meta = with_ids ? meta_of(*packet) : std::string();
  while (packet->count() > 1 && size_of(*packet, meta) > slot.link->max_record()) {
    stage.queue.put_front(packet->cut(packet->count() / 2, packet->count()));
    packet = packet->cut(0, packet->count() / 2);
    meta = with_ids ? meta_of(*packet) : std::string();
  }
  if (size_of(*packet, meta) > slot.link->max_record()) {
    slot.outgoing = std::move(packet);
    slot.outgoing_sent = 0;
    slot.handed += 1;
    stage.rate.take(1);
    run_.heat(slot);
    return send_outgoing(stage, slot);
  }
  const auto count = static_cast<std::uint32_t>(packet->count());
  if (!has_room(slot, size_of(*packet, meta))) {
    stage.queue.put_front(std::move(packet));
    return false;
  }
  const std::uint32_t sequence = slot.link->push_packet(packet->data, packet->lengths, meta);
  POOLTOP_KILL_POINT(engine_handed_out);
  slot.flights.add(sequence, std::move(packet));
  slot.may_revoke = true;
  slot.handed += count;
  stage.rate.take(count);
  run_.heat(slot);
  return true;
}

// An item larger than a record goes in parts, as the inbox has room; its last part is the packet.
bool Dispatch::send_outgoing(Stage& stage, Slot& slot) {
  Packet& packet = *slot.outgoing;
  const std::string meta = needs_ids(stage.config) ? meta_of(packet) : std::string();
  const std::uint64_t piece = slot.link->max_record() - sizeof(RecordHeader) - 16 - padded(meta.size(), 8);
  bool did = false;
  while (packet.data.size() - slot.outgoing_sent > piece) {
    if (!has_room(slot, record_bytes(piece, 0, 0))) return did;
    slot.link->push_part(std::string_view(packet.data).substr(slot.outgoing_sent, piece));
    slot.outgoing_sent += piece;
    did = true;
  }
  const std::string_view rest = std::string_view(packet.data).substr(slot.outgoing_sent);
  if (!has_room(slot, record_bytes(rest.size(), 1, meta.size()))) return did;
  const std::uint32_t sequence = slot.link->push_packet(rest, packet.lengths, meta, /*assembled=*/true);
  slot.flights.add(sequence, std::move(slot.outgoing));
  slot.outgoing.reset();
  return true;
}

bool Dispatch::continue_outgoing(Slot& slot) {
  if (!slot.outgoing || slot.phase != SlotPhase::Live) return false;
  const bool did = send_outgoing(run_.stage_of(slot), slot);
  if (!slot.outgoing) list_if_able(slot);
  return did;
}

void Dispatch::take_back(Slot& slot) {
  if (!slot.link || slot.phase != SlotPhase::Live) return;
  Stage& stage = run_.stage_of(slot);
  slot.may_revoke = false;
  std::vector<std::unique_ptr<Packet>> packets;
  try {
    packets = slot.flights.revoke(*slot.link);
  } catch (const HostileWorker& error) {
    slot.hostile = error.what();
    run_.heat(slot);
  }
  POOLTOP_KILL_POINT(engine_revoked);
  for (auto packet = packets.rbegin(); packet != packets.rend(); ++packet) {
    slot.handed -= (*packet)->count();
    stage.rate.give_back((*packet)->count());
    stage.queue.put_front(std::move(*packet));
  }
}

bool Dispatch::is_uneven(const Stage& stage) const {
  if (stage.is_source() || stage.slots.size() < 2 || !stage.queue.is_empty() || stage.ready.empty()) return false;
  const bool some_idle =
      std::any_of(stage.ready.begin(), stage.ready.end(), [](const Slot* s) { return s->flights.is_empty(); });
  return some_idle && std::any_of(stage.slots.begin(), stage.slots.end(),
                                  [](const auto& s) { return s->may_revoke && s->flights.items() > 1; });
}

bool Dispatch::rebalance(Stage& stage) {
  if (!is_uneven(stage)) return false;
  for (const auto& slot : stage.slots) {
    const bool moves = std::exchange(slot->seen_done, slot->done) != slot->done;
    if (!moves && slot->may_revoke && slot->flights.items() > 1) take_back(*slot);
  }
  return !stage.queue.is_empty();
}

}  // namespace pooltop
