// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <vector>

#include "engine/base/clock.h"
#include "engine/queue/packet.h"
#include "engine/region/link.h"

namespace pooltop {

/// A packet that a worker holds. Answers come in the order of its items, so two numbers say all:
/// [0, answered) are settled, [answered, effective) are out, the rest was taken back.
struct Flight {
  std::uint32_t sequence = 0;
  std::unique_ptr<Packet> packet;
  std::uint32_t effective = 0;
  std::uint32_t answered = 0;
  [[nodiscard]] std::uint32_t open() const noexcept { return effective - answered; }
};

/// The in-flight table of one worker: what it was handed and has not answered.
class Flights {
 public:
  Flight& add(std::uint32_t sequence, std::unique_ptr<Packet> packet);
  /// Null if the worker holds no such packet.
  [[nodiscard]] Flight* find(std::uint32_t sequence) noexcept;
  [[nodiscard]] const Flight* find(std::uint32_t sequence) const noexcept { return const_cast<Flights*>(this)->find(sequence); }
  /// `count` more items of the flight are answered. Returns its packet when that was all of it, for recycling.
  std::unique_ptr<Packet> settle(Flight& flight, std::uint32_t count);
  /// Takes back the items of every packet that the worker has not claimed; in order. Throws HostileWorker before any is
  /// taken.
  [[nodiscard]] std::vector<std::unique_ptr<Packet>> revoke(Link& link);

  /// The worker is dead and its outbox is read to the end. Everything not answered comes back, in order; the item it
  /// worked on (it died with it), if there was one, is told apart and is alone in its packet.
  struct Reclaimed {
    std::vector<std::unique_ptr<Packet>> packets;
    std::optional<std::size_t> suspect;  // index in packets
  };
  [[nodiscard]] Reclaimed reclaim(Link::Current current);

  [[nodiscard]] std::size_t packets() const noexcept { return flights_.size(); }
  [[nodiscard]] std::uint64_t items() const noexcept { return items_; }
  [[nodiscard]] bool is_empty() const noexcept { return flights_.empty(); }
  [[nodiscard]] const Flight& oldest() const { return flights_.front(); }
  [[nodiscard]] const std::deque<Flight>& all() const noexcept { return flights_; }

 private:
  std::deque<Flight> flights_;
  std::uint64_t items_ = 0;
};

}  // namespace pooltop
