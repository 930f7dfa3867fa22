// SPDX-License-Identifier: MIT
//
// The worker's half of the protocol. The order of its stores is what makes a death at any instruction harmless:
//
//   claim (fetch_add)   current = item   ... work ...   out_tail (the answer counts from here)   current = 0   in_head
//
// Dead before `current`: nothing is charged. Dead before out_tail: this item is charged and run again. Dead after it:
// the engine drains the outbox first, finds the answer, and charges nothing. The bell is rung last, after out_tail and
// in_head: the engine may be waiting for either.
#include "engine/worker/port.h"

#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <ctime>
#include <deque>
#include <utility>
#include <vector>

#include "engine/base/clock.h"
#include "engine/base/error.h"
#include "engine/base/io.h"
#include "engine/base/kill_point.h"
#include "engine/region/meta.h"
#include "engine/region/region.h"

namespace pooltop {

namespace {

constexpr std::uint32_t kMaxGathered = 1024;
constexpr std::uint64_t kMaxGatheredBytes = 64 * 1024;
constexpr std::size_t kLargeItem = 8 * 1024;  // not gathered: the copy would cost more than the record
constexpr std::uint32_t kLookEvery = 16;      // emitted items between two looks whether the engine sleeps
// Tiny items are claimed so many at once: a claim costs about as much as such an item.
constexpr std::uint32_t kClaimBlock = 16;
constexpr Nanos kTinyItem = kMicrosecond;

// 4 ms steps for 5 ns: good enough to show how long an item of a batch has been in work, and to end a batch in time.
Nanos coarse_now() noexcept {
  timespec t{};
  ::clock_gettime(CLOCK_MONOTONIC_COARSE, &t);
  return t.tv_sec * kSecond + t.tv_nsec;
}

struct OpenPacket {
  std::uint64_t start = 0;  // position of its record
  std::uint32_t sequence = 0;
  std::uint32_t count = 0;
  std::uint32_t claimed = 0;
  std::uint32_t taken = 0;      // of those claimed
  std::uint32_t published = 0;  // answers
  bool exhausted = false;       // no more to claim: all are, or the engine took the rest back
  const char* next = nullptr;
  const std::uint32_t* lengths = nullptr;
  std::string_view meta;
  std::string assembled;  // of an item that came in parts
};

}  // namespace

struct Port::State {
  RegionMap region;
  int bell_fd;
  int wake_fd;
  std::uint64_t in_head = page().in_head.load(std::memory_order_relaxed);
  std::uint64_t in_position = in_head;  // of the next record to read
  std::uint64_t in_tail = in_head;
  std::uint64_t out_tail = page().out_tail.load(std::memory_order_relaxed);
  std::uint64_t out_head = out_tail;
  std::deque<OpenPacket> open;
  std::string assembly;
  bool batching = false;
  Nanos mark = 0;           // since when the next answers' time runs
  Nanos item_ns = kSecond;  // an item of the last batch took
  Nanos batch_tick = 0;     // coarse

  // Answers, or emitted items, that are not published yet.
  RecordKind gathered_kind = RecordKind::None;
  std::uint32_t gathered_sequence = 0;
  std::uint32_t gathered_from = 0;
  std::uint32_t gathered_count = 0;
  std::uint64_t gathered_written = 0;
  std::string gathered;
  std::vector<std::uint32_t> lengths;

  State(RegionMap map, int bell, int wake) : region(std::move(map)), bell_fd(bell), wake_fd(wake) {}

  ControlPage& page() { return region.page(); }
  std::uint64_t max_record() const { return region.ring_bytes() / 4; }

  void ring_bell() noexcept {
    std::atomic_thread_fence(std::memory_order_seq_cst);
    if (page().armed.load(std::memory_order_relaxed) == 0 || page().armed.exchange(0) == 0) return;
    const std::uint64_t one = 1;
    // Full only if it rings already.
    [[maybe_unused]] const ssize_t n = uninterrupted([&] { return ::write(bell_fd, &one, sizeof one); });
  }

  template <typename Ready>
  void wait_until(Ready ready) {
    for (;;) {
      if (ready()) return;
      page().asleep.store(Sleep::Futex, std::memory_order_relaxed);
      std::atomic_thread_fence(std::memory_order_seq_cst);
      if (ready()) {
        page().asleep.store(Sleep::No, std::memory_order_relaxed);
        return;
      }
      futex_wait(page().asleep, Sleep::Futex);
    }
  }

  // Room for a record; waits for half a ring of it, so that the engine wakes us seldom.
  std::byte* reserve(std::uint64_t bytes) {
    const std::uint64_t ring = region.ring_bytes();
    if (out_tail + bytes - out_head > ring) {
      out_head = page().out_head.load(std::memory_order_acquire);
      if (out_tail + bytes - out_head > ring) {
        const std::uint64_t used = out_tail - out_head;
        const std::uint64_t half = used - std::min(used, ring / 2);
        const std::uint64_t want = out_head + std::min(std::max(used + bytes - ring, half), used);
        page().want_head.store(want, std::memory_order_relaxed);
        ring_bell();
        wait_until([&] { return !is_behind(want, out_head = page().out_head.load(std::memory_order_acquire)); });
        mark = monotonic_now();  // what was waited for is not work
      }
    }
    return region.outbox(out_tail);
  }

  RecordHeader header(RecordKind kind, std::uint32_t sequence, std::uint32_t from, std::uint32_t count) const {
    RecordHeader h{};
    h.kind = static_cast<std::uint16_t>(kind);
    h.sequence = sequence;
    h.from = from;
    h.count = count;
    return h;
  }

  void publish(RecordHeader h, std::string_view data, std::span<const std::uint32_t> lens) {
    h.bytes = static_cast<std::uint32_t>(record_bytes(data.size(), lens.size(), 0));
    h.data_bytes = static_cast<std::uint32_t>(data.size());
    const Nanos now = monotonic_now();
    h.elapsed_ns = static_cast<std::uint64_t>(std::max<Nanos>(now - mark, 0));
    if (h.count > 0) item_ns = (now - mark) / h.count;
    mark = now;
    std::byte* const at = reserve(h.bytes);
    std::memcpy(at, &h, sizeof h);
    std::copy_n(data.data(), data.size(), reinterpret_cast<char*>(at + sizeof h));
    std::copy_n(lens.data(), lens.size(), reinterpret_cast<std::uint32_t*>(at + sizeof h + padded(data.size(), 4)));
    out_tail += h.bytes;
    POOLTOP_KILL_POINT(worker_before_publish);
    page().out_tail.store(out_tail, std::memory_order_release);
    POOLTOP_KILL_POINT(worker_published);
  }

  void publish_parts(std::uint32_t sequence, std::uint32_t index, std::string_view bytes) {
    const std::uint64_t piece = max_record() - sizeof(RecordHeader) - 8;
    while (bytes.size() > piece) {
      publish(header(RecordKind::Part, sequence, index, 0), bytes.substr(0, piece), {});
      bytes.remove_prefix(piece);
    }
    RecordHeader last = header(RecordKind::Part, sequence, index, 0);
    last.flags = kLast;
    publish(last, bytes, {});
  }

  bool fits_record(std::uint64_t data, std::uint64_t lens) const { return record_bytes(data, lens, 0) <= max_record(); }

  OpenPacket& packet(std::uint32_t sequence) {
    for (OpenPacket& p : open)
      if (p.sequence == sequence) return p;
    POOLTOP_ASSERT(false && "an answer to an item that was not taken");
    std::abort();
  }

  // Answers are out: frees what the engine may overwrite, then rings.
  void settle(std::uint32_t sequence, std::uint32_t count) {
    const std::uint32_t published = packet(sequence).published += count;
    // Another item may be in work: the answers of a json worker come in any order.
    const std::uint64_t current = page().current.load(std::memory_order_relaxed);
    if (current >> 32 == sequence && static_cast<std::uint32_t>(current) <= published)
      page().current.store(0, std::memory_order_release);
    POOLTOP_KILL_POINT(worker_before_release);
    release();
    POOLTOP_KILL_POINT(worker_before_bell);
    ring_bell();
  }

  void release() {
    while (!open.empty() && open.front().exhausted && open.front().published == open.front().claimed) open.pop_front();
    const std::uint64_t head = open.empty() ? in_position : open.front().start;
    if (head == in_head) return;
    in_head = head;
    page().in_head.store(head, std::memory_order_release);
  }

  void flush_gathered() {
    if (gathered_count == 0) return;
    RecordHeader h = header(gathered_kind, gathered_sequence, gathered_from, gathered_count);
    h.written = gathered_written;
    publish(h, gathered, gathered_kind == RecordKind::Done ? std::span<const std::uint32_t>{} : lengths);
    const std::uint32_t count = std::exchange(gathered_count, 0);
    gathered.clear();
    lengths.clear();
    if (gathered_kind == RecordKind::Emit)
      ring_bell();
    else
      settle(gathered_sequence, count);
  }

  // Makes room in the gathering for an answer to `item`, publishing what does not go together with it.
  void gather_for(RecordKind kind, const WorkItem& item, std::uint64_t bytes) {
    const bool together = gathered_count > 0 && gathered_kind == kind && gathered_sequence == item.sequence &&
                          gathered_from + gathered_count == item.index && gathered_count < kMaxGathered &&
                          gathered.size() + bytes <= kMaxGatheredBytes &&
                          fits_record(gathered.size() + bytes, gathered_count + 1);
    if (together) return;
    flush_gathered();
    gathered_kind = kind;
    gathered_sequence = item.sequence;
    gathered_from = item.index;
  }

  bool read_next_record();
  bool claim_more(OpenPacket& p);
  bool claim(WorkItem& item);
};

Port::Port(int region_fd, int engine_bell_fd, int wake_fd)
    : Port(RegionMap::attach(region_fd), engine_bell_fd, wake_fd) {}

Port::Port(RegionMap region, int engine_bell_fd, int wake_fd)
    : state_(std::make_unique<State>(std::move(region), engine_bell_fd, wake_fd)) {
  set_ready(true);
  state_->mark = monotonic_now();
}

Port::~Port() = default;

std::string_view Port::spec() const noexcept { return state_->region.spec(); }

// Opens the next packet; false when nothing (or END) is there.
bool Port::State::read_next_record() {
  for (;;) {
    if (in_position == in_tail) {
      in_tail = page().in_tail.load(std::memory_order_acquire);
      if (in_position == in_tail) return false;
    }
    const std::byte* const at = region.inbox(in_position);
    RecordHeader h;
    std::memcpy(&h, at, sizeof h);
    const auto* const data = reinterpret_cast<const char*>(at) + sizeof h;
    if (static_cast<RecordKind>(h.kind) == RecordKind::End) return false;
    const std::uint64_t start = in_position;
    in_position += h.bytes;
    if (static_cast<RecordKind>(h.kind) == RecordKind::Part) {
      assembly.append(data, h.data_bytes);
      release();
      ring_bell();
      continue;
    }
    OpenPacket& p = open.emplace_back();
    p.start = start;
    p.sequence = h.sequence;
    p.count = h.count;
    p.next = data;
    p.lengths = reinterpret_cast<const std::uint32_t*>(data + padded(h.data_bytes, 4));
    p.meta = {reinterpret_cast<const char*>(p.lengths + h.count), h.meta_bytes};
    if ((h.flags & kAssembled) != 0) {
      assembly.append(data, h.data_bytes);
      p.assembled = std::exchange(assembly, {});
    }
    return true;
  }
}

bool Port::State::claim_more(OpenPacket& p) {
  if (p.exhausted) return false;
  const std::uint32_t want = batching && item_ns < kTinyItem ? std::min(kClaimBlock, p.count - p.claimed) : 1;
  const std::uint32_t before = page().slots[p.sequence % kPacketSlots].claim.fetch_add(want, std::memory_order_acq_rel);
  if ((before & kRevoked) != 0) {
    p.exhausted = true;
    if (gathered_count == 0) {
      release();
      ring_bell();
    }
    return false;
  }
  POOLTOP_KILL_POINT(worker_claimed);
  p.claimed += want;
  p.exhausted = p.claimed == p.count;
  return true;
}

bool Port::State::claim(WorkItem& item) {
  if (open.empty()) return false;
  OpenPacket& p = open.back();
  if (p.taken == p.claimed && !claim_more(p)) return false;
  const std::uint32_t index = p.taken++;
  item.sequence = p.sequence;
  item.index = index;
  if (p.assembled.empty()) {
    item.bytes = {p.next, p.lengths[index]};
    p.next += p.lengths[index];
  } else {
    item.bytes = p.assembled;
  }
  const Meta meta = take_meta(p.meta);
  item.id = meta.id;
  item.attempt = meta.attempt;
  return true;
}

Port::Take Port::try_take(WorkItem& item) {
  State& s = *state_;
  for (;;) {
    if (s.claim(item)) return Take::Item;
    if (!s.read_next_record()) break;
  }
  if (s.in_position == s.in_tail) return Take::Empty;
  return Take::End;  // the only record that read_next_record leaves in place
}

bool Port::take(WorkItem& item) {
  State& s = *state_;
  for (;;) {
    const Take got = try_take(item);
    if (got != Take::Empty) return got == Take::Item;
    s.flush_gathered();
    s.wait_until([&] { return s.page().in_tail.load(std::memory_order_acquire) != s.in_position; });
    s.mark = monotonic_now();
  }
}

int Port::wake_fd() const noexcept { return state_->wake_fd; }

bool Port::arm_wake() noexcept {
  State& s = *state_;
  s.page().asleep.store(Sleep::Poll, std::memory_order_relaxed);
  std::atomic_thread_fence(std::memory_order_seq_cst);
  if (s.page().in_tail.load(std::memory_order_acquire) == s.in_position) return true;
  s.page().asleep.store(Sleep::No, std::memory_order_relaxed);
  return false;
}

void Port::disarm_wake() noexcept {
  state_->page().asleep.store(Sleep::No, std::memory_order_relaxed);
  std::uint64_t count = 0;
  [[maybe_unused]] const ssize_t n = ::read(state_->wake_fd, &count, sizeof count);  // empty is fine
}

void Port::set_current(const WorkItem& item) noexcept {
  State& s = *state_;
  if (s.batching) {
    const Nanos tick = coarse_now();
    if (tick != s.batch_tick) {
      s.batch_tick = tick;
      s.flush_gathered();  // what is done is not kept waiting behind slow items
      s.page().item_started.store(tick, std::memory_order_relaxed);
    }
  } else {
    s.mark = monotonic_now();
    s.page().item_started.store(s.mark, std::memory_order_relaxed);
  }
  POOLTOP_KILL_POINT(worker_before_current);
  s.page().current.store(std::uint64_t{item.sequence} << 32 | (item.index + 1), std::memory_order_release);
  POOLTOP_KILL_POINT(worker_has_item);
}

void Port::clear_current() noexcept { state_->page().current.store(0, std::memory_order_release); }
void Port::set_ready(bool is_ready) noexcept { state_->page().ready.store(is_ready, std::memory_order_relaxed); }

void Port::set_child(pid_t pid) noexcept { state_->page().child.store(pid, std::memory_order_relaxed); }

void Port::answer(const WorkItem& item, std::string_view output) {
  State& s = *state_;
  if (!s.fits_record(output.size(), 1)) {
    answer(item, std::span<const std::string_view>(&output, 1));
    return;
  }
  if (output.size() >= kLargeItem) {
    s.flush_gathered();
    const auto length = static_cast<std::uint32_t>(output.size());
    s.publish(s.header(RecordKind::Answers, item.sequence, item.index, 1), output, {&length, 1});
    s.settle(item.sequence, 1);
    return;
  }
  s.gather_for(RecordKind::Answers, item, output.size());
  s.gathered += output;
  s.lengths.push_back(static_cast<std::uint32_t>(output.size()));
  ++s.gathered_count;
  if (!s.batching) s.flush_gathered();
}

void Port::answer(const WorkItem& item, std::span<const std::string_view> outputs) {
  State& s = *state_;
  if (outputs.size() == 1 && s.fits_record(outputs[0].size(), 1)) return answer(item, outputs[0]);
  if (outputs.empty()) {
    acknowledge(item, 0);
    return;
  }
  s.flush_gathered();
  std::string data;
  std::vector<std::uint32_t> lens;
  const auto publish = [&](std::uint16_t flags) {
    RecordHeader h = s.header(RecordKind::Outputs, item.sequence, item.index, static_cast<std::uint32_t>(lens.size()));
    h.flags = flags;
    s.publish(h, data, lens);
    data.clear();
    lens.clear();
  };
  for (const std::string_view output : outputs) {
    const bool is_large = !s.fits_record(output.size(), 1);
    if (!lens.empty() && (is_large || !s.fits_record(data.size() + output.size(), lens.size() + 1))) publish(0);
    if (is_large) {
      s.publish_parts(item.sequence, item.index, output);
      continue;
    }
    data += output;
    lens.push_back(static_cast<std::uint32_t>(output.size()));
  }
  publish(kLast);
  s.settle(item.sequence, 1);
}

void Port::fail(const WorkItem& item, const ItemFailure& failure) {
  State& s = *state_;
  s.flush_gathered();
  std::string data = encode_failure(failure);
  s.publish(s.header(RecordKind::Failed, item.sequence, item.index, 0), data, {});
  s.settle(item.sequence, 1);
}

void Port::acknowledge(const WorkItem& item, std::uint64_t written) {
  State& s = *state_;
  s.gather_for(RecordKind::Done, item, 0);
  ++s.gathered_count;
  s.gathered_written = written;
  if (!s.batching) s.flush_gathered();
}

void Port::open_batch() noexcept { state_->batching = true; }

void Port::close_batch() {
  state_->batching = false;
  state_->flush_gathered();
}

void Port::emit(std::string_view item) {
  State& s = *state_;
  if (!s.fits_record(item.size(), 1)) {
    s.flush_gathered();
    s.publish_parts(0, 0, item);
    s.ring_bell();
    return;
  }
  if (item.size() >= kLargeItem) {
    s.flush_gathered();
    const auto length = static_cast<std::uint32_t>(item.size());
    s.publish(s.header(RecordKind::Emit, 0, 0, 1), item, {&length, 1});
    s.ring_bell();
    return;
  }
  const bool full = s.gathered_count == kMaxGathered || s.gathered.size() + item.size() > kMaxGatheredBytes ||
                    !s.fits_record(s.gathered.size() + item.size(), s.gathered_count + 1);
  if (full) s.flush_gathered();
  POOLTOP_KILL_POINT(source_emits);
  s.gathered_kind = RecordKind::Emit;
  s.gathered += item;
  s.lengths.push_back(static_cast<std::uint32_t>(item.size()));
  ++s.gathered_count;
  if (s.gathered_count % kLookEvery != 0) return;
  const std::uint32_t enough = s.page().armed.load(std::memory_order_relaxed);
  if (enough != 0 && s.gathered_count >= enough) s.flush_gathered();
}

void Port::set_total(std::uint64_t items) noexcept { state_->page().total.store(items + 1, std::memory_order_relaxed); }

std::uint64_t Port::kept_from() const noexcept { return state_->page().kept_from.load(std::memory_order_relaxed); }

void Port::flush() { state_->flush_gathered(); }

void Port::end() {
  State& s = *state_;
  s.flush_gathered();
  POOLTOP_KILL_POINT(worker_before_end);
  s.publish(s.header(RecordKind::End, 0, 0, 0), {}, {});
  POOLTOP_KILL_POINT(worker_ended);
  s.page().want_head.store(s.out_tail, std::memory_order_relaxed);
  s.ring_bell();
  s.wait_until([&] { return s.page().out_head.load(std::memory_order_acquire) == s.out_tail; });
}

bool Port::acknowledge_packet() {
  State& s = *state_;
  WorkItem item;
  if (!take(item)) return false;
  set_current(item);
  OpenPacket& p = s.open.back();
  std::uint32_t count = 1;
  if (const std::uint32_t rest = p.count - p.claimed; rest > 0) {
    const std::uint32_t before =
        s.page().slots[p.sequence % kPacketSlots].claim.fetch_add(rest, std::memory_order_acq_rel);
    p.exhausted = true;
    if ((before & kRevoked) == 0) p.claimed = p.taken = p.count, count += rest;
  }
  s.flush_gathered();
  s.publish(s.header(RecordKind::Done, item.sequence, item.index, count), {}, {});
  s.settle(item.sequence, count);
  return true;
}

void Port::trouble(std::string_view message, bool retry) {
  State& s = *state_;
  s.flush_gathered();
  RecordHeader h = s.header(RecordKind::Trouble, 0, 0, 0);
  h.flags = retry ? kRetry : std::uint16_t{0};
  s.publish(h, message.substr(0, kStderrTail), {});
  s.ring_bell();
}

}  // namespace pooltop
