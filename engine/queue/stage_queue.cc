// SPDX-License-Identifier: MIT
#include "engine/queue/stage_queue.h"

#include <algorithm>
#include <utility>

namespace pooltop {

namespace {
constexpr std::size_t kMaxSpare = 16;
constexpr std::size_t kSmallRun = 32;  // runs that do not follow are joined, an entry an item, only if it is few
constexpr std::size_t kMaxSpareBytes = 256 * 1024;  // one huge item must not keep its memory for ever

bool follows(const Packet& packet, const ItemRun& run) {
  return packet.refs.empty() && run.refs.empty() && packet.first + packet.count() == run.first;
}
}  // namespace

void StageQueue::set_packet_limits(std::uint32_t items, std::uint64_t bytes) {
  max_items_ = std::max(items, 1u);
  max_bytes_ = bytes;
}

std::unique_ptr<Packet> StageQueue::fresh() {
  if (spare_.empty()) return std::make_unique<Packet>();
  auto packet = std::move(spare_.back());
  spare_.pop_back();
  return packet;
}

void StageQueue::recycle(std::unique_ptr<Packet> packet) {
  if (!packet || spare_.size() >= kMaxSpare || packet->data.capacity() > kMaxSpareBytes) return;
  packet->clear();
  spare_.push_back(std::move(packet));
}

Packet& StageQueue::open_packet(const ItemRun& run, Nanos now) {
  if (!packets_.empty()) {
    Packet& last = *packets_.back();
    const bool joins = follows(last, run) || run.lengths.size() < kSmallRun || !last.refs.empty();
    const bool has_room = joins && !last.is_closed && last.source == run.source && last.count() + run.lengths.size() <= max_items_ &&
                          last.data.size() + run.data.size() <= max_bytes_;
    if (has_room) return last;
  }
  packets_.push_back(fresh());
  Packet& packet = *packets_.back();
  packet.source = run.source;
  packet.first = run.first;
  packet.queued_at = now;
  return packet;
}

void StageQueue::put(const ItemRun& run, Nanos now) {
  std::size_t begin = 0;
  std::uint64_t offset = 0;
  while (begin < run.lengths.size()) {
    // As many as one packet takes: the answer to one item can be a hundred thousand.
    std::uint64_t bytes = run.lengths[begin];
    std::size_t end = begin + 1;
    while (end < run.lengths.size() && end - begin < max_items_ && bytes + run.lengths[end] <= max_bytes_) bytes += run.lengths[end++];
    ItemRun part{run.source, run.first + begin, {}, run.data.substr(offset, bytes), run.lengths.subspan(begin, end - begin)};
    if (!run.refs.empty()) part.refs = run.refs.subspan(begin, end - begin);
    append(part, now);
    begin = end;
    offset += bytes;
  }
  high_water_ = std::max(high_water_, depth_);
}

void StageQueue::append(const ItemRun& run, Nanos now) {
  Packet& packet = open_packet(run, now);
  const bool is_plain = packet.count() == 0 ? run.refs.empty() : follows(packet, run);
  if (!is_plain) {
    packet.itemize();
    if (run.refs.empty())
      for (std::size_t i = 0; i < run.lengths.size(); ++i) packet.refs.emplace_back(run.first + i);
    else
      for (const ItemRef& ref : run.refs) packet.refs.push_back(ref.clone());
  }
  packet.data += run.data;
  packet.lengths.insert(packet.lengths.end(), run.lengths.begin(), run.lengths.end());
  depth_ += run.lengths.size();
  bytes_ += run.data.size();
}

void StageQueue::put_front(std::unique_ptr<Packet> packet) {
  if (!packet || packet->count() == 0) return;
  depth_ += packet->count();
  bytes_ += packet->data.size();
  high_water_ = std::max(high_water_, depth_);
  packet->is_closed = true;
  packets_.push_front(std::move(packet));
}

std::unique_ptr<Packet> StageQueue::lease(std::uint32_t max_items) {
  if (packets_.empty()) return nullptr;
  max_items = std::max(max_items, 1u);
  std::unique_ptr<Packet> out;
  if (packets_.front()->count() <= max_items) {
    out = std::move(packets_.front());
    packets_.pop_front();
  } else {
    // The rest becomes the packet in front: what is cut off is the smaller copy.
    Packet& front = *packets_.front();
    out = front.cut(0, max_items);
    const std::uint64_t cut_bytes = out->data.size();
    front.data.erase(0, cut_bytes);
    front.lengths.erase(front.lengths.begin(), front.lengths.begin() + max_items);
    if (!front.refs.empty()) front.refs.erase(front.refs.begin(), front.refs.begin() + max_items);
    front.first += max_items;
  }
  depth_ -= out->count();
  bytes_ -= out->data.size();
  return out;
}

std::unique_ptr<Packet> StageQueue::take(std::uint32_t source, const ItemRef& item) {
  for (auto at = packets_.begin(); at != packets_.end(); ++at) {
    Packet& packet = **at;
    const auto index = packet.source == source ? packet.find(item) : std::nullopt;
    if (!index) continue;
    auto behind = packet.cut(*index + 1, packet.count());
    auto one = packet.cut(*index, *index + 1);
    auto before = packet.cut(0, *index);
    before->is_closed = behind->is_closed = packet.is_closed;
    at = packets_.erase(at);
    if (behind->count() > 0) at = packets_.insert(at, std::move(behind));
    if (before->count() > 0) packets_.insert(at, std::move(before));
    depth_ -= 1;
    bytes_ -= one->data.size();
    return one;
  }
  return nullptr;
}

}  // namespace pooltop
