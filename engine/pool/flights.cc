// SPDX-License-Identifier: MIT
#include "engine/pool/flights.h"

#include <algorithm>

#include "engine/base/error.h"

namespace pooltop {

Flight& Flights::add(std::uint32_t sequence, std::unique_ptr<Packet> packet) {
  const auto count = static_cast<std::uint32_t>(packet->count());
  items_ += count;
  flights_.push_back(Flight{sequence, std::move(packet), count, 0});
  return flights_.back();
}

Flight* Flights::find(std::uint32_t sequence) noexcept {
  for (Flight& flight : flights_)
    if (flight.sequence == sequence) return &flight;
  return nullptr;
}

std::unique_ptr<Packet> Flights::settle(Flight& flight, std::uint32_t count) {
  POOLTOP_ASSERT(count <= flight.open());
  flight.answered += count;
  items_ -= count;
  if (flight.open() > 0) return nullptr;
  auto packet = std::move(flight.packet);
  const auto at = std::find_if(flights_.begin(), flights_.end(), [&](const Flight& f) { return &f == &flight; });
  flights_.erase(at);
  return packet;
}

std::vector<std::unique_ptr<Packet>> Flights::revoke(Link& link) {
  std::vector<std::uint32_t> claims;
  for (const Flight& flight : flights_) {
    claims.push_back(link.revoke(flight.sequence));
    if (claims.back() < flight.answered) throw HostileWorker("it answered more items than it claimed");
  }
  std::vector<std::unique_ptr<Packet>> back;
  for (std::size_t i = 0; i < flights_.size(); ++i) {
    Flight& flight = flights_[i];
    if (claims[i] >= flight.effective) continue;  // nothing left, or taken back before
    back.push_back(flight.packet->cut(claims[i], flight.effective));
    items_ -= flight.effective - claims[i];
    flight.effective = claims[i];
  }
  std::erase_if(flights_, [](const Flight& f) { return f.open() == 0; });
  return back;
}

Flights::Reclaimed Flights::reclaim(Link::Current current) {
  Reclaimed result;
  const auto give_back = [&](Flight& flight, std::uint32_t from, std::uint32_t to) {
    if (from < to) result.packets.push_back(flight.packet->cut(from, to));
  };
  for (Flight& flight : flights_) {
    const bool is_suspect = current.sequence == flight.sequence && current.index >= flight.answered && current.index < flight.effective;
    if (!is_suspect) {
      give_back(flight, flight.answered, flight.effective);
      continue;
    }
    give_back(flight, flight.answered, current.index);
    result.suspect = result.packets.size();
    give_back(flight, current.index, current.index + 1);
    give_back(flight, current.index + 1, flight.effective);
  }
  flights_.clear();
  items_ = 0;
  return result;
}

}  // namespace pooltop
