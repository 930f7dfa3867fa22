// SPDX-License-Identifier: MIT
//
// Items are gathered while they are there, written as one block, then acknowledged with the file's length behind each.
// What is written and not acknowledged is cut off: by this process when a write fails, by its successor when this
// process dies in between. So a file never holds an item twice, nor half of one.
#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <deque>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/base/error.h"
#include "engine/base/io.h"
#include "engine/base/kill_point.h"
#include "engine/base/text.h"
#include "engine/worker/csv.h"
#include "engine/worker/json_text.h"
#include "engine/worker/staying_child.h"
#include "engine/worker/work.h"

namespace pooltop {

namespace {

constexpr std::size_t kBlockBytes = 1 << 20;
constexpr std::size_t kBlockItems = 4096;
constexpr std::size_t kMaxHeader = 1 << 20;
// Between two looks whether a command has read its input: most have done so at once, and an item that seems slow is
// handed over alone by the engine.
constexpr Nanos kFirstPause = 20 * kMicrosecond;

[[noreturn]] void refuse(int error, std::string_view call, std::string_view path) {
  const std::string text = std::system_error(error, std::generic_category(), fmt::format("{} {}", call, path)).what();
  throw WorkTrouble(text, error == ENOSPC || error == EDQUOT);  // room can be made
}

/// Where a sink writes: a file, a FIFO, a device, or standard output.
class SinkOutput {
 public:
  SinkOutput(const WorkContext& context, const std::string& file)
      : path_(context.resolve(file)), syncs_(context.spec.syncs) {
    is_stdout_ = file == "-";
    if (is_stdout_) {
      path_ = "standard output";
      fd_ = context.stream;
    } else {
      own_ = Fd(::open(path_.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_NOCTTY, 0666));
      if (!own_) refuse(errno, "open", path_);
      fd_ = own_.get();
    }
    struct stat info {};
    if (::fstat(fd_, &info) != 0) refuse(errno, "fstat", path_);
    is_regular_ = S_ISREG(info.st_mode);
    if (is_file()) cut_to(context.spec.written, static_cast<std::uint64_t>(info.st_size));
  }

  /// A file of the sink's own: what is written to it is counted.
  [[nodiscard]] bool is_file() const { return is_regular_ && !is_stdout_; }
  [[nodiscard]] std::uint64_t written() const { return written_; }
  [[nodiscard]] const std::string& path() const { return path_; }

  /// All of it, or WorkTrouble and nothing of it (regular files).
  void write(std::string_view block) {
    const off_t begin = is_regular_ ? end_position() : -1;
    const std::size_t size = block.size();
    POOLTOP_KILL_POINT(sink_before_write);
    while (!block.empty()) {
      const ssize_t n = ::write(fd_, block.data(), block.size());
      if (n >= 0) {
        POOLTOP_KILL_POINT(sink_wrote);
        block.remove_prefix(static_cast<std::size_t>(n));
        continue;
      }
      const int error = errno;
      if (error == EINTR) continue;
      if (error == EAGAIN) {  // a terminal or pipe that somebody else made non-blocking
        pollfd entry{fd_, POLLOUT, 0};
        ::poll(&entry, 1, -1);
        continue;
      }
      undo(begin);
      if (error == EPIPE && is_stdout_) throw WorkTrouble("EPIPE", false);
      refuse(error, "write", path_);
    }
    if (!is_file()) return;
    // Some systems find out only now that there is no room, or that the disk is broken.
    if (syncs_ && uninterrupted([&] { return ::fdatasync(fd_); }) != 0) {
      const int error = errno;
      undo(begin);
      refuse(error, "fdatasync", path_);
    }
    written_ += size;
  }

 private:
  void cut_to(std::uint64_t length, std::uint64_t size) {
    if (size < length)
      throw WorkTrouble(
          fmt::format("{} is shorter ({} bytes) than what was written to it ({}): somebody else changed it", path_,
                      size, length),
          false);
    const auto end = static_cast<off_t>(length);
    POOLTOP_KILL_POINT(sink_before_cut);
    if (uninterrupted([&] { return ::ftruncate(fd_, end); }) != 0) refuse(errno, "ftruncate", path_);
    POOLTOP_KILL_POINT(sink_cut);
    if (::lseek(fd_, end, SEEK_SET) < 0) refuse(errno, "lseek", path_);
    written_ = length;
  }

  // Where the next byte goes, if that is the file's end: only then can a failed write be undone. Else -1.
  off_t end_position() const {
    if (is_file()) return static_cast<off_t>(written_);
    struct stat info {};
    if (::fstat(fd_, &info) != 0) return -1;
    const bool at_end = (::fcntl(fd_, F_GETFL) & O_APPEND) != 0 || ::lseek(fd_, 0, SEEK_CUR) == info.st_size;
    return at_end ? info.st_size : -1;
  }

  // Best effort: the error that led here is the one to be told, and a successor cuts a file again.
  void undo(off_t end) {
    if (end < 0) return;
    if (uninterrupted([&] { return ::ftruncate(fd_, end); }) == 0) ::lseek(fd_, end, SEEK_SET);
  }

  std::string path_;
  Fd own_;
  int fd_ = -1;
  bool is_stdout_ = false;
  bool is_regular_ = false;
  bool syncs_ = false;
  std::uint64_t written_ = 0;
};

// Each format appends an item's bytes to a block, or says why the item cannot be written.

struct LinesFormat {
  std::string delimiter;
  std::optional<std::string> append(std::string& block, const WorkItem& item) const {
    (block += item.bytes) += delimiter;
    return std::nullopt;
  }
};

struct JsonlFormat {
  bool embeds;
  std::optional<std::string> append(std::string& block, const WorkItem& item) const {
    block += "{\"id\":";
    append_json_string(block, item.id);
    if (embeds && is_json(item.bytes)) {
      (block += ",\"value\":").append(json_compact(item.bytes));
    } else if (is_utf8(item.bytes)) {
      block += ",\"value\":";
      append_json_string(block, item.bytes);
    } else {
      (block += ",\"base64\":\"").append(base64_encode(item.bytes)) += '"';
    }
    block += "}\n";
    return std::nullopt;
  }
};

struct CsvFormat {
  CsvWriter writer;
  std::optional<std::string> append(std::string& block, const WorkItem& item) {
    return writer.append(block, item.bytes);
  }
};

template <typename Format>
void write_items(Port& port, SinkOutput& output, Format format) {
  struct Written {
    WorkItem item;
    std::uint64_t end;  // in the block
    std::optional<std::string> refused;
  };
  std::vector<Written> items;
  std::string block;
  WorkItem item;
  while (port.take(item)) {
    port.set_current(item);
    block.clear();
    items.clear();
    do {
      auto refused = format.append(block, item);
      items.push_back({item, block.size(), std::move(refused)});
    } while (block.size() < kBlockBytes && items.size() < kBlockItems && port.try_take(item) == Port::Take::Item);
    const std::uint64_t begin = output.written();
    output.write(block);
    port.open_batch();
    for (const Written& done : items) {
      if (done.refused)
        port.fail(done.item, make_failure(*done.refused, 0, true));
      else
        port.acknowledge(done.item, output.is_file() ? begin + done.end : 0);
    }
    port.close_batch();
  }
}

// The header of a file that a predecessor began.
CsvFormat continue_csv(const SinkOutput& output) {
  if (!output.is_file() || output.written() == 0) return {};
  const Fd file(check(::open(output.path().c_str(), O_RDONLY | O_CLOEXEC), "open", output.path()));
  std::string head(kMaxHeader, '\0');
  const ssize_t n = ::pread(file.get(), head.data(), head.size(), 0);
  head.resize(static_cast<std::size_t>(check(n, "read", output.path())));
  auto header = first_csv_row(head);
  if (!header) throw WorkTrouble(fmt::format("{}: its first row is longer than 1 MiB", output.path()), false);
  return {CsvWriter(std::move(*header))};
}

void discard(Port& port) {
  while (port.acknowledge_packet()) {
  }
}

/// Lines for a command's stdin. An item is acknowledged once the command has read it: what lies in the pipe when the
/// command dies goes to the next one.
class CommandSinkRun {
 public:
  CommandSinkRun(WorkContext& context, const CommandSink& config)
      : context_(context), config_(config), child_(context, config.argv, StayingChild::Channel::Input) {}

  void run() {
    Nanos pause = kFirstPause;
    while (take_items()) {
      const bool wants_items = !ended_ && has_room();
      child_.wait(wants_items, pending_.empty() ? -1 : pause);  // a pipe does not tell when it is read
      const bool gone = child_.is_gone();
      if (gone) child_.await_end();
      pause = acknowledge() ? kFirstPause : std::min(2 * pause, 20 * kMillisecond);
      if (!gone) continue;
      name_current();  // it is charged with this death
      end_with_child(context_, child_, "the sink's command is gone before its input was");
    }
    child_.end_input();
    const ProcessEnd end = child_.join(-1);
    if (!end.is_success()) throw WorkTrouble(fmt::format("{} {}", config_.argv.front(), describe(end)), false);
  }

 private:
  struct Pending {
    WorkItem item;
    std::uint64_t end;  // counted in bytes sent
  };

  bool has_room() const { return pending_.size() < kBlockItems && child_.unsent() < kBlockBytes; }

  bool take_items() {
    WorkItem item;
    while (!ended_ && has_room()) {
      const Port::Take got = context_.port.try_take(item);
      if (got == Port::Take::Empty) break;
      ended_ = got == Port::Take::End;
      if (ended_) break;
      child_.send(item.bytes);
      child_.send("\n");
      sent_ += item.bytes.size() + 1;
      pending_.push_back({item, sent_});
    }
    name_current();
    return !ended_ || !pending_.empty();
  }

  void name_current() {
    if (!pending_.empty() && !std::exchange(is_named_, true)) context_.port.set_current(pending_.front().item);
  }

  bool acknowledge() {
    const std::uint64_t read = child_.bytes_read();
    const std::size_t before = pending_.size();
    context_.port.open_batch();
    for (; !pending_.empty() && pending_.front().end <= read; pending_.pop_front())
      context_.port.acknowledge(pending_.front().item, 0);
    context_.port.close_batch();
    if (pending_.size() != before) is_named_ = false;
    return pending_.size() != before;
  }

  WorkContext& context_;
  const CommandSink& config_;
  StayingChild child_;
  std::deque<Pending> pending_;
  std::uint64_t sent_ = 0;
  bool is_named_ = false;
  bool ended_ = false;
};

}  // namespace

void run_sink(WorkContext& context) {
  const auto& to = std::get<SinkConfig>(context.spec.stage.work).to;
  Port& port = context.port;
  if (const auto* lines = std::get_if<LinesSink>(&to)) {
    SinkOutput output(context, lines->file);
    write_items(port, output, LinesFormat{lines->delimiter});
  } else if (const auto* jsonl = std::get_if<JsonlSink>(&to)) {
    SinkOutput output(context, jsonl->file);
    write_items(port, output, JsonlFormat{jsonl->embed_values});
  } else if (const auto* csv = std::get_if<CsvSink>(&to)) {
    SinkOutput output(context, csv->file);
    write_items(port, output, continue_csv(output));
  } else if (const auto* command = std::get_if<CommandSink>(&to)) {
    CommandSinkRun(context, *command).run();
  } else {
    discard(port);
  }
}

}  // namespace pooltop
