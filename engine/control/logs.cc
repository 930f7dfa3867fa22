// SPDX-License-Identifier: MIT
#include "engine/control/logs.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <tuple>

#include "engine/base/clock.h"
#include "engine/base/error.h"
#include "engine/base/fd.h"
#include "engine/base/text.h"
#include "engine/control/private_dir.h"

// A cursor says how far the answer before it had read: "LAST_TIME;SETTLED:NEWEST;STAGE.SLOT:INODE:OFFSET,…". A file is
// known by its inode, so a rotation in between (LOG becomes LOG.1, a new LOG begins) loses and repeats nothing. With
// thousands of workers the list would outgrow a request: only the files written last are listed, the others go by
// LAST_TIME.
//
// Most workers write seldom or never, and to open a file costs several times what a look at it costs. So each is looked
// at first, and opened only where that does not say that nothing was added. Of a file that is not listed that is said
// by its time of change: NEWEST is the latest one that an answer saw, SETTLED that of the answer before it. What was
// added after that answer had looked is not older than SETTLED, by the same clock.

namespace pooltop {

using nlohmann::json;
using nlohmann::ordered_json;

namespace {

constexpr std::size_t kLeastChunk = 4096;
constexpr std::size_t kCursorFiles = 500;
constexpr std::string_view kCurrent = ".log";
constexpr std::string_view kRotated = ".log.1";
constexpr std::array<std::string_view, 3> kKinds = {"out", "err", "note"};

// The text before the first `separator`, which is taken off `rest` with it; all of `rest` if there is none.
std::string_view take_until(std::string_view& rest, char separator) {
  const std::size_t end = rest.find(separator);
  const std::string_view head = rest.substr(0, end);
  rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  return head;
}

struct Position {
  std::uint64_t inode = 0;
  std::uint64_t offset = 0;
};

struct Cursor {
  std::string last_time;  // of what was read; empty: nothing yet
  Nanos settled = 0;
  Nanos newest = 0;
  std::map<std::string, Position> reached;  // by "STAGE.SLOT"
};

std::string format_cursor(const Cursor& cursor) {
  std::string out = fmt::format("{};{}:{};", cursor.last_time, cursor.settled, cursor.newest);
  for (const auto& [slot, at] : cursor.reached) out += fmt::format("{}:{}:{},", slot, at.inode, at.offset);
  return out;
}

Cursor parse_cursor(std::string_view text) {
  const std::invalid_argument wrong("cursor: not one of an answer of tail");
  Cursor cursor;
  cursor.last_time = take_until(text, ';');
  std::string_view times = take_until(text, ';');
  if (!read_number(take_until(times, ':'), cursor.settled) || !read_number(times, cursor.newest)) throw wrong;
  while (!text.empty()) {
    std::string_view entry = take_until(text, ',');
    const std::string slot(take_until(entry, ':'));
    Position& at = cursor.reached[slot];
    if (!read_number(take_until(entry, ':'), at.inode) || !read_number(entry, at.offset)) throw wrong;
  }
  return cursor;
}

struct OpenLog {
  Fd fd;
  struct stat info {};
};

// The logs of one slot: the file that is written (STAGE.SLOT.log) and the one it was rotated to (.log.1).
struct SlotLog {
  std::string key;  // "STAGE.SLOT"
  std::string stage;
  std::uint32_t slot = 0;
  // Of the file that is written, when it was looked at.
  std::uint64_t inode = 0;  // 0: there was none
  std::uint64_t size = 0;
  Nanos written = 0;
};

std::optional<SlotLog> slot_log_named(const std::string& name) {
  SlotLog log;
  if (name.ends_with(kRotated))
    log.key = name.substr(0, name.size() - kRotated.size());
  else if (name.ends_with(kCurrent))
    log.key = name.substr(0, name.size() - kCurrent.size());
  else
    return std::nullopt;
  const std::size_t dot = log.key.rfind('.');
  if (dot == std::string::npos || dot == 0 || !read_number(std::string_view(log.key).substr(dot + 1), log.slot))
    return std::nullopt;
  log.stage = log.key.substr(0, dot);
  return log;
}

bool is_name(int dir, const std::string& name) {
  struct stat info {};
  return ::fstatat(dir, name.c_str(), &info, AT_SYMLINK_NOFOLLOW) == 0;
}

OpenLog open_log(int dir, const std::string& name) {
  OpenLog log;
  log.fd = Fd(::openat(dir, name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (!log.fd && (errno == ENOENT || errno == ELOOP)) return log;
  check(log.fd.get(), "open", name);
  check(::fstat(log.fd.get(), &log.info), "fstat", name);
  if (!S_ISREG(log.info.st_mode)) log.fd.reset();
  return log;
}

struct LogPair {
  OpenLog current;
  OpenLog rotated;
};

// Opened until both belong together: a rotation between the two opens would show one file as both, or hide one.
LogPair open_pair(int dir, const std::string& key) {
  LogPair pair;
  for (int tries = 0; tries < 3; ++tries) {
    pair.current = open_log(dir, key + ".log");
    pair.rotated = open_log(dir, key + ".log.1");
    struct stat again {};
    const bool same = pair.current.fd && ::fstatat(dir, (key + ".log").c_str(), &again, AT_SYMLINK_NOFOLLOW) == 0 &&
                      again.st_ino == pair.current.info.st_ino;
    if (same && !(pair.rotated.fd && pair.rotated.info.st_ino == pair.current.info.st_ino)) break;
  }
  return pair;
}

class Reader {
 public:
  Reader(const LogQuery& query, Cursor cursor) : query_(query), cursor_(std::move(cursor)) {}

  void read(int dir, std::vector<SlotLog> logs);
  LogAnswer answer();

 private:
  void read_slot(int dir, const SlotLog& log, std::size_t budget);
  Position read_files(int dir, const SlotLog& log, Position from, bool by_time, std::size_t budget);
  // From `offset` on (or the last `budget` bytes), whole lines only; where the next answer goes on.
  Position read_file(const SlotLog& log, const OpenLog& file, std::uint64_t offset, bool by_time, std::size_t budget);
  void add_lines(const SlotLog& log, std::string_view text, bool by_time);

  const LogQuery& query_;
  Cursor cursor_;  // where the answer before ended
  Cursor reached_;
  std::vector<LogLine> lines_;
  bool skipped_ = false;
};

void Reader::read(int dir, std::vector<SlotLog> logs) {
  // The files written last come first: they are the ones that a cursor should list.
  std::ranges::sort(logs, std::greater(), &SlotLog::written);
  reached_.settled = cursor_.newest;
  reached_.newest = std::max(cursor_.newest, logs.empty() ? 0 : logs.front().written);
  const std::size_t budget = std::max(query_.read_bytes / std::max<std::size_t>(logs.size(), 1), kLeastChunk);
  for (const SlotLog& log : logs) read_slot(dir, log, budget);
}

void Reader::read_slot(int dir, const SlotLog& log, std::size_t budget) {
  const auto known = cursor_.reached.find(log.key);
  const bool listed = known != cursor_.reached.end();
  const Position from = listed ? known->second : Position{};
  const bool has_room = reached_.reached.size() < kCursorFiles;
  // A file that a list with room left out is a new one.
  const bool by_time = !listed && cursor_.reached.size() >= kCursorFiles;
  const bool is_there = log.inode != 0;
  if (is_there && by_time && !has_room && log.written < cursor_.settled) return;
  const bool is_read = is_there && from.inode == log.inode && from.offset == log.size;
  // In this order: with no other file by now, the empty one that was looked at is this slot's first.
  const bool is_empty = is_there && !listed && log.size == 0 && !is_name(dir, log.key + ".log.1");
  const Position to = is_read || is_empty ? Position{log.inode, log.size} : read_files(dir, log, from, by_time, budget);
  if (to.inode != 0 && has_room) reached_.reached[log.key] = to;
}

Position Reader::read_files(int dir, const SlotLog& log, Position from, bool by_time, std::size_t budget) {
  const LogPair pair = open_pair(dir, log.key);
  Position to;
  for (const OpenLog* file : {&pair.rotated, &pair.current}) {
    if (!file->fd || (file == &pair.rotated && pair.current.fd && from.inode == pair.current.info.st_ino)) continue;
    to = read_file(log, *file, from.inode == file->info.st_ino ? from.offset : 0, by_time, budget);
  }
  return to;
}

Position Reader::read_file(const SlotLog& log, const OpenLog& file, std::uint64_t offset, bool by_time,
                           std::size_t budget) {
  const auto size = static_cast<std::uint64_t>(file.info.st_size);
  if (offset > size) offset = 0;  // another file that got the same inode
  if (offset == size) return {file.info.st_ino, offset};
  std::uint64_t from = offset;
  if (size - from > budget) {
    // One byte more, so that a line which begins right there is seen to be whole.
    from = size - budget - 1;
    skipped_ = true;
  }
  std::string text(size - from, '\0');
  const ssize_t n = ::pread(file.fd.get(), text.data(), text.size(), static_cast<off_t>(from));
  text.resize(static_cast<std::size_t>(check(n, "read", log.key)));
  const std::size_t begin = from == offset ? 0 : text.find('\n') + 1;  // npos + 1 is 0: one line longer than all
  const std::size_t end = text.rfind('\n') + 1;
  if (end > begin) add_lines(log, std::string_view(text).substr(begin, end - begin), by_time);
  return {file.info.st_ino, end == 0 ? offset : from + end};
}

void Reader::add_lines(const SlotLog& log, std::string_view text, bool by_time) {
  while (!text.empty()) {
    auto line = parse_log_line(take_until(text, '\n'));
    if (!line) continue;  // written by a hand, or damaged: not ours to guess
    reached_.last_time = std::max(reached_.last_time, line->time);
    if (query_.pid != 0 && !query_.slot && line->pid != query_.pid) continue;
    if (line->time < query_.since) continue;
    if (by_time && line->time <= cursor_.last_time) continue;
    line->stage = log.stage;
    line->slot = log.slot;
    lines_.push_back(std::move(*line));
  }
}

// Of one slot's lines, in the order they were written, those of worker `pid` and of the last child that wrote for it.
// A note is always a worker's own: those of others bound what this one's children can have written.
void keep_worker(std::vector<LogLine>& lines, pid_t pid) {
  auto begin = lines.begin();
  auto end = lines.end();
  bool seen = false;
  for (auto line = lines.begin(); line != lines.end(); ++line) {
    seen = seen || line->pid == pid;
    if (line->kind != LogKind::Note || line->pid == pid) continue;
    if (seen) {
      end = line;
      break;
    }
    begin = line + 1;
  }
  lines.erase(end, lines.end());
  lines.erase(lines.begin(), begin);
  // What stands behind its own last line may be of a worker after it that has noted nothing yet.
  auto from = std::find_if(lines.rbegin(), lines.rend(), [&](const LogLine& line) { return line.pid == pid; });
  if (from == lines.rend()) from = lines.rbegin();
  const auto child = std::find_if(from, lines.rend(), [&](const LogLine& line) { return line.pid != pid; });
  const pid_t last = child == lines.rend() ? pid : child->pid;
  std::erase_if(lines, [&](const LogLine& line) { return line.pid != pid && line.pid != last; });
}

LogAnswer Reader::answer() {
  LogAnswer out;
  if (query_.slot && query_.pid != 0) keep_worker(lines_, query_.pid);
  std::stable_sort(lines_.begin(), lines_.end(), [](const LogLine& a, const LogLine& b) {
    return std::tie(a.time, a.stage, a.slot) < std::tie(b.time, b.stage, b.slot);
  });
  std::size_t first = lines_.size();
  std::size_t bytes = 0;
  while (first > 0 && lines_.size() - first < query_.lines && bytes + lines_[first - 1].text.size() <= query_.bytes)
    bytes += lines_[--first].text.size();
  out.skipped = skipped_ || first > 0;
  out.lines.assign(std::make_move_iterator(lines_.begin() + static_cast<std::ptrdiff_t>(first)),
                   std::make_move_iterator(lines_.end()));
  reached_.last_time = std::max(reached_.last_time, cursor_.last_time);
  out.cursor = format_cursor(reached_);
  return out;
}

void look_at(int dir, SlotLog& log) {
  struct stat info {};
  if (::fstatat(dir, (log.key + ".log").c_str(), &info, AT_SYMLINK_NOFOLLOW) != 0) return;
  log.inode = info.st_ino;
  log.size = static_cast<std::uint64_t>(info.st_size);
  log.written = info.st_mtim.tv_sec * kSecond + info.st_mtim.tv_nsec;
}

std::vector<SlotLog> find_logs(int dir, const std::string& dir_path, const LogQuery& query) {
  std::vector<SlotLog> logs;
  for (const std::string& name : names_in(dir, dir_path)) {
    auto log = slot_log_named(name);
    if (!log || (!query.stage.empty() && log->stage != query.stage)) continue;
    if (query.slot && log->slot != *query.slot) continue;
    logs.push_back(std::move(*log));
  }
  // One entry for both files.
  std::ranges::sort(logs, {}, &SlotLog::key);
  const auto is_same = [](const SlotLog& a, const SlotLog& b) { return a.key == b.key; };
  logs.erase(std::unique(logs.begin(), logs.end(), is_same), logs.end());
  for (SlotLog& log : logs) look_at(dir, log);
  return logs;
}

}  // namespace

std::optional<LogLine> parse_log_line(std::string_view line) {
  constexpr std::size_t kTimeLength = std::string_view("2026-01-31T12:00:43.655Z").size();
  LogLine out;
  out.time = take_until(line, ' ');
  if (out.time.size() != kTimeLength || out.time.back() != 'Z') return std::nullopt;
  if (!read_number(take_until(line, ' '), out.pid)) return std::nullopt;
  const auto kind = std::find(kKinds.begin(), kKinds.end(), take_until(line, ' '));
  if (kind == kKinds.end()) return std::nullopt;
  out.kind = static_cast<LogKind>(kind - kKinds.begin());
  out.text = line;
  return out;
}

std::string format_log_line(const LogLine& line) {
  std::string out = fmt::format("{} {} {} ", line.time, line.pid, kKinds[static_cast<std::size_t>(line.kind)]);
  for (const char c : line.text) {
    if (c == '\n')
      out += "\\n";
    else
      out += c;
  }
  return out + "\n";
}

LogAnswer read_logs(const std::string& logs_dir, const LogQuery& query) {
  Reader reader(query, query.cursor.empty() ? Cursor{} : parse_cursor(query.cursor));
  const Fd dir(::open(logs_dir.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!dir && errno != ENOENT) throw_system_error(errno, "open", logs_dir);
  if (dir) reader.read(dir.get(), find_logs(dir.get(), logs_dir, query));
  return reader.answer();
}

ordered_json to_json(const LogAnswer& answer) {
  ordered_json lines = ordered_json::array();
  for (const LogLine& line : answer.lines)
    lines.push_back({{"time", line.time},
                     {"pid", line.pid},
                     {"stage", line.stage},
                     {"slot", line.slot},
                     {"kind", kKinds[static_cast<std::size_t>(line.kind)]},
                     {"text", line.text}});
  return {{"lines", std::move(lines)}, {"cursor", answer.cursor}, {"skipped", answer.skipped}};
}

LogAnswer log_answer_from_json(const json& object) {
  LogAnswer out;
  for (const json& entry : object.at("lines")) {
    LogLine& line = out.lines.emplace_back();
    line.time = entry.value("time", "");
    line.pid = entry.value("pid", 0);
    line.stage = entry.value("stage", "");
    line.slot = entry.value("slot", 0u);
    const auto kind = std::find(kKinds.begin(), kKinds.end(), entry.value("kind", "note"));
    line.kind = kind == kKinds.end() ? LogKind::Note : static_cast<LogKind>(kind - kKinds.begin());
    line.text = entry.value("text", "");
  }
  out.cursor = object.value("cursor", "");
  out.skipped = object.value("skipped", false);
  return out;
}

}  // namespace pooltop
