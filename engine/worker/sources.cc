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
#include "engine/worker/line_reader.h"
#include "engine/worker/source_spool.h"
#include "engine/worker/work.h"

namespace pooltop {

namespace {

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

char delimiter_of(const LinesSource& source) { return source.delimiter.empty() ? '\n' : source.delimiter[0]; }

void refuse_second_reading(const WorkContext& context, const std::string& name) {
  if (context.spec.is_successor || context.spec.skip > 0)
    throw WorkTrouble(fmt::format("{} cannot be read again: what the source's first process had not handed over yet "
                                  "is lost",
                                  name),
                      false);
}

// Of a source that has no other end than that of what it reads.
void read_once(WorkContext& context, Emitter& out, LineReader& reader, int fd) {
  std::optional<SourceSpool> spool;
  if (context.spec.spool == SpoolUse::Keep) reader.keep_in(&spool.emplace(context));
  reader.read(fd, true);
  if (spool) spool->end(out.count());
}

void emit_lines(WorkContext& context, Emitter& out, const LinesSource& source) {
  const char delimiter = delimiter_of(source);
  if (source.file == "-") {
    refuse_second_reading(context, "standard input");
    if (context.stream < 0) throw WorkTrouble("there is no standard input", false);
    LineReader reader(context, out, delimiter, "standard input");
    return read_once(context, out, reader, context.stream);
  }
  const std::string path = context.resolve(source.file);
  const Fd file(check(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY), "open", path));
  struct stat info {};
  check(::fstat(file.get(), &info), "fstat", path);
  if (S_ISDIR(info.st_mode)) throw_system_error(EISDIR, "read", path);
  LineReader reader(context, out, delimiter, path);
  if (S_ISREG(info.st_mode)) {
    reader.read(file.get(), false);
    return;
  }
  refuse_second_reading(context, path);
  read_once(context, out, reader, file.get());
}

// Of a source that had come to its end, what was kept of it then.
void emit_spooled(WorkContext& context, Emitter& out, char delimiter) {
  const std::string& name = context.spec.stage.name;
  const auto end = read_spool_end(context.spec.run_dir, name);
  if (!end) throw WorkTrouble("what it had read is not there any more", false);
  context.port.set_total(end->items);
  const std::uint64_t skip = out.take_skip();
  if (skip >= end->items) return;
  const auto from = piece_of(*end, skip);
  if (!from) throw WorkTrouble(fmt::format("item {} is not there any more", skip), false);
  out.skip(skip - end->pieces[*from].first);
  LineReader reader(context, out, delimiter, "what was kept of the source");
  reader.begin_behind(end->pieces[*from].first);
  for (std::size_t i = *from; i < end->pieces.size(); ++i)
    if (!reader.read(open_spool_piece(context.spec.run_dir, name, end->pieces[i]).get(), false)) return;
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
  std::optional<SourceSpool> spool;
  if (context.spec.spool == SpoolUse::Keep) reader.keep_in(&spool.emplace(context));
  const bool was_read = reader.read(output.read.get(), true);
  output.read.reset();
  context.port.flush();
  if (!was_read) {
    // The rest is not wanted: a command that writes on gets SIGPIPE, one that does not is asked, then made to end.
    send_signal(child.pidfd, SIGTERM);
    if (!wait_end(child.pidfd, kSecond)) kill_strangers({});
    if (spool) spool->end(out.count());
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
  if (spool) spool->end(out.count());
}

}  // namespace

void run_source(WorkContext& context) {
  const auto& source = std::get<SourceConfig>(context.spec.stage.work);
  Emitter out(context);
  const auto* const lines = std::get_if<LinesSource>(&source.from);
  if (context.spec.spool == SpoolUse::Read)
    emit_spooled(context, out, lines != nullptr ? delimiter_of(*lines) : '\n');
  else if (const auto* items = std::get_if<ItemsSource>(&source.from))
    emit_items(out, *items);
  else if (lines != nullptr)
    emit_lines(context, out, *lines);
  else if (const auto* glob = std::get_if<GlobSource>(&source.from))
    emit_glob(context, out, *glob);
  else if (const auto* command = std::get_if<CommandSource>(&source.from))
    emit_command(context, out, *command);
  else
    emit_range(out, std::get<RangeSource>(source.from));
}

}  // namespace pooltop
