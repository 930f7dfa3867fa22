// SPDX-License-Identifier: MIT
#include "tests/support/simulated_worker.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <cstring>
#include <filesystem>

#include "engine/base/error.h"
#include "engine/region/failure.h"
#include "tests/support/must.h"

namespace pooltop::testing {

namespace {

constexpr std::size_t kMostEmitted = 8;

RecordHeader header_of_kind(RecordKind kind) {
  RecordHeader header{};
  header.kind = static_cast<std::uint16_t>(kind);
  return header;
}

}  // namespace

Fate fate_of(const StageConfig& stage, const std::string& bytes, std::uint32_t seed) {
  if (stage.is_sink()) return {};
  const std::size_t chance = std::hash<std::string>()(stage.name + "/" + bytes + std::to_string(seed)) % 100;
  const auto times = static_cast<std::uint32_t>(1 + chance % 3);
  if (chance < 6) return {.outputs = 0};
  if (chance < 14) return {.outputs = 2 + static_cast<std::uint32_t>(chance % 3)};
  if (chance < 17) return {.fault = Fate::Fault::Fail, .times = Fate::kAlways};
  if (chance < 23) return {.fault = Fate::Fault::Fail, .times = times};
  if (chance < 27) return {.fault = Fate::Fault::Crash, .times = times};
  if (chance < 31 && stage.timeout) return {.fault = Fate::Fault::Hang, .times = times};
  return {};
}

std::string output_of(const StageConfig& stage, const std::string& bytes, const Fate& fate, std::uint32_t i) {
  std::string output = bytes + ">" + stage.name;
  if (fate.outputs > 1) output += "." + std::to_string(i);
  return output;
}

SimulatedWorker::SimulatedWorker(const WorkerFds& fds, pid_t pid, int pidfd, Truth& truth, Random& random, Nanos now)
    : region_(RegionMap::attach(fds.region)),
      bell_(check(::fcntl(fds.bell, F_DUPFD_CLOEXEC, 0), "dup", "bell")),
      pidfd_(check(::fcntl(pidfd, F_DUPFD_CLOEXEC, 0), "dup", "pidfd")),
      pid_(pid),
      spec_(decode_worker_spec(region_->spec())),
      truth_(truth),
      random_(random) {
  has_child = random_() % 4 == 0;
  emitted_ = spec_.skip;
  rest(now, kMillisecond, random_() % 8 == 0 ? 20 * kSecond : 50 * kMillisecond);
}

std::optional<Nanos> SimulatedWorker::next() const {
  if (!is_alive() || is_stopped_) return std::nullopt;
  if (sleeps_ && page().asleep.load() != Sleep::No) return std::nullopt;
  return next_at_;
}

void SimulatedWorker::rest(Nanos now, Nanos least, Nanos most) {
  next_at_ = now + least + static_cast<Nanos>(random_() % static_cast<std::uint32_t>(std::max<Nanos>(most - least, 1)));
}

// As a worker that polls; where it waits for room it says for how much.
void SimulatedWorker::rest_until_woken(Nanos now, std::uint64_t want_head) {
  page().want_head.store(want_head);
  page().asleep.store(Sleep::Poll);
  std::atomic_thread_fence(std::memory_order_seq_cst);
  const bool is_there = want_head == 0 ? page().in_tail.load() != in_position_ : page().out_head.load() >= want_head;
  if (is_there) page().asleep.store(Sleep::No);
  sleeps_ = !is_there;
  rest(now, kMicrosecond, 5 * kMicrosecond);
  if (sleeps_ && want_head != 0) {
    waits_since_ = now;
    ring();
  }
}

void SimulatedWorker::ring() {
  std::atomic_thread_fence(std::memory_order_seq_cst);
  if (page().armed.load() == 0 || page().armed.exchange(0) == 0) return;
  const std::uint64_t one = 1;
  MUST(::write(bell_.get(), &one, sizeof one) == sizeof one);
}

void SimulatedWorker::stop(Nanos now) {
  if (!is_alive() || is_stopped_) return;
  is_stopped_ = true;
  stopped_at_ = now;
}

void SimulatedWorker::go_on(Nanos now) {
  if (!is_alive() || !is_stopped_) return;
  is_stopped_ = false;
  next_at_ = std::max(now, next_at_ + (now - stopped_at_));
  began_ += now - stopped_at_;
  if (waits_since_ != 0) waits_since_ += now - stopped_at_;
}

void SimulatedWorker::meet_user() {
  is_met_ = true;
  if (!is_alive()) return;
  for (const auto& [end, key] : failed_answers_) {
    if (end <= page().out_head.load()) continue;
    truth_.tries[key].not_before = 0;
    truth_.tries[key].user_failed_it |= fails_its_item;
  }
}

void SimulatedWorker::die(ProcessEnd end) {
  if (!is_alive()) return;
  if (has_current_) {
    Truth::Tries& tried = tries();
    if (!user_ends_it && !took_too_long) tried.deaths += 1;
    tried.user_failed_it |= fails_its_item;
  }
  end_ = end;
  const std::uint64_t one = 1;
  MUST(::write(pidfd_.get(), &one, sizeof one) == sizeof one);
  region_.reset();
  bell_.reset();
  file_.close();
}

std::optional<SimulatedWorker::InWork> SimulatedWorker::in_work(Nanos now) const {
  if (!is_alive() || !has_current_) return std::nullopt;
  const Nanos until = waits_since_ != 0 ? waits_since_ : is_stopped_ ? stopped_at_ : now;
  return InWork{item_, until - began_, begun_};
}

bool SimulatedWorker::has_room(std::uint64_t bytes) const {
  return out_tail_ + bytes - page().out_head.load() <= region_->ring_bytes();
}

// Not yet seen by the engine: that takes the store of out_tail, in a step of its own.
void SimulatedWorker::write_record(RecordHeader header, const std::vector<std::string>& items) {
  std::string data;
  std::vector<std::uint32_t> lengths;
  for (const std::string& item : items) {
    data += item;
    lengths.push_back(static_cast<std::uint32_t>(item.size()));
  }
  const auto kind = static_cast<RecordKind>(header.kind);
  if (kind == RecordKind::Failed || kind == RecordKind::Trouble) lengths.clear();
  header.bytes = static_cast<std::uint32_t>(record_bytes(data.size(), lengths.size(), 0));
  header.data_bytes = static_cast<std::uint32_t>(data.size());
  std::byte* const at = region_->outbox(out_tail_);
  std::memcpy(at, &header, sizeof header);
  std::memcpy(at + sizeof header, data.data(), data.size());
  if (!lengths.empty())
    std::memcpy(at + sizeof header + padded(data.size(), 4), lengths.data(), lengths.size() * sizeof lengths[0]);
  out_tail_ += header.bytes;
  phase_ = Phase::Commit;
}

void SimulatedWorker::step(Nanos now) {
  if (std::exchange(sleeps_, false) && waits_since_ != 0) {
    began_ += now - waits_since_;
    waits_since_ = 0;
  }
  rest(now, 0, 3 * kMicrosecond);
  switch (phase_) {
    case Phase::Starting:
      page().ready.store(1);
      phase_ = Phase::Idle;
      if (const auto* sink = std::get_if<SinkConfig>(&spec_.stage.work)) {
        const std::string& path = std::get<LinesSink>(sink->to).file;
        if (!std::filesystem::exists(path)) std::ofstream{path};
        MUST(std::filesystem::file_size(path) >= spec_.written);
        std::filesystem::resize_file(path, spec_.written);
        file_.open(path, std::ios::app);
        written_ = spec_.written;
      }
      return;
    case Phase::Idle:
      return spec_.stage.is_source() ? emit(now) : look_for_work(now);
    case Phase::Claimed:
      return begin(now);
    case Phase::Working:
    case Phase::Written:
      return finish_work(now);
    case Phase::Commit:
      page().out_tail.store(out_tail_);
      if (has_trouble_) {
        ring();
        return die({ProcessEnd::Kind::Exited, 1});
      }
      if (std::exchange(says_failed_, false)) {
        tries().failures += 1;
        tries().not_before = is_met_ ? 0 : now + spec_.stage.backoff_first;
        failed_answers_.emplace_back(out_tail_, Truth::Key{spec_.stage.name, item_});
      }
      is_met_ = false;
      phase_ = spec_.stage.is_source() ? Phase::Bell : Phase::Answered;
      return;
    case Phase::Answered:
      has_current_ = false;
      page().current.store(0);
      phase_ = Phase::Release;
      return;
    case Phase::Release:
      while (!packets_.empty() && packets_.front().is_exhausted &&
             packets_.front().answered == packets_.front().claimed)
        packets_.pop_front();
      page().in_head.store(packets_.empty() ? in_position_ : packets_.front().start);
      phase_ = Phase::Bell;
      return;
    case Phase::Bell:
      ring();
      phase_ = Phase::Idle;
      return;
    case Phase::Leave:
      if (page().out_tail.load() != out_tail_) {
        page().out_tail.store(out_tail_);
        ring();
        return;
      }
      if (page().out_head.load() != out_tail_) return rest_until_woken(now, out_tail_);
      return die({ProcessEnd::Kind::Exited, 0});
  }
}

void SimulatedWorker::look_for_work(Nanos now) {
  if (!packets_.empty() && !packets_.back().is_exhausted) {
    Packet& packet = packets_.back();
    const std::uint32_t before = page().slots[packet.sequence % kPacketSlots].claim.fetch_add(1);
    if ((before & kRevoked) != 0) {
      packet.is_exhausted = true;
      phase_ = Phase::Release;
      return;
    }
    MUST(before == packet.claimed);
    item_ = packet.items[packet.claimed++];
    packet.is_exhausted = packet.claimed == packet.count;
    phase_ = Phase::Claimed;
    return;
  }
  if (page().in_tail.load() == in_position_) return rest_until_woken(now, 0);
  RecordHeader header;
  const std::byte* const at = region_->inbox(in_position_);
  std::memcpy(&header, at, sizeof header);
  if (static_cast<RecordKind>(header.kind) == RecordKind::End) {
    write_record(header_of_kind(RecordKind::End), {});
    phase_ = Phase::Leave;
    return;
  }
  MUST(static_cast<RecordKind>(header.kind) == RecordKind::Packet);
  Packet packet{.start = in_position_, .sequence = header.sequence, .count = header.count, .items = {}};
  const auto* data = reinterpret_cast<const char*>(at) + sizeof header;
  const auto* lengths = reinterpret_cast<const std::uint32_t*>(data + padded(header.data_bytes, 4));
  for (std::uint32_t i = 0; i < header.count; data += lengths[i++]) packet.items.emplace_back(data, lengths[i]);
  in_position_ += header.bytes;
  packets_.push_back(std::move(packet));
}

void SimulatedWorker::begin(Nanos now) {
  const Packet& packet = packets_.back();
  Truth::Tries& tried = tries();
  if (now < tried.not_before)
    FAIL(item_ << " is begun in " << spec_.stage.name << " at " << to_seconds(now) << ", in its pause until "
               << to_seconds(tried.not_before));
  begun_ = began_ = now;
  page().item_started.store(now);
  page().current.store(std::uint64_t{packet.sequence} << 32 | packet.claimed);
  has_current_ = true;
  phase_ = Phase::Working;
  const Fate fate = fate_of(spec_.stage, item_, truth_.seed);
  if (fate.fault == Fate::Fault::Hang && tried.faults < fate.times) {
    tried.faults += 1;
    next_at_ = INT64_MAX / 2;  // only a kill ends this
    return;
  }
  // Most are quick, some are not.
  const Nanos most = truth_.item_time * (random_() % 10 == 0 ? 10 : 1);
  next_at_ = now + static_cast<Nanos>(static_cast<double>(most) * (random_() % 1000) / 1000);
  if (spec_.stage.timeout) next_at_ = std::min(next_at_, now + *spec_.stage.timeout * 9 / 10);
}

void SimulatedWorker::finish_work(Nanos now) {
  constexpr std::uint64_t kMostRecord = 8 * 1024;
  if (!has_room(kMostRecord)) return rest_until_woken(now, out_tail_ + kMostRecord - region_->ring_bytes());
  Packet& packet = packets_.back();
  const Fate fate = fate_of(spec_.stage, item_, truth_.seed);
  Truth::Tries& tried = tries();
  RecordHeader header{};
  header.sequence = packet.sequence;
  header.from = packet.claimed - 1;
  header.elapsed_ns = static_cast<std::uint64_t>(now - began_);
  const auto answer = [&](RecordKind kind, std::uint32_t count, std::uint16_t flags,
                          const std::vector<std::string>& items) {
    header.kind = static_cast<std::uint16_t>(kind);
    header.count = count;
    header.flags = flags;
    write_record(header, items);
    packet.answered += 1;
  };
  if (spec_.stage.is_sink()) {
    if (phase_ == Phase::Working && random_() % 100 == 0) {
      has_trouble_ = true;
      RecordHeader trouble = header_of_kind(RecordKind::Trouble);
      trouble.flags = kRetry;
      return write_record(trouble, {"no room"});
    }
    if (phase_ == Phase::Working) {
      const std::string line = item_ + "\n";
      file_ << line << std::flush;
      MUST(file_.good());
      written_ += line.size();
      phase_ = Phase::Written;
      return;
    }
    header.written = written_;
    return answer(RecordKind::Done, 1, 0, {});
  }
  if (fate.fault == Fate::Fault::Crash && tried.faults < fate.times) {
    tried.faults += 1;
    const bool exits = random_() % 2 == 0;
    return die(exits ? ProcessEnd{ProcessEnd::Kind::Exited, 7} : ProcessEnd{ProcessEnd::Kind::Signaled, SIGSEGV});
  }
  if (fate.fault == Fate::Fault::Fail && (fate.times == Fate::kAlways || tried.faults < fate.times)) {
    tried.faults += 1;
    ItemFailure failure;
    failure.error = "its fate";
    says_failed_ = true;
    return answer(RecordKind::Failed, 0, 0, {encode_failure(failure)});
  }
  std::vector<std::string> outputs;
  for (std::uint32_t i = 0; i < fate.outputs; ++i) outputs.push_back(output_of(spec_.stage, item_, fate, i));
  if (outputs.empty()) return answer(RecordKind::Done, 1, 0, {});
  if (outputs.size() == 1) return answer(RecordKind::Answers, 1, 0, outputs);
  answer(RecordKind::Outputs, static_cast<std::uint32_t>(outputs.size()), kLast, outputs);
}

void SimulatedWorker::emit(Nanos now) {
  const auto& range = std::get<RangeSource>(std::get<SourceConfig>(spec_.stage.work).from);
  const auto all = static_cast<std::uint64_t>(range.stop - range.start);
  page().total.store(all + 1);
  constexpr std::uint64_t kMostRecord = 8 * 1024;
  if (!has_room(kMostRecord)) return rest_until_woken(now, out_tail_ + kMostRecord - region_->ring_bytes());
  if (emitted_ == all) {
    write_record(header_of_kind(RecordKind::End), {});
    phase_ = Phase::Leave;
    return;
  }
  std::vector<std::string> items;
  for (std::size_t i = 1 + random_() % kMostEmitted; i > 0 && emitted_ < all; --i)
    items.push_back(spec_.stage.name + std::to_string(emitted_++));
  RecordHeader header = header_of_kind(RecordKind::Emit);
  header.count = static_cast<std::uint32_t>(items.size());
  write_record(header, items);
}

}  // namespace pooltop::testing
