// SPDX-License-Identifier: MIT
#include "tests/support/worker_harness.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <filesystem>
#include <stdexcept>
#include <string_view>

#include "engine/base/clock.h"
#include "engine/base/error.h"
#include "engine/base/io.h"
#include "engine/region/meta.h"

namespace pooltop::testing {

namespace {

constexpr Nanos kLimit = 20 * kSecond;

WorkerSpec with_log(WorkerSpec spec) {
  if (spec.log_file.empty()) {
    std::string path = std::filesystem::temp_directory_path() / "pooltop-log-XXXXXX";
    const Fd fd(check(::mkstemp(path.data()), "mkstemp", path));
    spec.log_file = path;
  }
  if (spec.start_dir.empty()) spec.start_dir = std::filesystem::current_path();
  if (spec.run.empty()) spec.run = "test";
  if (spec.stage.name.empty()) spec.stage.name = "stage";
  return spec;
}

std::string tail_of(const std::string& log) { return log.substr(log.size() - std::min<std::size_t>(log.size(), 2000)); }

Child start_worker(const WorkerFds& fds, const std::string& log_file) {
  const pid_t pid = check(::fork(), "fork", "worker");
  if (pid == 0) {
    // As a started worker: no descriptor but its own, or a pipe of the test would never end.
    int kept[] = {STDERR_FILENO, fds.region, fds.bell, fds.wake, fds.stream};
    std::sort(std::begin(kept), std::end(kept));
    int next = STDERR_FILENO;
    for (const int fd : kept) {
      if (fd > next) ::close_range(static_cast<unsigned>(next), static_cast<unsigned>(fd - 1), 0);
      next = std::max(next, fd + 1);
    }
    ::close_range(static_cast<unsigned>(next), ~0u, 0);
    for (int signal = 1; signal < NSIG; ++signal) std::signal(signal, SIG_DFL);
    const int log = ::open(log_file.c_str(), O_WRONLY | O_APPEND);
    ::dup2(log, STDOUT_FILENO);
    ::dup2(log, STDERR_FILENO);
    ::close(log);
    ::setsid();
    ::prctl(PR_SET_CHILD_SUBREAPER, 1);
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    worker_main(fds);
  }
  return {pid, open_pidfd(pid)};
}

}  // namespace

WorkerHarness::WorkerHarness(WorkerSpec spec, int stream, std::uint64_t ring_bytes)
    : owns_log_(spec.log_file.empty()),
      spec_(with_log(std::move(spec))),
      link_(ring_bytes, encode(spec_), needs_ids(spec_.stage)),
      bell_(check(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), "eventfd", "bell")),
      wake_(check(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), "eventfd", "wake")) {
  WorkerFds fds;
  fds.region = link_.region_fd();
  fds.bell = bell_.get();
  fds.wake = wake_.get();
  fds.stream = stream;
  worker_ = start_worker(fds, spec_.log_file);
}

WorkerHarness::~WorkerHarness() {
  if (!end_) {
    send_signal(worker_.pidfd, SIGKILL);
    (void)wait_end(worker_.pidfd, kLimit);
  }
  if (!owns_log_) return;  // a log that the test named is the test's: it may be a device
  ::unlink(spec_.log_file.c_str());
  ::unlink((spec_.log_file + ".1").c_str());
}

void WorkerHarness::give(const std::vector<std::string>& items, std::size_t packet) {
  for (std::size_t i = 0; i < items.size();) {
    Packet made{given_, 0, {}};
    std::uint64_t bytes = 0;
    // A packet holds at most a quarter of a record's room, or one item of any size.
    for (; i < items.size() && made.count < packet && (made.count == 0 || bytes + items[i].size() < 8192);
         ++i, ++made.count) {
      bytes += items[i].size();
      made.items.push_back(items[i]);
    }
    given_ += made.count;
    to_push_.push_back(std::move(made));
  }
}

void WorkerHarness::give_end() { end_wanted_ = true; }

bool WorkerHarness::push(const Packet& packet) {
  std::string data;
  std::vector<std::uint32_t> lengths;
  std::string meta;
  std::string_view first = packet.items.front();
  const std::uint64_t piece = link_.max_record() / 2;
  while (first.size() - part_offset_ > piece) {
    if (!link_.has_room(record_bytes(piece, 0, 0))) return false;
    link_.push_part(first.substr(part_offset_, piece));
    part_offset_ += piece;
  }
  const bool assembled = part_offset_ > 0;
  for (std::size_t i = 0; i < packet.count; ++i) {
    const std::string_view item = std::string_view(packet.items[i]).substr(i == 0 ? part_offset_ : 0);
    data += item;
    lengths.push_back(static_cast<std::uint32_t>(item.size()));
    if (needs_ids(spec_.stage)) append_meta(meta, std::to_string(packet.first + i), 1);
  }
  if (sent_.size() >= kPacketSlots - 1 || !link_.has_room(record_bytes(data.size(), lengths.size(), meta.size())))
    return false;
  const std::uint32_t sequence = link_.push_packet(data, lengths, meta, assembled);
  sent_[sequence] = {packet.first};
  part_offset_ = 0;
  return true;
}

bool WorkerHarness::push_some() {
  bool pushed = false;
  while (!to_push_.empty() && push(to_push_.front())) {
    to_push_.pop_front();
    pushed = true;
  }
  // As the engine does: END when everything is answered.
  if (to_push_.empty() && end_wanted_ && !end_pushed_ && answered_ == given_ && link_.has_room(record_bytes(0, 0, 0))) {
    link_.push_end();
    end_pushed_ = pushed = true;
  }
  link_.wake(wake_.get());
  return pushed;
}

WorkerHarness::Answer& WorkerHarness::next_answer(std::uint32_t sequence, std::uint32_t index) {
  const auto found = sent_.find(sequence);
  if (found == sent_.end()) throw std::runtime_error("an answer for a packet that was not sent");
  if (index != found->second.answered) throw std::runtime_error("answers of a packet are out of order");
  return answers[found->second.first + index];
}

void WorkerHarness::take(const Published& record) {
  const RecordHeader& h = record.header;
  const std::string_view data(reinterpret_cast<const char*>(record.data), h.data_bytes);
  const auto done = [&](std::uint32_t count) {
    sent_.at(h.sequence).answered += count;
    answered_ += count;
  };
  std::size_t at = 0;
  const auto piece = [&](std::uint32_t i) {
    at += record.lengths[i];
    return std::string(data.substr(at - record.lengths[i], record.lengths[i]));
  };
  switch (record.kind()) {
    case RecordKind::Answers:
      for (std::uint32_t i = 0; i < h.count; ++i) {
        next_answer(h.sequence, h.from + i).outputs.push_back(piece(i));
        done(1);
      }
      return;
    case RecordKind::Done:
      for (std::uint32_t i = 0; i < h.count; ++i) {
        next_answer(h.sequence, h.from + i).written = h.written;
        done(1);
      }
      return;
    case RecordKind::Outputs: {
      Answer& answer = next_answer(h.sequence, h.from);
      for (std::uint32_t i = 0; i < h.count; ++i) answer.outputs.push_back(piece(i));
      if ((h.flags & kLast) != 0) done(1);
      return;
    }
    case RecordKind::Failed:
      next_answer(h.sequence, h.from).failure = decode_failure(data);
      done(1);
      return;
    case RecordKind::Part:
      part_ += data;
      if ((h.flags & kLast) == 0) return;
      if (h.sequence == 0)
        emitted.push_back(std::exchange(part_, {}));
      else
        next_answer(h.sequence, h.from).outputs.push_back(std::exchange(part_, {}));
      return;
    case RecordKind::Emit:
      for (std::uint32_t i = 0; i < h.count; ++i) emitted.push_back(piece(i));
      return;
    case RecordKind::Trouble:
      trouble = {std::string(data), (h.flags & kRetry) != 0};
      return;
    case RecordKind::End:
      has_ended = true;
      return;
    default:
      throw std::runtime_error("a record that no worker writes");
  }
}

bool WorkerHarness::collect() {
  bool any = false;
  Published record;
  while (link_.peek(record)) {
    take(record);
    link_.consume();
    any = true;
  }
  // Packets whose items are all answered free their slot.
  std::erase_if(sent_, [&](const auto& entry) {
    const auto next = sent_.upper_bound(entry.first);
    return next != sent_.end() && entry.second.first + entry.second.answered >= next->second.first;
  });
  link_.release(wake_.get());
  return any;
}

void WorkerHarness::wait(const std::function<bool()>& condition, const char* what) {
  const Nanos until = monotonic_now() + kLimit;
  for (;;) {
    while (collect() || push_some()) {
    }
    if (condition()) return;
    link_.arm();
    std::atomic_thread_fence(std::memory_order_seq_cst);
    if (collect() || push_some()) continue;
    if (monotonic_now() > until)
      throw std::runtime_error(std::string("waited 20 s for ") + what + "\n" + tail_of(log()));
    std::array<pollfd, 2> fds = {pollfd{bell_.get(), POLLIN, 0}, pollfd{end_ ? -1 : worker_.pidfd.get(), POLLIN, 0}};
    ::poll(fds.data(), fds.size(), 100);
    std::uint64_t count = 0;
    [[maybe_unused]] const ssize_t n = ::read(bell_.get(), &count, sizeof count);
    if (fds[1].revents != 0 && !end_) {
      end_ = try_wait_end(worker_.pidfd);
      collect();
      if (condition()) return;
      throw std::runtime_error(std::string("the worker ended before ") + what + "\n" + tail_of(log()));
    }
  }
}

void WorkerHarness::wait_answers(std::size_t count) {
  wait([&] { return answered_ >= count; }, "answers");
}

void WorkerHarness::wait_emitted(std::size_t count) {
  wait([&] { return emitted.size() >= count; }, "items");
}

ProcessEnd WorkerHarness::wait_exit() {
  wait([&] { return end_.has_value(); }, "its end");
  return *end_;
}

std::vector<WorkerHarness::Answer> WorkerHarness::run(const std::vector<std::string>& items, std::size_t packet) {
  give(items, packet);
  give_end();
  (void)wait_exit();
  std::vector<Answer> out;
  for (auto& [number, answer] : answers) out.push_back(std::move(answer));
  answers.clear();
  return out;
}

std::optional<std::size_t> WorkerHarness::current() const {
  const Link::Current now = link_.current();
  const auto found = sent_.find(now.sequence);
  if (found == sent_.end()) return std::nullopt;
  return found->second.first + now.index;
}

std::string WorkerHarness::log() const {
  const auto old = std::filesystem::exists(spec_.log_file + ".1") ? read_file(spec_.log_file + ".1", 64u << 20) : "";
  return old.value_or("") + read_file(spec_.log_file, 64u << 20).value_or("");
}

TestFolder::TestFolder() {
  std::string path = std::filesystem::temp_directory_path() / "pooltop-test-XXXXXX";
  if (::mkdtemp(path.data()) == nullptr) throw_system_error(errno, "mkdtemp", path);
  path_ = path;
}

TestFolder::~TestFolder() {
  std::error_code ignored;  // a test that made its files unremovable says so itself
  std::filesystem::remove_all(path_, ignored);
}

std::string TestFolder::write(const std::string& name, const std::string& content) const {
  std::string path = *this / name;
  std::filesystem::create_directories(std::filesystem::path(path).parent_path());
  const Fd fd(check(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644), "open", path));
  write_all(fd.get(), content, path);
  return path;
}

}  // namespace pooltop::testing
