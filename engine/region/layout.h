// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <type_traits>

namespace pooltop {

/// The memory that the engine shares with one worker, and with nobody else:
///
///     control page | spec | inbox ring (engine -> worker) | outbox ring (worker -> engine)
///
/// Positions are 64-bit byte counts, compared by their distance; a ring's byte is position & (ring_bytes - 1). Each
/// ring is mapped twice back to back, so a record is always contiguous. What one side writes lies on cache lines of its
/// own.

inline constexpr std::uint64_t kRegionMagic = 0x31706f746c6f6f70;  // "pooltop1"
inline constexpr std::uint32_t kRegionVersion = 2;
inline constexpr std::uint32_t kPacketSlots = 32;    ///< packets that may be unreleased at once, and claim words
inline constexpr std::uint32_t kRevoked = 1u << 31;  ///< in a claim word: the engine took the rest back

enum class RecordKind : std::uint16_t {
  None = 0,
  Packet,   ///< inbox: `count` items
  End,      ///< both: nothing follows
  Emit,     ///< outbox, sources: `count` items
  Answers,  ///< outbox: items [from, from + count) of packet `sequence`: one output each
  Done,     ///< outbox: items [from, from + count): no output (dropped, or written by a sink)
  Outputs,  ///< outbox: `count` outputs of item `from`; kLast: the item is done
  Failed,   ///< outbox: item `from` failed; data is an encoded failure
  Part,     ///< both: bytes of an item larger than a record; outbox kLast: the item's last bytes
  Trouble,  ///< outbox: a source or sink cannot go on; data says why. Empty: it goes on again
};

/// RecordHeader::flags
inline constexpr std::uint16_t kLast = 1;       ///< Outputs, Part: the last of its item
inline constexpr std::uint16_t kAssembled = 2;  ///< Packet of one item: the Parts before it are its beginning
inline constexpr std::uint16_t kRetry = 4;      ///< Trouble: it may work later

/// A record: header, data (padded to 4), `count` lengths of 4 bytes, meta; padded to 8 as a whole.
struct RecordHeader {
  std::uint32_t bytes;  ///< the whole record
  std::uint16_t kind;
  std::uint16_t flags;
  std::uint32_t sequence;    ///< packet
  std::uint32_t count;       ///< items, and lengths behind the data (but for Done: no lengths)
  std::uint32_t from;        ///< index in the packet
  std::uint32_t data_bytes;  ///< also the sum of the lengths
  std::uint32_t meta_bytes;  ///< inbox: ids and attempts, see meta.h
  std::uint32_t unused;
  std::uint64_t elapsed_ns;  ///< outbox: time that the work on these items took
  std::uint64_t written;     ///< Done of a file sink: the file's length
};
static_assert(sizeof(RecordHeader) == 48 && std::is_trivially_copyable_v<RecordHeader>);

constexpr std::uint64_t padded(std::uint64_t bytes, std::uint64_t to) { return (bytes + to - 1) & ~(to - 1); }
/// Size of a record in the ring.
constexpr std::uint64_t record_bytes(std::uint64_t data, std::uint64_t lengths, std::uint64_t meta) {
  return padded(sizeof(RecordHeader) + padded(data, 4) + 4 * lengths + meta, 8);
}

/// Whether `position` lies behind `other`, also where one of them has begun at 0 again.
constexpr bool is_behind(std::uint64_t position, std::uint64_t other) {
  return static_cast<std::int64_t>(position - other) > 0;
}

/// Where a region's positions and sequences begin: tests let them begin where they are about to start at 0 again.
struct RegionBegin {
  std::uint64_t position = 0;  ///< a multiple of 8
  std::uint32_t sequence = 1;
};

/// How a worker sleeps, and so how it is woken.
enum class Sleep : std::uint32_t { No = 0, Futex = 1, Poll = 2 };

struct ControlPage {
  std::uint64_t magic;
  std::uint32_t version;
  std::uint32_t carries_ids;
  std::uint64_t ring_bytes;  ///< of each ring; a power of two, at least a page
  std::uint64_t spec_offset;
  std::uint64_t spec_bytes;
  std::uint64_t inbox_offset;
  std::uint64_t outbox_offset;

  // Written by the engine.
  alignas(64) std::atomic<std::uint64_t> in_tail;
  alignas(64) std::atomic<std::uint64_t> out_head;
  alignas(64) std::atomic<std::uint32_t> armed;  ///< set by the engine before it sleeps; the worker takes it to 0 and
                                                 ///< rings. To a source: how many items it may gather before that
  alignas(64) std::atomic<std::uint64_t> kept_from;  ///< a source's items below it are done with: nobody asks for them

  // Written by the worker.
  alignas(64) std::atomic<std::uint64_t> in_head;    ///< everything before it may be overwritten
  alignas(64) std::atomic<std::uint64_t> out_tail;   ///< THE commit of an answer
  alignas(64) std::atomic<std::uint64_t> want_head;  ///< wake me when out_head has come here
  alignas(64) std::atomic<Sleep> asleep;             ///< worker sets it, the engine takes it to No and wakes
  alignas(64) std::atomic<std::uint64_t> current;    ///< item in work: sequence << 32 | index + 1; 0: none
  std::atomic<std::int64_t> item_started;            ///< CLOCK_MONOTONIC; of the item in work
  std::atomic<std::uint64_t> total;                  ///< a source's: how many items it will give, + 1; 0: unknown
  std::atomic<std::int32_t> child;                   ///< PID that works for this worker; shown, never signalled
  std::atomic<std::uint32_t> ready;                  ///< 1: it could begin an item now

  struct alignas(64) Slot {
    std::atomic<std::uint32_t> claim;  ///< items claimed so far, | kRevoked
  } slots[kPacketSlots];
};
static_assert(sizeof(ControlPage) <= 4096 && std::is_standard_layout_v<ControlPage>);
static_assert(std::atomic<std::uint64_t>::is_always_lock_free && std::atomic<Sleep>::is_always_lock_free);

}  // namespace pooltop
