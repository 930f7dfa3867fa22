// SPDX-License-Identifier: MIT
//
// Who waits for whom, and why nobody sleeps for ever. Both sides do: write, fence, look whether the other sleeps.
// The sleeper does: say that it sleeps, fence, look once more, sleep. Of the two fences one is first, so either the
// writer sees the sleeper, or the sleeper sees what was written. The engine's "I sleep" is Link::arm for every worker
// followed by one fence; the worker's bell is rung after BOTH its stores (out_tail and in_head): the engine may be
// waiting for either.
#include "engine/region/link.h"

#include <unistd.h>

#include <algorithm>
#include <cstring>

#include "engine/base/error.h"
#include "engine/base/io.h"
#include "engine/base/kill_point.h"

namespace pooltop {

namespace {

// The record's parts fit into its size; sums in 64 bits, so nothing can wrap.
bool sizes_fit(const RecordHeader& h, std::uint64_t available) {
  const auto kind = static_cast<RecordKind>(h.kind);
  const std::uint64_t lengths =
      kind == RecordKind::Emit || kind == RecordKind::Answers || kind == RecordKind::Outputs ? h.count : 0;
  return h.bytes >= sizeof(RecordHeader) && h.bytes % 8 == 0 && h.bytes <= available && h.meta_bytes == 0 &&
         kind > RecordKind::Packet && kind <= RecordKind::Trouble && h.bytes == record_bytes(h.data_bytes, lengths, 0);
}

}  // namespace

Link::Link(std::uint64_t ring_bytes, std::string_view spec, bool carries_ids, RegionBegin begin)
    : region_(RegionMap::create(ring_bytes, spec, carries_ids, fd_, begin.position)),
      in_tail_(begin.position),
      in_head_(begin.position),
      out_head_(begin.position),
      out_tail_(begin.position),
      released_(begin.position),
      next_sequence_(begin.sequence) {}

void Link::refresh_head() {
  const std::uint64_t head = region_.page().in_head.load(std::memory_order_acquire);
  if (head - in_head_ > in_tail_ - in_head_) throw HostileWorker("it moved its inbox position to where nothing is");
  in_head_ = head;
  while (!ends_.empty() && !is_behind(ends_.front(), head)) ends_.pop_front();
}

bool Link::has_room(std::uint64_t record) {
  const auto fits = [&] {
    return in_tail_ + record - in_head_ <= region_.ring_bytes() && ends_.size() < kPacketSlots - 1;
  };
  // A look at the worker's position moves a cache line between cores: only when the last one does not suffice, but
  // often enough for `ends_` not to grow.
  if (fits()) return true;
  refresh_head();
  return fits();
}

void Link::write_record(const RecordHeader& header, std::string_view data, std::span<const std::uint32_t> lengths,
                        std::string_view meta) {
  std::byte* const at = region_.inbox(in_tail_);
  std::memcpy(at, &header, sizeof header);
  std::byte* p = at + sizeof header;
  // std::copy: an empty view may have no address, which memcpy does not take.
  std::copy_n(data.data(), data.size(), reinterpret_cast<char*>(p));
  p += padded(data.size(), 4);
  std::copy_n(lengths.data(), lengths.size(), reinterpret_cast<std::uint32_t*>(p));
  p += lengths.size_bytes();
  std::copy_n(meta.data(), meta.size(), reinterpret_cast<char*>(p));
  in_tail_ += header.bytes;
  POOLTOP_KILL_POINT(engine_before_hand_out);
  region_.page().in_tail.store(in_tail_, std::memory_order_release);
  needs_wake_ = true;
}

std::uint32_t Link::push_packet(std::string_view data, std::span<const std::uint32_t> lengths, std::string_view meta,
                                bool assembled) {
  const std::uint32_t sequence = next_sequence_;
  next_sequence_ = next_sequence_ == UINT32_MAX ? 1 : next_sequence_ + 1;
  RecordHeader header{};
  header.bytes = static_cast<std::uint32_t>(record_bytes(data.size(), lengths.size(), meta.size()));
  header.kind = static_cast<std::uint16_t>(RecordKind::Packet);
  header.flags = assembled ? kAssembled : std::uint16_t{0};
  header.sequence = sequence;
  header.count = static_cast<std::uint32_t>(lengths.size());
  header.data_bytes = static_cast<std::uint32_t>(data.size());
  header.meta_bytes = static_cast<std::uint32_t>(meta.size());
  region_.page().slots[sequence % kPacketSlots].claim.store(0, std::memory_order_relaxed);
  ends_.push_back(in_tail_ + header.bytes);
  write_record(header, data, lengths, meta);
  return sequence;
}

void Link::push_part(std::string_view data) {
  RecordHeader header{};
  header.bytes = static_cast<std::uint32_t>(record_bytes(data.size(), 0, 0));
  header.kind = static_cast<std::uint16_t>(RecordKind::Part);
  header.data_bytes = static_cast<std::uint32_t>(data.size());
  write_record(header, data, {}, {});
}

void Link::push_end() {
  RecordHeader header{};
  header.bytes = static_cast<std::uint32_t>(record_bytes(0, 0, 0));
  header.kind = static_cast<std::uint16_t>(RecordKind::End);
  write_record(header, {}, {}, {});
}

std::uint32_t Link::revoke(std::uint32_t sequence) {
  auto& claim = region_.page().slots[sequence % kPacketSlots].claim;
  return claim.fetch_or(kRevoked, std::memory_order_acq_rel) & ~kRevoked;
}

bool Link::peek(Published& record) {
  if (out_head_ == out_tail_) {
    const std::uint64_t tail = region_.page().out_tail.load(std::memory_order_acquire);
    // No worker writes into room that it was not told of, so what can be read between two releases is bounded.
    if (tail - released_ < out_tail_ - released_ || tail - released_ > region_.ring_bytes())
      throw HostileWorker("it moved its outbox position to where nothing can be");
    out_tail_ = tail;
    if (out_head_ == out_tail_) return false;
  }
  const std::byte* const at = region_.outbox(out_head_);
  std::memcpy(&record.header, at, sizeof record.header);
  if (out_tail_ - out_head_ < sizeof(RecordHeader) || !sizes_fit(record.header, out_tail_ - out_head_))
    throw HostileWorker("it wrote a record whose sizes do not fit");
  // Looked at again after it was taken in in part: nothing of the header may have changed meanwhile.
  if (peeked_.bytes != 0 && std::memcmp(&peeked_, &record.header, sizeof peeked_) != 0)
    throw HostileWorker("it changed a record that was published");
  peeked_ = record.header;
  record.data = at + sizeof(RecordHeader);
  record.lengths = reinterpret_cast<const std::uint32_t*>(record.data + padded(record.header.data_bytes, 4));
  return true;
}

void Link::consume() {
  POOLTOP_ASSERT(peeked_.bytes != 0);
  out_head_ += peeked_.bytes;
  peeked_.bytes = 0;
}

bool Link::has_unread() const noexcept { return region_.page().out_tail.load(std::memory_order_acquire) != out_head_; }

void Link::release(int wake_fd) noexcept {
  if (released_ == out_head_) return;
  released_ = out_head_;
  POOLTOP_KILL_POINT(engine_before_release);
  region_.page().out_head.store(out_head_, std::memory_order_release);
  std::atomic_thread_fence(std::memory_order_seq_cst);
  if (region_.page().asleep.load(std::memory_order_relaxed) == Sleep::No) return;
  const std::uint64_t wanted = region_.page().want_head.load(std::memory_order_relaxed);
  if (!is_behind(wanted, out_head_)) needs_wake_ = true, wake(wake_fd);
}

void Link::wake(int wake_fd) noexcept {
  needs_wake_ = false;
  std::atomic_thread_fence(std::memory_order_seq_cst);
  auto& asleep = region_.page().asleep;
  if (asleep.load(std::memory_order_relaxed) == Sleep::No) return;
  const Sleep how = asleep.exchange(Sleep::No, std::memory_order_acq_rel);
  if (how == Sleep::Futex) futex_wake(asleep);
  if (how == Sleep::Poll) {
    const std::uint64_t one = 1;
    // The counter of an eventfd cannot be full after one write per sleep; a failure changes nothing for the engine.
    [[maybe_unused]] const ssize_t n = uninterrupted([&] { return ::write(wake_fd, &one, sizeof one); });
  }
}

Link::Current Link::current() const noexcept {
  const std::uint64_t word = region_.page().current.load(std::memory_order_acquire);
  if (word == 0) return {};
  return {static_cast<std::uint32_t>(word >> 32), static_cast<std::uint32_t>(word) - 1};
}

}  // namespace pooltop
