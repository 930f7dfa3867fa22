// SPDX-License-Identifier: MIT
#include <fmt/format.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <deque>
#include <string>
#include <utility>
#include <vector>

#include "engine/base/error.h"
#include "engine/base/text.h"
#include "engine/worker/json_text.h"
#include "engine/worker/python_ring.h"
#include "engine/worker/staying_child.h"
#include "engine/worker/work.h"

namespace pooltop {

namespace {

constexpr std::string_view kBoot =
    "import socket;s=socket.socket(fileno=0);m,a,_,_=s.recvmsg(65536,64);exec(compile(m,'pooltop','exec'))";
constexpr std::size_t kMaxAhead = 512;  // items
constexpr std::uint64_t kMaxAheadBytes = 256 << 10;
constexpr std::size_t kMaxFrame = 256;  // items
constexpr std::uint64_t kMaxFrameBytes = 64 << 10;
constexpr Nanos kWorkAhead = 2 * kMillisecond;  // about so much work is sent ahead
constexpr Nanos kSecondLook = 2 * kMillisecond;

std::string_view name_of(Decode decode) {
  switch (decode) {
    case Decode::Auto:
      return "auto";
    case Decode::Json:
      return "json";
    case Decode::Text:
      return "text";
    case Decode::Bytes:
      return "bytes";
  }
  return "auto";
}

void append_u32(std::string& out, std::size_t value) {
  const auto number = static_cast<std::uint32_t>(value);
  out.append(reinterpret_cast<const char*>(&number), sizeof number);
}

class PythonChild {
 public:
  explicit PythonChild(WorkContext& context)
      : context_(context),
        port_(context.port),
        config_(std::get<PythonWork>(context.spec.stage.work)),
        ring_(context.spec.max_item_bytes),
        child_(context, {interpreter(), "-u", "-c", std::string(kBoot), config_.module + ":" + config_.function},
               StayingChild::Channel::Socket) {
    send_program();
  }

  void run() {
    // Nothing is claimed before the function is there: no item is charged for an import that fails.
    port_.set_ready(false);
    while (!ring_.is_ready()) listen(false, -1);
    port_.set_ready(true);
    while (take_items()) {
      const bool wants_items = !ended_ && pending_.size() <= window_ / 2;
      // Answers of the millisecond after python said "look" are not announced while a slow item runs: one look more.
      const bool was_quiet = !listen(wants_items, looks_again_ ? kSecondLook : -1);
      looks_again_ = !was_quiet && !pending_.empty();
    }
    child_.end_input();
    const ProcessEnd end = child_.join(patience_of(context_.spec.stage));
    if (!end.is_success()) context_.log.note(fmt::format("python {} after its last answer", describe(end)));
  }

 private:
  std::string interpreter() const { return context_.program({config_.interpreter}).front(); }

  void send_program();
  bool take_items();
  void name_current();
  void send_frame(std::size_t from);
  bool listen(bool wants_items, Nanos timeout);
  bool read_answers();
  void accept(const PythonRing::Record& record);
  void settle();
  void fail(std::string_view bytes);
  void adapt(std::size_t answered);

  WorkContext& context_;
  Port& port_;
  const PythonWork& config_;
  PythonRing ring_;
  StayingChild child_;
  std::deque<WorkItem> pending_;  // sent, in order; the first one is in work
  std::uint64_t pending_bytes_ = 0;
  std::deque<std::string> parts_;  // outputs of a generator that has not ended
  std::size_t window_ = 1;         // items sent ahead, by the time that they take
  Nanos busy_since_ = 0;
  bool is_named_ = false;
  bool looks_again_ = false;
  bool ended_ = false;
};

// The shim and the ring's descriptor as one message.
void PythonChild::send_program() {
  std::string program = "CONFIG = {\"module\":";
  append_json_string(program, config_.module);
  program += ",\"function\":";
  append_json_string(program, config_.function);
  program += ",\"path\":";
  append_json_string(program, config_.path.empty() ? context_.spec.start_dir : context_.resolve(config_.path));
  program += fmt::format(",\"decode\":\"{}\",\"head\":{},\"ring\":{},\"max_item\":{}}}\n", name_of(config_.decode),
                         PythonRing::kHeadBytes, ring_.ring_bytes(), context_.spec.max_item_bytes);
  program += kPythonShim;

  iovec bytes{program.data(), program.size()};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
  msghdr message{};
  message.msg_iov = &bytes;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof control;
  cmsghdr* const rights = CMSG_FIRSTHDR(&message);
  rights->cmsg_level = SOL_SOCKET;
  rights->cmsg_type = SCM_RIGHTS;
  rights->cmsg_len = CMSG_LEN(sizeof(int));
  const int fd = ring_.fd();
  std::memcpy(CMSG_DATA(rights), &fd, sizeof fd);
  // EPIPE: it is dead already; its end is seen by listen().
  if (::sendmsg(child_.channel_fd(), &message, MSG_NOSIGNAL) < 0 && errno != EPIPE)
    throw_system_error(errno, "sendmsg", "python");
}

// False once END has come and everything is answered.
bool PythonChild::take_items() {
  const std::size_t before = pending_.size();
  std::size_t frame = before;
  WorkItem item;
  while (!ended_ && pending_.size() < window_ && (pending_.empty() || pending_bytes_ < kMaxAheadBytes)) {
    const Port::Take got = port_.try_take(item);
    if (got == Port::Take::Empty) break;
    ended_ = got == Port::Take::End;
    if (ended_) break;
    pending_.push_back(item);
    pending_bytes_ += item.bytes.size();
    if (pending_.size() - frame == kMaxFrame) send_frame(std::exchange(frame, pending_.size()));
  }
  if (pending_.size() > frame) send_frame(frame);
  if (before == 0 && !pending_.empty()) busy_since_ = monotonic_now();
  name_current();
  return !ended_ || !pending_.empty();
}

void PythonChild::name_current() {
  if (!pending_.empty() && !std::exchange(is_named_, true)) port_.set_current(pending_.front());
}

void PythonChild::send_frame(std::size_t from) {
  while (from < pending_.size()) {
    std::size_t count = 0;
    std::uint64_t bytes = 0;
    while (from + count < pending_.size() &&
           (count == 0 || bytes + pending_[from + count].bytes.size() < kMaxFrameBytes))
      bytes += pending_[from + count++].bytes.size();
    std::string& out = child_.outgoing();
    append_u32(out, count);
    append_u32(out, bytes);
    for (std::size_t i = 0; i < count; ++i) append_u32(out, pending_[from + i].bytes.size());
    for (std::size_t i = 0; i < count; ++i) out += pending_[from + i].bytes;
    from += count;
  }
}

// False if nothing was heard until the time-out. Does not return when python is gone.
bool PythonChild::listen(bool wants_items, Nanos timeout) {
  const bool heard = child_.wait(wants_items, timeout);
  child_.drop_unfinished();  // bytes that say "look"
  if (!child_.is_gone()) return read_answers() || heard;
  child_.await_end();
  read_answers();
  name_current();  // it is charged with this death
  end_with_child(context_, child_, "python is gone before its work was");
}

bool PythonChild::read_answers() {
  const std::size_t before = pending_.size();
  port_.open_batch();  // they came in together
  while (const auto record = ring_.next()) accept(*record);
  port_.close_batch();
  ring_.release();
  const std::size_t answered = before - pending_.size();
  if (answered > 0) adapt(answered);
  return answered > 0;
}

void PythonChild::accept(const PythonRing::Record& record) {
  if (pending_.empty()) throw std::runtime_error("python: an answer that no item asked for");
  switch (record.kind) {
    case PythonRecord::One:
      port_.answer(pending_.front(), record.bytes);
      return settle();
    case PythonRecord::None:
      port_.answer(pending_.front(), std::span<const std::string_view>{});
      return settle();
    case PythonRecord::Part:
      parts_.emplace_back(record.bytes);
      ring_.release();  // a generator may have more to say than fits
      return;
    case PythonRecord::End: {
      const std::vector<std::string_view> outputs(parts_.begin(), parts_.end());
      port_.answer(pending_.front(), outputs);
      return settle();
    }
    case PythonRecord::Failed:
      fail(record.bytes);
      return settle();
    case PythonRecord::Pad:
      return;
  }
}

void PythonChild::settle() {
  parts_.clear();
  pending_bytes_ -= pending_.front().bytes.size();
  pending_.pop_front();
  is_named_ = false;
}

void PythonChild::fail(std::string_view bytes) {
  const std::size_t end = std::min(bytes.find('\0'), bytes.size());
  ItemFailure failure = make_failure(printable(bytes.substr(0, end), kStderrTail), child_.pid());
  failure.stderr_tail = bytes.substr(std::min(end + 1, bytes.size()));
  context_.log.add(LogStream::Err, child_.pid(), failure.stderr_tail);
  port_.fail(pending_.front(), failure);
}

// Few slow items are sent ahead, so that others can take them; many quick ones, so that nobody waits for anybody.
void PythonChild::adapt(std::size_t answered) {
  const Nanos now = monotonic_now();
  const Nanos each = std::max<Nanos>((now - busy_since_) / static_cast<Nanos>(answered), 1);
  busy_since_ = now;
  const auto fitting = static_cast<std::size_t>(kWorkAhead / each);
  window_ = std::clamp<std::size_t>(fitting, 1, std::min(2 * window_, kMaxAhead));
}

}  // namespace

void run_python(WorkContext& context) { PythonChild(context).run(); }

}  // namespace pooltop
