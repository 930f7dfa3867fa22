// SPDX-License-Identifier: MIT
#include "engine/supervisor/places.h"

#include <algorithm>

namespace pooltop {

namespace {

const ItemRef* ref_of(const Packet& packet, std::size_t index) {
  return packet.refs.empty() ? nullptr : &packet.refs[index];
}

Place in_queue(const Packet& packet, std::size_t index) {
  Place place;
  place.kind = Place::Kind::Queued;
  place.source = packet.source;
  place.ref = ref_of(packet, index);
  place.bytes = packet.bytes(index);
  place.since = packet.queued_at;
  return place;
}

Place with_worker(Slot& slot, const Packet& packet, std::size_t index, bool is_in_work) {
  Place place = in_queue(packet, index);
  place.kind = is_in_work ? Place::Kind::InWork : Place::Kind::Handed;
  place.slot = &slot;
  return place;
}

Place delayed_until(Nanos due, const Delayed& delayed) {
  Place place;
  place.kind = Place::Kind::Retrying;
  place.source = delayed.source;
  place.ref = &delayed.item;
  place.bytes = delayed.bytes;
  place.due = due;
  return place;
}

bool is_in_work(const Slot& slot, const Flight& flight, std::size_t index) {
  if (!slot.link) return false;
  const Link::Current current = slot.link->current();
  return current.sequence == flight.sequence && current.index == index;
}

bool has_failed_before(const ItemRef* ref) { return ref != nullptr && ref->extra && !ref->extra->attempts.empty(); }

Place find_with(Slot& slot, const NamedItem& named) {
  if (slot.outgoing && slot.outgoing->source == named.source)
    if (const auto index = slot.outgoing->find(named.item)) return with_worker(slot, *slot.outgoing, *index, false);
  for (const Flight& flight : slot.flights.all()) {
    const auto index = flight.packet->source == named.source ? flight.packet->find(named.item) : std::nullopt;
    if (!index || *index < flight.answered || *index >= flight.effective) continue;
    Place place = with_worker(slot, *flight.packet, *index, is_in_work(slot, flight, *index));
    place.at = {flight.sequence, static_cast<std::uint32_t>(*index)};
    return place;
  }
  return {};
}

}  // namespace

std::optional<NamedItem> item_named(const Pipeline& pipeline, std::string_view id) {
  NamedItem named;
  const auto colon = id.rfind(':');
  bool found = false;
  for (const auto& stage : pipeline.stages()) {
    if (!stage->is_source()) continue;
    const bool is_named = colon != std::string_view::npos && id.substr(0, colon) == stage->config.name;
    if (!is_named && (colon != std::string_view::npos || found)) continue;
    named.source = stage->index;
    found = true;
  }
  auto item = item_of_text(colon == std::string_view::npos ? id : id.substr(colon + 1));
  if (!found || !item) return std::nullopt;
  // Where there are several sources, an id says which.
  if (colon == std::string_view::npos && !pipeline.id_prefix(named.source).empty()) return std::nullopt;
  named.item = std::move(*item);
  return named;
}

Place find_item(Stage& stage, const NamedItem& named) {
  for (const auto& slot : stage.slots)
    if (const Place place = find_with(*slot, named); place.kind != Place::Kind::Nowhere) return place;
  for (const auto& [due, delayed] : stage.delayed)
    if (delayed.source == named.source && is_same_item(delayed.item, named.item)) return delayed_until(due, delayed);
  for (const auto& packet : stage.queue.packets()) {
    const auto index = packet->source == named.source ? packet->find(named.item) : std::nullopt;
    if (index) return in_queue(*packet, *index);
  }
  Place place;
  if (const Reorder::Held* held = stage.reorder ? stage.reorder->find(named.item) : nullptr) {
    place.kind = Place::Kind::Held;
    place.source = named.source;
    place.ref = &held->item;
    place.bytes = held->bytes;
  }
  return place;
}

std::vector<Place> retrying_items(Stage& stage) {
  std::vector<Place> places;
  for (const auto& [due, delayed] : stage.delayed) places.push_back(delayed_until(due, delayed));
  for (const auto& packet : stage.queue.packets()) {
    if (!packet->is_closed) break;  // what comes back stands in front, in packets that take in no more
    for (std::size_t i = 0; i < packet->count(); ++i)
      if (has_failed_before(ref_of(*packet, i))) places.push_back(in_queue(*packet, i));
  }
  for (const auto& slot : stage.slots) {
    if (slot->outgoing && has_failed_before(ref_of(*slot->outgoing, 0)))
      places.push_back(with_worker(*slot, *slot->outgoing, 0, false));
    for (const Flight& flight : slot->flights.all())
      for (std::uint32_t i = flight.answered; i < flight.effective && !flight.packet->refs.empty(); ++i)
        if (has_failed_before(&flight.packet->refs[i]))
          places.push_back(with_worker(*slot, *flight.packet, i, is_in_work(*slot, flight, i)));
  }
  return places;
}

}  // namespace pooltop
