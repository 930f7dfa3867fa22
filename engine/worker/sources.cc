// SPDX-License-Identifier: MIT
#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <optional>
#include <string>
#include <utility>

#include "engine/base/error.h"
#include "engine/base/io.h"
#include "engine/base/text.h"
#include "engine/process/process_tree.h"
#include "engine/worker/glob.h"
#include "engine/worker/work.h"

namespace pooltop {

namespace {

constexpr std::size_t kReadBytes = 256 << 10;

/// Emits items, up to the sentinel. (A source that is to end early is killed: what it has given counts, no more.)
class Emitter {
 public:
  explicit Emitter(WorkContext& context)
      : port_(context.port),
        sentinel_(std::get<SourceConfig>(context.spec.stage.work).sentinel),
        skip_(context.spec.skip) {}

  /// How many items a source that can leave them out by itself shall leave out; emit() then does not.
  std::uint64_t take_skip() { return std::exchange(skip_, 0); }

  /// False: that was the end, emit no more.
  bool emit(std::string_view item) {
    if (sentinel_ && item == *sentinel_) return false;
    if (skip_ > 0)
      --skip_;
    else
      port_.emit(item);
    return true;
  }

 private:
  Port& port_;
  const std::optional<std::string>& sentinel_;
  std::uint64_t skip_;
};

void emit_items(Emitter& out, const ItemsSource& source) {
  for (const std::string& item : source.items)
    if (!out.emit(item)) return;
}

void emit_range(Emitter& out, const RangeSource& range) {
  const bool up = range.step > 0;
  // __int128, because skip times step may leave 64 bits.
  const __int128 from = __int128{range.start} + static_cast<__int128>(out.take_skip()) * range.step;
  if (up ? from >= range.stop : from <= range.stop) return;
  auto n = static_cast<std::int64_t>(from);
  std::array<char, 24> digits;
  while (up ? n < range.stop : n > range.stop) {
    const char* const end = std::to_chars(digits.data(), digits.data() + digits.size(), n).ptr;
    if (!out.emit({digits.data(), static_cast<std::size_t>(end - digits.data())})) return;
    if (__builtin_add_overflow(n, range.step, &n)) return;
  }
}

void emit_glob(WorkContext& context, Emitter& out, const GlobSource& source) {
  const auto note = [&](const std::string& text) { context.log.note(printable(text)); };
  const auto files = glob_files(source.patterns, context.spec.start_dir, note);
  if (files.empty()) context.log.note("no file matches");
  context.port.set_total(files.size());
  for (const std::string& file : files)
    if (!out.emit(file)) return;
}

/// Cuts what a descriptor gives into lines and emits them.
class LineReader {
 public:
  LineReader(WorkContext& context, Emitter& out, char delimiter, std::string name)
      : context_(context), out_(out), delimiter_(delimiter), name_(std::move(name)) {}

  /// What comes from `fd` (process `pid`'s stderr) meanwhile goes to the log.
  void log_beside(int fd, pid_t pid) { beside_ = fd, beside_pid_ = pid; }
  /// Takes what is there, waiting for it.
  void read_beside();
  /// -1 once it has ended.
  [[nodiscard]] int beside() const { return beside_; }

  /// Reads up to the end; false when the sentinel came before it.
  bool read(int fd, bool may_wait) {
    std::string buffer;
    std::size_t begin = 0;    // of the line that is not finished
    std::size_t scanned = 0;  // no delimiter before this
    for (;;) {
      buffer.erase(0, begin);
      scanned -= begin;
      begin = 0;
      const std::size_t had = buffer.size();
      if (may_wait) wait_for(fd);
      buffer.resize(had + kReadBytes);
      const ssize_t n = ::read(fd, buffer.data() + had, kReadBytes);
      buffer.resize(had + static_cast<std::size_t>(std::max<ssize_t>(n, 0)));
      if (n < 0 && (errno == EINTR || errno == EAGAIN)) continue;
      check(n, "read", name_);
      for (std::size_t end; (end = buffer.find(delimiter_, scanned)) != std::string::npos; begin = scanned = end + 1)
        if (!emit(std::string_view(buffer).substr(begin, end - begin))) return false;
      scanned = buffer.size();
      check_length(scanned - begin);
      if (n == 0) return begin == scanned || emit(std::string_view(buffer).substr(begin));
    }
  }

 private:
  bool emit(std::string_view line) {
    check_length(line.size());
    ++number_;
    return out_.emit(line);
  }

  void check_length(std::size_t bytes) const {
    const std::uint64_t max = context_.spec.max_item_bytes;
    if (bytes > max)
      throw WorkTrouble(fmt::format("{}: line {} is longer than {} bytes (max_item_bytes)", name_, number_ + 1, max),
                        false);
  }

  void wait_for(int fd);

  WorkContext& context_;
  Emitter& out_;
  char delimiter_;
  std::string name_;
  std::uint64_t number_ = 0;  // of the last line emitted
  int beside_ = -1;
  pid_t beside_pid_ = 0;
};

// Lines already read must not wait with us.
void LineReader::wait_for(int fd) {
  std::array<pollfd, 2> fds = {pollfd{fd, POLLIN, 0}, pollfd{beside_, POLLIN, 0}};
  if (::poll(fds.data(), 1, 0) > 0) return;
  context_.port.flush();
  for (;;) {
    const int n = ::poll(fds.data(), fds.size(), -1);
    if (n < 0 && errno != EINTR) check(n, "poll", name_);
    if (n > 0 && fds[1].revents != 0) {
      read_beside();
      fds[1].fd = beside_;
    }
    if (n > 0 && fds[0].revents != 0) return;
  }
}

void LineReader::read_beside() {
  std::array<char, 16384> buffer;
  const ssize_t n = ::read(beside_, buffer.data(), buffer.size());
  if (n > 0)
    context_.log.add(LogStream::Err, beside_pid_, {buffer.data(), static_cast<std::size_t>(n)});
  else if (n == 0 || errno != EINTR)
    beside_ = -1;
}

void refuse_second_reading(const WorkContext& context, const std::string& name) {
  if (context.spec.is_successor || context.spec.skip > 0)
    throw WorkTrouble(fmt::format("{} cannot be read again: what the source's first process had not handed over yet "
                                  "is lost",
                                  name),
                      false);
}

void emit_lines(WorkContext& context, Emitter& out, const LinesSource& source) {
  const char delimiter = source.delimiter.empty() ? '\n' : source.delimiter[0];
  if (source.file == "-") {
    refuse_second_reading(context, "standard input");
    if (context.stream < 0) throw WorkTrouble("there is no standard input", false);
    LineReader(context, out, delimiter, "standard input").read(context.stream, true);
    return;
  }
  const std::string path = context.resolve(source.file);
  const Fd file(check(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY), "open", path));
  struct stat info {};
  check(::fstat(file.get(), &info), "fstat", path);
  if (S_ISDIR(info.st_mode)) throw_system_error(EISDIR, "read", path);
  const bool is_file = S_ISREG(info.st_mode);
  if (!is_file) refuse_second_reading(context, path);
  LineReader(context, out, delimiter, path).read(file.get(), !is_file);
}

void emit_command(WorkContext& context, Emitter& out, const CommandSource& source) {
  const std::string name = fmt::format("the output of {}", source.argv.front());
  refuse_second_reading(context, name);
  PipeEnds output = make_pipe();
  PipeEnds errors = make_pipe();
  Child child = start_child({.argv = context.program(source.argv),
                             .env = context.env,
                             .cwd = {},
                             .stdin_fd = -1,
                             .stdout_fd = output.write.get(),
                             .stderr_fd = errors.write.get()});
  output.write.reset();
  errors.write.reset();
  context.port.set_child(child.pid);
  LineReader reader(context, out, '\n', name);
  reader.log_beside(errors.read.get(), child.pid);
  const bool was_read = reader.read(output.read.get(), true);
  output.read.reset();
  context.port.flush();
  if (!was_read) {
    // The rest is not wanted: a command that writes on gets SIGPIPE, one that does not is asked, then made to end.
    send_signal(child.pidfd, SIGTERM);
    if (!wait_end(child.pidfd, kSecond)) kill_strangers({});
    return;
  }
  std::optional<ProcessEnd> end;
  while (!end) {
    std::array<pollfd, 2> fds = {pollfd{child.pidfd.get(), POLLIN, 0}, pollfd{reader.beside(), POLLIN, 0}};
    if (::poll(fds.data(), fds.size(), -1) > 0 && fds[1].revents != 0)
      reader.read_beside();
    else
      end = try_wait_end(child.pidfd);
  }
  context.port.set_child(0);
  kill_strangers({});
  if (!end->is_success()) throw WorkTrouble(fmt::format("{} {}", source.argv.front(), describe(*end)), false);
}

}  // namespace

void run_source(WorkContext& context) {
  const auto& source = std::get<SourceConfig>(context.spec.stage.work);
  Emitter out(context);
  if (const auto* items = std::get_if<ItemsSource>(&source.from))
    emit_items(out, *items);
  else if (const auto* lines = std::get_if<LinesSource>(&source.from))
    emit_lines(context, out, *lines);
  else if (const auto* glob = std::get_if<GlobSource>(&source.from))
    emit_glob(context, out, *glob);
  else if (const auto* command = std::get_if<CommandSource>(&source.from))
    emit_command(context, out, *command);
  else
    emit_range(out, std::get<RangeSource>(source.from));
}

}  // namespace pooltop
