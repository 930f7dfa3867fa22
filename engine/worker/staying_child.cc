// SPDX-License-Identifier: MIT
#include "engine/worker/staying_child.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "engine/base/error.h"
#include "engine/base/io.h"
#include "engine/base/text.h"
#include "engine/process/process_tree.h"

namespace pooltop {

namespace {

constexpr Nanos kSilence = 10 * kSecond;
constexpr Nanos kJoinLook = 250 * kMillisecond;  // between two looks whether a child has ended
constexpr Nanos kKillAfter = 5 * kSecond;        // between TERM and KILL
constexpr std::size_t kMaxUnsaid = 200;          // bytes shown of what a child said without being asked

PipeEnds make_socket() {
  std::array<int, 2> ends{};
  check(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()), "socketpair", "AF_UNIX");
  return {Fd(ends[0]), Fd(ends[1])};
}

}  // namespace

StayingChild::StayingChild(WorkContext& context, const std::vector<std::string>& argv, Channel channel)
    : context_(context), channel_(channel) {
  wait_out_shortage(context.log, [&] { start(argv); });
  for (const Fd* fd : {&to_, &from_, &out_, &err_})
    if (*fd) set_nonblocking(fd->get(), true);
  context.port.set_child(child_.pid);
}

void StayingChild::start(const std::vector<std::string>& argv) {
  const bool socket = channel_ == Channel::Socket;
  PipeEnds in = socket ? make_socket() : make_pipe();
  PipeEnds out = make_pipe();
  PipeEnds err = make_pipe();
  child_ = start_child({.argv = context_.program(argv),
                        .env = context_.env,
                        .cwd = {},
                        .stdin_fd = in.read.get(),
                        .stdout_fd = out.write.get(),
                        .stderr_fd = err.write.get()});
  to_ = std::move(in.write);
  (channel_ == Channel::Pipes ? from_ : out_) = std::move(out.read);
  err_ = std::move(err.read);
}

bool StayingChild::wait(bool wants_items, Nanos timeout) {
  const bool was_refusing = is_refusing_;
  write_some();
  if (is_refusing_ && !was_refusing) return true;  // it may live on and say nothing: is_gone() is to be looked at now
  received_.erase(0, taken_);
  scanned_ -= taken_;
  taken_ = 0;
  const bool armed = wants_items && context_.port.arm_wake();
  const Nanos limit = wants_items && !armed ? 0 : timeout;  // not armed: an item is there already
  const auto entry = [](int fd, short events) { return pollfd{events == 0 ? -1 : fd, events, 0}; };
  const int from_fd = channel_ == Channel::Socket ? to_.get() : from_.get();
  const short writes = outgoing_.size() > sent_ ? POLLOUT : 0;
  const bool one_fd = channel_ == Channel::Socket;
  std::array<pollfd, 6> fds = {entry(from_open_ ? from_fd : -1, static_cast<short>(POLLIN | (one_fd ? writes : 0))),
                               entry(err_.get(), POLLIN),
                               entry(out_.get(), POLLIN),
                               entry(has_ended_ ? -1 : child_.pidfd.get(), POLLIN),
                               entry(one_fd ? -1 : to_.get(), writes),
                               entry(armed ? context_.port.wake_fd() : -1, POLLIN)};
  const timespec span{static_cast<time_t>(limit / kSecond), static_cast<long>(limit % kSecond)};
  const int n = ::ppoll(fds.data(), fds.size(), limit < 0 ? nullptr : &span, nullptr);
  if (n < 0 && errno != EINTR) check(n, "ppoll", "child");
  if (armed) context_.port.disarm_wake();
  if (n <= 0) return n < 0 || limit != timeout;
  if ((fds[0].revents & ~POLLOUT) != 0 && !read_some(from_fd, received_)) from_open_ = false;
  if (fds[1].revents != 0 && !read_log(err_, LogStream::Err)) err_.reset();
  if (fds[2].revents != 0 && !read_log(out_, LogStream::Out)) out_.reset();
  if (fds[3].revents != 0) drain();
  if (fds[4].revents != 0 || (fds[0].revents & POLLOUT) != 0) write_some();
  return true;
}

bool StayingChild::next_line(std::string_view& line, bool at_end) {
  const std::size_t newline = received_.find('\n', scanned_);
  scanned_ = received_.size();
  if (taken_ == scanned_ || (newline == std::string::npos && !at_end)) return false;
  const std::size_t end = std::min(newline, received_.size());
  line = std::string_view(received_).substr(taken_, end - taken_);
  taken_ = scanned_ = std::min(end + 1, received_.size());
  return true;
}

void StayingChild::write_some() {
  while (sent_ < outgoing_.size() && to_) {
    const ssize_t n = channel_ == Channel::Socket
                          ? ::send(to_.get(), outgoing_.data() + sent_, outgoing_.size() - sent_, MSG_NOSIGNAL)
                          : ::write(to_.get(), outgoing_.data() + sent_, outgoing_.size() - sent_);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 && errno == EAGAIN) return;
    if (n < 0) {  // EPIPE: it reads no more
      is_refusing_ = true;
      break;
    }
    sent_ += static_cast<std::size_t>(n);
    total_sent_ += static_cast<std::uint64_t>(n);
  }
  outgoing_.clear();
  sent_ = 0;
  if (!input_ends_ || !to_) return;
  if (channel_ == Channel::Socket)
    ::shutdown(to_.get(), SHUT_WR);
  else
    to_.reset();
}

// False at the end of the file.
bool StayingChild::read_some(int fd, std::string& into) {
  const ssize_t n = ::read(fd, buffer_->data(), buffer_->size());
  if (n < 0 && (errno == EINTR || errno == EAGAIN)) return true;
  if (n < 0) note_unreadable();
  if (n <= 0) return false;
  into.append(buffer_->data(), static_cast<std::size_t>(n));
  return true;
}

// What it said last may be cut off then: no half line counts as one that was said in full.
void StayingChild::note_unreadable() {
  is_cut_ = true;
  context_.log.note(fmt::format("what process {} says cannot be read: {}", child_.pid, reason_of(errno)));
}

bool StayingChild::read_log(Fd& fd, LogStream stream) {
  const ssize_t n = ::read(fd.get(), buffer_->data(), buffer_->size());
  if (n < 0 && (errno == EINTR || errno == EAGAIN)) return true;
  if (n <= 0) return false;
  context_.log.add(stream, child_.pid, {buffer_->data(), static_cast<std::size_t>(n)});
  return true;
}

// It has ended: takes what is left in its pipes, and no more than that, since a process that it left behind may hold
// them open.
void StayingChild::drain() {
  has_ended_ = true;
  const int from_fd = channel_ == Channel::Socket ? to_.get() : from_.get();
  for (;;) {
    const ssize_t n = from_open_ ? ::read(from_fd, buffer_->data(), buffer_->size()) : 0;
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 && errno != EAGAIN) note_unreadable();
    if (n <= 0) break;
    received_.append(buffer_->data(), static_cast<std::size_t>(n));
  }
  from_open_ = false;
  for (auto [fd, stream] : {std::pair{&err_, LogStream::Err}, std::pair{&out_, LogStream::Out}}) {
    for (;;) {
      const ssize_t n = *fd ? ::read(fd->get(), buffer_->data(), buffer_->size()) : 0;
      if (n < 0 && errno == EINTR) continue;
      if (n <= 0) break;
      context_.log.add(stream, child_.pid, {buffer_->data(), static_cast<std::size_t>(n)});
    }
    fd->reset();
  }
}

std::uint64_t StayingChild::bytes_read() const {
  int unread = 0;  // a pipe keeps them when its reader has died
  if (to_) check(::ioctl(to_.get(), FIONREAD, &unread), "ioctl", "FIONREAD");
  return total_sent_ - static_cast<std::uint64_t>(unread);
}

bool StayingChild::has_ended_well() const noexcept {
  if (is_cut_) return false;
  siginfo_t end{};  // looked at only: join() reaps it
  const bool is_known =
      ::waitid(P_PIDFD, static_cast<id_t>(child_.pidfd.get()), &end, WEXITED | WNOHANG | WNOWAIT) == 0 &&
      end.si_pid != 0;
  return is_known && end.si_code == CLD_EXITED && end.si_status == 0;
}

// A process that is dying closes its descriptors before it can be seen to have ended.
void StayingChild::await_end() {
  const Nanos until = monotonic_now() + kSecond;
  while (!has_ended_ && monotonic_now() < until) wait(false, until - monotonic_now());
}

ProcessEnd StayingChild::join(Nanos patience) {
  Nanos left = patience;
  bool was_asked = false;
  note_unasked();
  while (!has_ended_) {
    const Nanos before = monotonic_now();
    wait(false, patience < 0 ? -1 : kJoinLook);
    note_unasked();
    // A pause stops this process too: a long step is one, and does not count.
    left -= std::min(monotonic_now() - before, 2 * kJoinLook);
    if (patience < 0 || left > 0 || has_ended_) continue;
    end_it(std::exchange(was_asked, true));
    left = kKillAfter;
  }
  std::optional<ProcessEnd> end;
  while (!end) end = wait_end(child_.pidfd, 3600 * kSecond);
  context_.port.set_child(0);
  kill_strangers({});
  context_.log.flush();
  return *end;
}

// What it said that nobody asked for: lines with and without an end.
void StayingChild::note_unasked() {
  if (unfinished() == 0) return;
  const std::string text = printable(std::string_view(received_).substr(taken_), kMaxUnsaid);
  context_.log.note("said after its last answer: " + text);
  if (said_last_.empty()) said_last_ = text;
  drop_unfinished();
}

void StayingChild::end_it(bool at_once) {
  if (at_once) {
    send_signal(child_.pidfd, SIGKILL);  // what it leaves behind is killed when it has ended
    return;
  }
  context_.log.note(
      fmt::format("process {} goes on although its input has ended and everything is answered: it gets "
                  "TERM, and KILL after 5 s",
                  child_.pid));
  signal_descendants(::getpid(), SIGTERM);
}

Nanos patience_of(const StageConfig& stage) noexcept {
  constexpr Nanos kPatience = 10 * kSecond;
  return std::max(kPatience, stage.timeout.value_or(0));
}

void end_with_child(WorkContext& context, StayingChild& child, const std::string& what) {
  context.log.flush();
  if (!child.has_ended()) {
    context.log.note(what);
    ::_exit(1);  // and the child dies with this process
  }
  const ProcessEnd end = child.join(-1);
  context.log.note(fmt::format("{}: process {} {}", what, child.pid(), describe(end)));
  end_like(end);
}

Nanos SilenceWatch::timeout(bool is_waiting) noexcept {
  if (!is_waiting || was_said_) {
    since_ = 0;
    return -1;
  }
  const Nanos now = monotonic_now();
  if (since_ == 0) since_ = now;
  return std::max<Nanos>(since_ + kSilence - now, 0);
}

void SilenceWatch::check(pid_t pid) {
  if (was_said_ || since_ == 0 || monotonic_now() < since_ + kSilence) return;
  was_said_ = true;
  context_.log.note(
      fmt::format("no answer from process {} for 10 s while items wait: is its stdout buffered? Most "
                  "programs need to be told to write each line at once (stdbuf -oL, python3 -u, sed -u, "
                  "awk's fflush(), grep --line-buffered)",
                  pid));
}

}  // namespace pooltop
