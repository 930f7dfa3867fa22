// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/process/child.h"
#include "engine/region/link.h"
#include "engine/region/region.h"
#include "engine/worker/port.h"

namespace pooltop::testing {

[[nodiscard]] Fd make_eventfd();

/// A record of the outbox as a test compares it: everything copied.
struct Record {
  RecordKind kind = RecordKind::None;
  std::uint16_t flags = 0;
  std::uint32_t sequence = 0;
  std::uint32_t from = 0;
  std::uint32_t count = 0;
  std::uint64_t written = 0;
  std::string data;
  std::vector<std::string> items;  ///< the data, cut by the lengths
};

/// The engine's side of one region with its descriptors.
struct EngineSide {
  explicit EngineSide(std::uint64_t ring_bytes = 64 << 10, bool carries_ids = false, std::string_view spec = "",
                      RegionBegin begin = {});

  Link link;
  Fd bell;
  Fd wake;

  /// Items as one packet; waits for nothing: there must be room. Returns its sequence.
  std::uint32_t push(const std::vector<std::string>& items);
  /// An item in parts, as many as the ring takes at once, `serve` being called while there is no room.
  std::uint32_t push_large(std::string_view item, const std::function<void()>& serve);
  /// Everything published, consumed and released.
  [[nodiscard]] std::vector<Record> read();
  /// Sleeps until the worker rings, unless something is there: as the engine does. False after `limit`.
  [[nodiscard]] bool sleep_until(const std::function<bool()>& there, Nanos limit = 20 * kSecond);
  /// The next record, slept for; throws when none comes within 20 s.
  [[nodiscard]] Record next();
  /// A worker's side in this process, at the engine's addresses.
  [[nodiscard]] Port port() { return Port(link.alias(), bell.get(), wake.get()); }
};

/// The worker's side by hand: whatever a worker gone mad can write.
struct RawWorker {
  explicit RawWorker(const EngineSide& engine) : map(RegionMap::attach(engine.link.region_fd())) {}
  RegionMap map;
  std::uint64_t tail = 0;

  /// Writes a record whose sizes are right where `header.bytes` is 0, as they are else; publishes it.
  void publish(RecordHeader header, std::string_view data = {}, const std::vector<std::uint32_t>& lengths = {});
  /// The record that was published last, to be changed behind the engine's back.
  [[nodiscard]] RecordHeader& last() const;

 private:
  std::uint64_t last_ = 0;
};

/// A header of that kind; its sizes are filled in by publish().
[[nodiscard]] RecordHeader header_of(RecordKind kind, std::uint32_t sequence = 1, std::uint32_t count = 0);

/// A forked process that runs `body` with its own Port; killed and reaped at the latest when destroyed.
class ForkedWorker {
 public:
  ForkedWorker(const EngineSide& engine, const std::function<void(Port&)>& body);
  ~ForkedWorker();
  ForkedWorker(const ForkedWorker&) = delete;
  ForkedWorker& operator=(const ForkedWorker&) = delete;

  [[nodiscard]] const Child& child() const { return child_; }
  /// SIGKILL, and waits for the end.
  void kill();
  /// Waits for its end by itself.
  [[nodiscard]] ProcessEnd wait();

 private:
  Child child_;
  bool reaped_ = false;
};

/// A worker that takes items by sleeping in poll(): Port::take by arm_wake.
[[nodiscard]] bool take_by_poll(Port& port, WorkItem& item);

}  // namespace pooltop::testing
