// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <stdexcept>
#include <string_view>

#include "engine/base/clock.h"
#include "engine/base/fd.h"
#include "engine/region/region.h"

namespace pooltop {

/// A worker wrote what no worker of ours writes: it is killed and reported like a crash.
class HostileWorker : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// A record of the outbox: the header is a private copy and its sizes are checked; data and lengths lie in the region
/// and may still change under a hostile worker: copy them once, then check the copy.
struct Published {
  RecordHeader header{};
  const std::byte* data = nullptr;
  const std::uint32_t* lengths = nullptr;
  [[nodiscard]] RecordKind kind() const noexcept { return static_cast<RecordKind>(header.kind); }
};

/// The engine's side of one worker's region. One thread. Nothing here waits.
class Link {
 public:
  /// Throws std::system_error when there is no memory for it.
  Link(std::uint64_t ring_bytes, std::string_view spec, bool carries_ids, RegionBegin begin = {});

  [[nodiscard]] int region_fd() const noexcept { return fd_.get(); }
  /// After the worker has it: the engine needs its mapping only.
  void close_fd() noexcept { fd_.reset(); }
  /// The region for a worker that is a thread beside the engine; it must not outlive this.
  [[nodiscard]] RegionMap alias() const { return region_.alias(); }
  /// The largest record that may be pushed; what is larger goes by push_part.
  [[nodiscard]] std::uint64_t max_record() const noexcept { return region_.ring_bytes() / 4; }

  // --- inbox. All throw HostileWorker when the worker's position makes no sense.

  /// True if a record of this size can be pushed now.
  [[nodiscard]] bool has_room(std::uint64_t record);
  /// Appends a packet; has_room(record_bytes(...)) was true. Returns its sequence, which is never 0.
  std::uint32_t push_packet(std::string_view data, std::span<const std::uint32_t> lengths, std::string_view meta,
                            bool assembled = false);
  void push_part(std::string_view data);
  void push_end();
  /// Takes back what the worker has not claimed. Returns how many items of the packet it had claimed by then.
  std::uint32_t revoke(std::uint32_t sequence);

  /// Whether the worker has taken an item of the packet: before its first it may be starting for as long as it likes.
  [[nodiscard]] bool has_claimed(std::uint32_t sequence) const noexcept {
    return (region_.page().slots[sequence % kPacketSlots].claim.load(std::memory_order_relaxed) & ~kRevoked) != 0;
  }

  // --- outbox

  /// The next record, or false when there is none now. The same one until consume().
  [[nodiscard]] bool peek(Published& record);
  void consume();
  [[nodiscard]] bool has_unread() const noexcept;
  /// Tells the worker what was consumed, and wakes it if it waits for that room.
  void release(int wake_fd) noexcept;

  // --- sleep and wake

  /// Before the engine sleeps: the worker rings from now on. Then fence, look once more, sleep. A source that has
  /// more to give may gather `items` first; what it has published, or holds when it waits itself, it rings for at once.
  void arm(std::uint32_t items = 1) noexcept { region_.page().armed.store(items, std::memory_order_relaxed); }
  /// After pushes: wakes the worker if it sleeps. `wake_fd` is the eventfd of a worker that polls.
  void wake(int wake_fd) noexcept;
  [[nodiscard]] bool needs_wake() const noexcept { return needs_wake_; }

  /// To a source that keeps what it reads: of the items below `ordinal` nobody will ask for one again.
  void keep_from(std::uint64_t ordinal) noexcept { region_.page().kept_from.store(ordinal, std::memory_order_relaxed); }

  // --- the worker's own status

  struct Current {
    std::uint32_t sequence = 0;  ///< 0: no item in work
    std::uint32_t index = 0;
  };
  [[nodiscard]] Current current() const noexcept;
  [[nodiscard]] Nanos item_started() const noexcept {
    return region_.page().item_started.load(std::memory_order_relaxed);
  }
  /// True while the worker waits for the engine to read what it has published: that is no work on its item.
  [[nodiscard]] bool waits_for_room() const noexcept {
    return region_.page().asleep.load(std::memory_order_relaxed) != Sleep::No &&
           is_behind(region_.page().want_head.load(std::memory_order_relaxed), released_);
  }
  /// How many items the source says it will give in all, with those of its predecessors; nullopt: it has not said.
  [[nodiscard]] std::optional<std::uint64_t> total() const noexcept {
    const std::uint64_t said = region_.page().total.load(std::memory_order_relaxed);
    return said == 0 ? std::nullopt : std::optional(said - 1);
  }
  [[nodiscard]] pid_t child() const noexcept { return region_.page().child.load(std::memory_order_relaxed); }
  [[nodiscard]] bool is_ready() const noexcept { return region_.page().ready.load(std::memory_order_relaxed) != 0; }

 private:
  void write_record(const RecordHeader& header, std::string_view data, std::span<const std::uint32_t> lengths,
                    std::string_view meta);
  void refresh_head();

  Fd fd_;
  RegionMap region_;
  std::uint64_t in_tail_;
  std::uint64_t in_head_;   // as last read
  std::uint64_t out_head_;  // consumed
  std::uint64_t out_tail_;  // as last read
  std::uint64_t released_;
  std::uint32_t next_sequence_;
  RecordHeader peeked_{};           // of the record last peeked at; bytes is 0: none
  std::deque<std::uint64_t> ends_;  // positions behind the packets that the worker has not released
  bool needs_wake_ = false;
};

}  // namespace pooltop
