// SPDX-License-Identifier: MIT
//
// One process per item. Its descriptors are read until it has ended and they are empty; not until their end, which a
// process that it left behind could hold open for ever. What it left behind is killed before the next item: this worker
// is a subreaper, so a process that daemonised itself is its child by then.
#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "engine/base/clock.h"
#include "engine/base/error.h"
#include "engine/base/io.h"
#include "engine/base/text.h"
#include "engine/process/process_tree.h"
#include "engine/worker/work.h"

namespace pooltop {

namespace {

constexpr std::size_t kMaxArgument = 131'071;  // of the kernel: 32 pages with the NUL
constexpr int kPermanentFailure = 100;
constexpr std::size_t kMaxLinesOutputs = 64;  // times max_item_bytes: bound of all lines of one item together

class CommandRun {
 public:
  explicit CommandRun(WorkContext& context)
      : context_(context),
        config_(std::get<CommandWork>(context.spec.stage.work)),
        argv_(context.program(config_.argv)),
        limit_(context.spec.max_item_bytes * (config_.output == OutputMode::Lines ? kMaxLinesOutputs : 1)) {
    plan_.argv = argv_;
    plan_.env = context.env;
    plan_.env.resize(plan_.env.size() + 2);
    for (std::size_t i = 0; i < argv_.size(); ++i)
      if (!config_.item_on_stdin && argv_[i].find("{}") != std::string::npos) with_item_.push_back(i);
  }

  void run(const WorkItem& item) {
    failure_ = {};
    output_.clear();
    tail_.clear();
    if (work(item))
      publish(item);
    else
      context_.port.fail(item, failure_);
  }

 private:
  bool work(const WorkItem& item);
  bool insert_item(const WorkItem& item);
  void start(const WorkItem& item);
  bool can_start(const WorkItem& item);
  ProcessEnd collect();
  bool wait_for_something();
  bool read_some(Fd& fd, bool is_stdout);
  void drain_rest();
  void feed();
  void kill_leftovers();
  bool judge(const ProcessEnd& end);
  void publish(const WorkItem& item);
  bool give_up(std::string error) {
    failure_.error = std::move(error);
    return false;
  }
  // Of an item that will not fit the next time either.
  bool give_up_for_good(std::string error) {
    failure_.permanent = true;
    return give_up(std::move(error));
  }

  WorkContext& context_;
  const CommandWork& config_;
  const std::vector<std::string> argv_;
  const std::uint64_t limit_;
  std::vector<std::size_t> with_item_;  // the arguments that hold "{}"
  ChildPlan plan_;

  // Of the item in work.
  Child child_;
  Fd in_;
  Fd out_;
  Fd err_;
  std::string_view to_feed_;
  std::string output_;
  Tail tail_{kStderrTail};
  ItemFailure failure_;
  bool is_too_large_ = false;
  int unreadable_ = 0;  // errno: not all of its output is known
  std::array<char, 65536> buffer_;
};

bool CommandRun::insert_item(const WorkItem& item) {
  if (!with_item_.empty() && item.bytes.find('\0') != std::string_view::npos)
    return give_up_for_good("a NUL byte cannot stand in an argument; use stdin");
  for (const std::size_t index : with_item_) {
    const std::string_view pattern = argv_[index];
    std::string& argument = plan_.argv[index];
    argument.clear();
    for (std::size_t at = 0;;) {
      const std::size_t braces = std::min(pattern.find("{}", at), pattern.size());
      argument += pattern.substr(at, braces - at);
      if (braces == pattern.size()) break;
      argument += item.bytes;
      at = braces + 2;
      if (argument.size() > kMaxArgument) break;
    }
    if (argument.size() > kMaxArgument)
      return give_up_for_good(
          fmt::format("an argument longer than {} bytes cannot be passed on; use stdin", kMaxArgument));
  }
  const std::size_t last = plan_.env.size() - 1;
  plan_.env[last - 1].assign("POOLTOP_ITEM_ID=").append(item.id);
  plan_.env[last] = fmt::format("POOLTOP_ATTEMPT={}", item.attempt);
  return true;
}

void CommandRun::start(const WorkItem& item) {
  in_.reset();
  PipeEnds in = config_.item_on_stdin ? make_pipe() : PipeEnds{};
  PipeEnds out = make_pipe();
  PipeEnds err = make_pipe();
  to_feed_ = item.bytes;
  in_ = std::move(in.write);
  if (in_) set_nonblocking(in_.get(), true);
  if (in_) feed();  // what fits into the pipe is there before the process is
  plan_.stdin_fd = in.read ? in.read.get() : -1;
  plan_.stdout_fd = out.write.get();
  plan_.stderr_fd = err.write.get();
  child_ = start_child(plan_);
  out_ = std::move(out.read);
  err_ = std::move(err.read);
}

bool CommandRun::can_start(const WorkItem& item) {
  try {
    wait_out_shortage(context_.log, [&] { start(item); });
    return true;
  } catch (const std::system_error& error) {
    in_.reset();
    if (error.code().value() == E2BIG) return give_up_for_good(fmt::format("{}; use stdin", error.what()));
    return give_up(error.what());
  }
}

bool CommandRun::work(const WorkItem& item) {
  if (!insert_item(item) || !can_start(item)) return false;
  context_.port.set_child(child_.pid);
  failure_.pid = child_.pid;
  is_too_large_ = false;
  unreadable_ = 0;
  const ProcessEnd end = collect();
  context_.port.set_child(0);
  context_.log.flush();
  return judge(end);
}

// Feeds and reads until the process has ended.
ProcessEnd CommandRun::collect() {
  while (wait_for_something()) {
  }
  // Its descriptors are closed before a process can be reaped: what is left to read is there now.
  std::optional<ProcessEnd> end;
  while (!end) end = wait_end(child_.pidfd, 3600 * kSecond);
  kill_leftovers();
  drain_rest();
  in_.reset();
  out_.reset();
  err_.reset();
  child_ = {};
  return *end;
}

// One poll; false once the process has ended, or when there is nothing else to wait for.
bool CommandRun::wait_for_something() {
  if (!in_ && !out_ && !err_) return false;
  const auto entry = [](const Fd& fd, short events) { return pollfd{fd ? fd.get() : -1, events, 0}; };
  std::array<pollfd, 4> fds = {entry(child_.pidfd, POLLIN), entry(out_, POLLIN), entry(err_, POLLIN),
                               entry(in_, POLLOUT)};
  if (const int n = ::poll(fds.data(), fds.size(), -1); n < 0 && errno != EINTR) check(n, "poll", "pipes");
  if (fds[0].revents != 0) return false;
  if (fds[1].revents != 0 && !read_some(out_, true)) out_.reset();
  if (fds[2].revents != 0 && !read_some(err_, false)) err_.reset();
  if (fds[3].revents != 0) feed();
  return true;
}

// False at the end of the file, or when there is nothing now.
bool CommandRun::read_some(Fd& fd, bool is_stdout) {
  const ssize_t n = ::read(fd.get(), buffer_.data(), buffer_.size());
  if (n < 0 && errno == EINTR) return true;
  if (n < 0 && errno != EAGAIN && is_stdout) unreadable_ = errno;
  if (n <= 0) return false;
  const std::string_view bytes(buffer_.data(), static_cast<std::size_t>(n));
  if (!is_stdout) {
    context_.log.add(LogStream::Err, child_.pid, bytes);
    tail_.append(bytes);
  } else if (config_.output == OutputMode::None) {
    context_.log.add(LogStream::Out, child_.pid, bytes);
  } else if (output_.size() + bytes.size() <= limit_ + 1) {  // 1: the newline at the end does not count
    output_ += bytes;
  } else if (!is_too_large_) {
    is_too_large_ = true;
    send_signal(child_.pidfd, SIGKILL);
  }
  return true;
}

void CommandRun::drain_rest() {
  for (Fd* fd : {&out_, &err_}) {
    if (!*fd) continue;
    set_nonblocking(fd->get(), true);
    while (read_some(*fd, fd == &out_)) {
    }
  }
}

void CommandRun::feed() {
  while (!to_feed_.empty()) {
    const ssize_t n = ::write(in_.get(), to_feed_.data(), to_feed_.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 && errno == EAGAIN) return;
    if (n < 0) break;  // EPIPE: the process does not want the rest
    to_feed_.remove_prefix(static_cast<std::size_t>(n));
  }
  in_.reset();
}

void CommandRun::kill_leftovers() {
  siginfo_t info{};
  // One call tells that there are none, which is so nearly always.
  if (::waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) != 0 && errno == ECHILD) return;
  if (const std::size_t killed = kill_strangers({}); killed > 0)
    context_.log.note(fmt::format("killed {} process(es) that {} left behind", killed, child_.pid));
}

bool CommandRun::judge(const ProcessEnd& end) {
  const std::uint64_t max = context_.spec.max_item_bytes;
  if (is_too_large_) return give_up(fmt::format("its output is larger than {} bytes (max_item_bytes)", limit_));
  if (unreadable_ != 0) return give_up(fmt::format("its output cannot be read: {}", reason_of(unreadable_)));
  const bool exited = end.kind == ProcessEnd::Kind::Exited;
  if (exited)
    failure_.exit = end.code;
  else
    failure_.signal = end.code;
  if (end.is_success()) {
    if (config_.output != OutputMode::Whole) return true;
    if (output_.ends_with('\n')) output_.pop_back();
    return output_.size() <= max || give_up(fmt::format("its output is larger than {} bytes (max_item_bytes)", max));
  }
  failure_.permanent = exited && end.code == kPermanentFailure;
  failure_.stderr_tail = tail_.view();
  const std::string last = tail_.last_line();
  return give_up(last.empty() ? describe(end) : fmt::format("{}: {}", describe(end), last));
}

void CommandRun::publish(const WorkItem& item) {
  if (config_.output == OutputMode::Whole) return context_.port.answer(item, output_);
  if (config_.output == OutputMode::None) return context_.port.answer(item, item.bytes);
  std::vector<std::string_view> lines;
  for (std::string_view rest = output_; !rest.empty();) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    lines.push_back(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (lines.back().size() > context_.spec.max_item_bytes) {
      give_up(fmt::format("line {} of its output is larger than max_item_bytes", lines.size()));
      return context_.port.fail(item, failure_);
    }
  }
  context_.port.answer(item, lines);
}

}  // namespace

void run_command(WorkContext& context) {
  const auto command = std::make_unique<CommandRun>(context);
  WorkItem item;
  while (context.port.take(item)) {
    context.port.set_current(item);
    command->run(item);
  }
}

}  // namespace pooltop
