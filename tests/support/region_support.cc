// SPDX-License-Identifier: MIT
#include "tests/support/region_support.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstring>
#include <stdexcept>

#include "engine/base/error.h"
#include "tests/support/process_support.h"

namespace pooltop::testing {

Fd make_eventfd() { return Fd(check(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), "eventfd", "test")); }

EngineSide::EngineSide(std::uint64_t ring_bytes, bool carries_ids, std::string_view spec, RegionBegin begin)
    : link(ring_bytes, spec, carries_ids, begin), bell(make_eventfd()), wake(make_eventfd()) {}

std::uint32_t EngineSide::push(const std::vector<std::string>& items) {
  std::string data;
  std::vector<std::uint32_t> lengths;
  for (const std::string& item : items) {
    data += item;
    lengths.push_back(static_cast<std::uint32_t>(item.size()));
  }
  POOLTOP_ASSERT(link.has_room(record_bytes(data.size(), lengths.size(), 0)));
  const std::uint32_t sequence = link.push_packet(data, lengths, {});
  link.wake(wake.get());
  return sequence;
}

std::uint32_t EngineSide::push_large(std::string_view item, const std::function<void()>& serve) {
  const std::uint64_t piece = link.max_record() - 2 * sizeof(RecordHeader);
  const auto whole = static_cast<std::uint32_t>(item.size());
  while (item.size() > piece) {
    while (!link.has_room(record_bytes(piece, 0, 0))) serve();
    link.push_part(item.substr(0, piece));
    link.wake(wake.get());
    item.remove_prefix(piece);
  }
  while (!link.has_room(record_bytes(item.size(), 1, 0))) serve();
  const std::uint32_t sequence = link.push_packet(item, std::span(&whole, 1), {}, /*assembled=*/true);
  link.wake(wake.get());
  return sequence;
}

namespace {

Record copy_of(const Published& published) {
  const RecordHeader& h = published.header;
  Record record{published.kind(), h.flags, h.sequence, h.from, h.count, h.written, {}, {}};
  record.data.assign(reinterpret_cast<const char*>(published.data), h.data_bytes);
  if (record.kind != RecordKind::Answers && record.kind != RecordKind::Emit && record.kind != RecordKind::Outputs)
    return record;
  std::size_t at = 0;
  for (std::uint32_t i = 0; i < h.count; at += published.lengths[i++])
    record.items.push_back(record.data.substr(at, published.lengths[i]));
  return record;
}

}  // namespace

std::vector<Record> EngineSide::read() {
  std::vector<Record> records;
  Published published;
  while (link.peek(published)) {
    records.push_back(copy_of(published));
    link.consume();
  }
  link.release(wake.get());
  return records;
}

bool EngineSide::sleep_until(const std::function<bool()>& there, Nanos limit) {
  const Nanos until = monotonic_now() + limit;
  while (!there()) {
    link.arm();
    std::atomic_thread_fence(std::memory_order_seq_cst);
    if (there()) return true;
    pollfd entry{bell.get(), POLLIN, 0};
    const Nanos left = until - monotonic_now();
    if (left <= 0 || ::poll(&entry, 1, static_cast<int>(left / kMillisecond) + 1) == 0) return false;
    std::uint64_t count = 0;
    [[maybe_unused]] const ssize_t n = ::read(bell.get(), &count, sizeof count);
  }
  return true;
}

Record EngineSide::next() {
  Published published;
  if (!sleep_until([&] { return link.peek(published); })) throw std::runtime_error("nothing was published within 20 s");
  Record record = copy_of(published);
  link.consume();
  link.release(wake.get());
  return record;
}

void RawWorker::publish(RecordHeader header, std::string_view data, const std::vector<std::uint32_t>& lengths) {
  if (header.bytes == 0) {
    header.bytes = static_cast<std::uint32_t>(record_bytes(data.size(), lengths.size(), 0));
    header.data_bytes = static_cast<std::uint32_t>(data.size());
  }
  std::byte* const at = map.outbox(tail);
  std::memcpy(at, &header, sizeof header);
  if (!data.empty()) std::memcpy(at + sizeof header, data.data(), data.size());
  if (!lengths.empty()) std::memcpy(at + sizeof header + padded(data.size(), 4), lengths.data(), 4 * lengths.size());
  last_ = tail;
  tail += header.bytes;
  map.page().out_tail.store(tail);
}

RecordHeader& RawWorker::last() const { return *reinterpret_cast<RecordHeader*>(map.outbox(last_)); }

RecordHeader header_of(RecordKind kind, std::uint32_t sequence, std::uint32_t count) {
  RecordHeader header{};
  header.kind = static_cast<std::uint16_t>(kind);
  header.sequence = sequence;
  header.count = count;
  return header;
}

ForkedWorker::ForkedWorker(const EngineSide& engine, const std::function<void(Port&)>& body)
    : child_(fork_body([&] {
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        Port port(engine.link.region_fd(), engine.bell.get(), engine.wake.get());
        body(port);
        return 0;
      })) {}

ForkedWorker::~ForkedWorker() {
  if (!reaped_) kill();
}

void ForkedWorker::kill() {
  send_signal(child_.pidfd, SIGKILL);
  static_cast<void>(wait());
}

ProcessEnd ForkedWorker::wait() {
  const auto end = wait_end(child_.pidfd, 20 * kSecond);
  if (!end) throw std::runtime_error("the worker did not end within 20 s");
  reaped_ = true;
  return *end;
}

bool take_by_poll(Port& port, WorkItem& item) {
  for (;;) {
    const Port::Take got = port.try_take(item);
    if (got != Port::Take::Empty) return got == Port::Take::Item;
    if (port.arm_wake()) {
      pollfd entry{port.wake_fd(), POLLIN, 0};
      ::poll(&entry, 1, -1);
    }
    port.disarm_wake();
  }
}

}  // namespace pooltop::testing
