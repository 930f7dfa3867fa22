// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <vector>

#include "engine/base/clock.h"
#include "engine/queue/packet.h"

namespace pooltop {

/// The queue in front of a stage, in the engine's private memory: nobody else can hold it. Bounds are the caller's to
/// keep (a retry needs no room); the queue counts.
///
/// The last packet stays open and takes in what arrives: sources that hand over one item at a time would otherwise
/// cost a packet an item.
class StageQueue {
 public:
  /// Packets grow to at most `items` and `bytes`.
  void set_packet_limits(std::uint32_t items, std::uint64_t bytes);

  /// Appends items; copies them.
  void put(const ItemRun& run, Nanos now);
  /// Puts items back, before all others.
  void put_front(std::unique_ptr<Packet> packet);
  /// Takes up to `max_items` from the front, never none; null when empty. Items of one packet belong to one source.
  [[nodiscard]] std::unique_ptr<Packet> lease(std::uint32_t max_items);
  /// Takes one item out, wherever it stands, as a packet of its own; null where it is not in the queue.
  [[nodiscard]] std::unique_ptr<Packet> take(std::uint32_t source, const ItemRef& item);
  /// Gives an emptied packet's memory back for the next.
  void recycle(std::unique_ptr<Packet> packet);

  [[nodiscard]] bool is_empty() const noexcept { return packets_.empty(); }
  [[nodiscard]] std::uint64_t depth() const noexcept { return depth_; }
  [[nodiscard]] std::uint64_t bytes() const noexcept { return bytes_; }
  /// Bytes of the first item; the queue is not empty.
  [[nodiscard]] std::uint64_t first_item_bytes() const noexcept { return packets_.front()->lengths.front(); }
  [[nodiscard]] std::uint64_t high_water() const noexcept { return high_water_; }
  /// When the oldest waiting item came; 0 when empty.
  [[nodiscard]] Nanos oldest() const noexcept { return packets_.empty() ? 0 : packets_.front()->queued_at; }
  /// The packets, in order, for a look at the first items.
  [[nodiscard]] const std::deque<std::unique_ptr<Packet>>& packets() const noexcept { return packets_; }

 private:
  void append(const ItemRun& run, Nanos now);
  Packet& open_packet(const ItemRun& run, Nanos now);
  std::unique_ptr<Packet> fresh();

  std::deque<std::unique_ptr<Packet>> packets_;
  std::vector<std::unique_ptr<Packet>> spare_;
  std::uint32_t max_items_ = 1024;
  std::uint64_t max_bytes_ = 64 * 1024;
  std::uint64_t depth_ = 0;
  std::uint64_t bytes_ = 0;
  std::uint64_t high_water_ = 0;
};

}  // namespace pooltop
