// SPDX-License-Identifier: MIT
#include "engine/control/run_directory.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <nlohmann/json.hpp>

#include "engine/base/environment.h"
#include "engine/base/error.h"
#include "engine/base/io.h"
#include "engine/base/text.h"
#include "engine/config/identity.h"
#include "engine/control/control_error.h"
#include "engine/control/listener.h"
#include "engine/control/private_dir.h"
#include "engine/journal/journal.h"
#include "engine/journal/spool.h"

// The lock decides whether a run is going on. It is an open-file-description lock on DIR/lock: whoever inherits the
// descriptor holds it, and it is free only when the last of them is dead, however they died. Asking (F_OFD_GETLK) takes
// nothing, so `ps` never makes a start fail. The file itself is never removed while the directory is used again, only
// by remove_run, which holds the lock then; so whoever got a lock looks once more whether it is still DIR's lock.

namespace pooltop {

namespace {

constexpr std::size_t kMaxSocketPath = sizeof(sockaddr_un{}.sun_path) - 1;  // 107
constexpr std::size_t kMaxName = 64;
constexpr int kLockPollMs = 20;

std::string home() {
  std::string found = home_folder();
  if (found.empty()) throw UnsafeDirectory("no place for a run's files: neither XDG_STATE_HOME nor HOME is set");
  return found;
}

PrivatePath runs_path() {
  const std::string state = folder_from("XDG_STATE_HOME");
  if (!state.empty()) return {state, {"pooltop", "runs"}, "XDG_STATE_HOME"};
  return {home() + "/.local/state", {"pooltop", "runs"}, {}};
}

PrivatePath run_path(const std::string& name) {
  PrivatePath path = runs_path();
  path.levels.push_back(name);
  return path;
}

PrivatePath sockets_path() {
  const std::string runtime = folder_from("XDG_RUNTIME_DIR");
  if (!runtime.empty()) return {runtime, {"pooltop"}, "XDG_RUNTIME_DIR"};
  return {"/tmp", {fmt::format("pooltop-{}", ::geteuid())}, {}};
}

void check_name(const std::string& name) {
  if (is_run_name(name)) return;
  throw std::invalid_argument(
      fmt::format("run name \"{}\": a letter, then letters, digits, '.', '_', '-'; at most {} bytes",
                  printable(name, 100), kMaxName));
}

std::string fresh_socket_path(const std::string& name) {
  std::string path = fmt::format("{}/{}.sock", sockets_root(), name);
  if (path.size() <= kMaxSocketPath) return path;
  throw std::invalid_argument(
      fmt::format("socket path is {} bytes long, a socket's may have {}: {}; use a shorter --name or XDG_RUNTIME_DIR",
                  path.size(), kMaxSocketPath, printable(path)));
}

struct LockOwner {
  pid_t pid = 0;
  std::string started_at;
};

// What the lock says, as far as it can be read: it may be empty for an instant, or from a newer pooltop.
LockOwner read_owner(int lock) {
  char text[512];
  const ssize_t n = ::pread(lock, text, sizeof text, 0);
  if (n <= 0) return {};
  const auto object = nlohmann::json::parse(text, text + n, nullptr, /*allow_exceptions=*/false);
  if (!object.is_object()) return {};
  LockOwner owner;
  if (const auto pid = object.find("pid"); pid != object.end() && pid->is_number_integer()) pid->get_to(owner.pid);
  if (const auto at = object.find("started_at"); at != object.end() && at->is_string()) at->get_to(owner.started_at);
  return owner;
}

bool is_locked(int lock) {
  struct flock query {};
  query.l_type = F_WRLCK;
  query.l_whence = SEEK_SET;
  check(::fcntl(lock, F_OFD_GETLK, &query), "fcntl", "lock");
  return query.l_type != F_UNLCK;
}

bool try_lock(int lock) {
  struct flock wanted {};
  wanted.l_type = F_WRLCK;
  wanted.l_whence = SEEK_SET;
  if (::fcntl(lock, F_OFD_SETLK, &wanted) == 0) return true;
  if (errno == EAGAIN || errno == EACCES) return false;
  throw_system_error(errno, "fcntl", "lock");
}

// Still the directory's lock, and the directory still where it was?
bool is_current(int lock, const std::string& path) {
  struct stat held {};
  struct stat named {};
  check(::fstat(lock, &held), "fstat", path);
  return ::lstat((path + "/lock").c_str(), &named) == 0 && held.st_dev == named.st_dev && held.st_ino == named.st_ino;
}

std::optional<std::string> read_in(int dir, const char* file, std::size_t limit, const std::string& path) {
  const Fd fd(::openat(dir, file, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (!fd) return std::nullopt;
  return read_to_end(fd.get(), limit, path + "/" + file);
}

std::string known_socket_path(int dir, const std::string& name, const std::string& path) {
  if (const auto text = read_in(dir, "socket", 4096, path); text && !text->empty() && text->front() == '/')
    return text->substr(0, text->find('\n'));
  return fmt::format("{}/{}.sock", sockets_root(), name);
}

}  // namespace

std::string runs_root() { return runs_path().text(); }
std::string sockets_root() { return sockets_path().text(); }

bool is_run_name(std::string_view name) noexcept {
  const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  return !name.empty() && name.size() <= kMaxName && letter(name.front()) &&
         std::all_of(name.begin(), name.end(),
                     [&](char c) { return letter(c) || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-'; });
}

RunGoingOn::RunGoingOn(const std::string& name, pid_t pid, const std::string& started_at)
    : std::runtime_error(pid == 0 ? fmt::format("run {} is going on", name)
                                  : fmt::format("run {} is going on: PID {}, since {}", name, pid, started_at)),
      pid_(pid) {}

/// The steps that open_new, open_resume and remove_run share.
struct RunDirectoryOpener {
  // Takes the lock, waiting for it up to `deadline`. nullopt if the directory is missing and not to be made.
  static std::optional<RunDirectory> lock(const std::string& name, bool create, Nanos deadline) {
    check_name(name);
    for (;;) {
      RunDirectory run;
      run.name_ = name;
      run.path_ = run_path(name).text();
      run.dir_ = open_private_dir(run_path(name), create);
      if (!run.dir_) return std::nullopt;
      run.lock_ = Fd(::openat(run.dir_.get(), "lock", O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600));
      if (!run.lock_ && errno == ENOENT && create) continue;  // removed in between
      if (!run.lock_ && errno == ENOENT) return std::nullopt;
      check(run.lock_.get(), "open", run.path_ + "/lock");
      while (!try_lock(run.lock_.get())) {
        const LockOwner owner = read_owner(run.lock_.get());
        if (monotonic_now() >= deadline) throw RunGoingOn(name, owner.pid, owner.started_at);
        ::poll(nullptr, 0, kLockPollMs);  // the kernel offers no wait with a time-out
      }
      if (is_current(run.lock_.get(), run.path_)) return run;
    }
  }

  // There is a place for its socket: before anything of a run before is touched.
  static void make_room_for_socket(const std::string& name) {
    check_name(name);
    const std::string path = fresh_socket_path(name);
    (void)open_private_dir(sockets_path(), /*create=*/true);  // only that it is there, and ours
    // Of a run that is going on, or begins to just now, the lock tells more.
    if (is_held(name)) return;
    try {
      (void)check_socket_place(path);
    } catch (const ControlError&) {
      if (!is_held(name)) throw;
    }
  }

  static bool is_held(const std::string& name) {
    const auto run = look(name);
    const Fd lock(run ? ::openat(run->dir_.get(), "lock", O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC) : -1);
    return lock && is_locked(lock.get());
  }

  static void prepare(RunDirectory& run) {
    run.socket_path_ = fresh_socket_path(run.name_);
    if (::mkdirat(run.dir_.get(), "logs", 0700) < 0 && errno != EEXIST)
      throw_system_error(errno, "mkdir", run.logs_dir());
    const Fd file = run.open_file("socket", O_WRONLY | O_CREAT | O_TRUNC);
    write_all(file.get(), run.socket_path_ + "\n", run.path_ + "/socket");
    run.write_owner();
  }

  static void empty(RunDirectory& run) {
    for (const std::string& entry : names_in(run.dir_.get(), run.path_)) {
      if (entry == "lock") continue;
      remove_tree(run.dir_.get(), entry, run.path_ + "/" + entry);
      run.replaced_ = true;
    }
  }

  static bool remove(const std::string& name) {
    auto run = lock(name, /*create=*/false, 0);
    if (!run) return false;
    const std::string socket = known_socket_path(run->dir_.get(), name, run->path_);
    empty(*run);
    // Only a socket that lies where ours lie: the file that names it could have been written by anyone with our uid.
    if (socket == fmt::format("{}/{}.sock", sockets_root(), name)) ::unlink(socket.c_str());
    const Fd root = open_private_dir(runs_path(), /*create=*/false);
    remove_tree(root.get(), name, run->path_);
    return true;
  }

  static std::optional<RunDirectory> look(const std::string& name) {
    if (!is_run_name(name)) return std::nullopt;
    RunDirectory run;
    run.name_ = name;
    run.path_ = run_path(name).text();
    run.dir_ = open_private_dir(run_path(name), /*create=*/false);
    if (!run.dir_) return std::nullopt;
    run.socket_path_ = known_socket_path(run.dir_.get(), name, run.path_);
    return run;
  }
};

RunDirectory RunDirectory::open_new(const std::string& name) {
  RunDirectoryOpener::make_room_for_socket(name);
  auto run = RunDirectoryOpener::lock(name, /*create=*/true, 0);
  RunDirectoryOpener::empty(*run);
  RunDirectoryOpener::prepare(*run);
  return std::move(*run);
}

std::optional<RunDirectory> RunDirectory::open_resume(const std::string& name, Nanos deadline) {
  if (!RunDirectoryOpener::look(name)) return std::nullopt;
  RunDirectoryOpener::make_room_for_socket(name);
  auto run = RunDirectoryOpener::lock(name, /*create=*/false, deadline);
  if (run) RunDirectoryOpener::prepare(*run);
  return run;
}

std::optional<RunDirectory> RunDirectory::open_existing(const std::string& name) {
  return RunDirectoryOpener::look(name);
}

RunDirectory RunDirectory::adopt(const std::string& name, Fd lock) {
  auto run = RunDirectoryOpener::look(name);
  if (!run) throw std::invalid_argument(fmt::format("run {}: it has no directory", printable(name, 100)));
  run->lock_ = std::move(lock);
  return std::move(*run);
}

std::string RunDirectory::log_file(std::string_view stage, std::uint32_t slot) const {
  return fmt::format("{}/{}.{}.log", logs_dir(), stage, slot);
}

Fd RunDirectory::open_file(std::string_view file, int flags) const {
  const std::string name(file);
  return Fd(
      check(::openat(dir_.get(), name.c_str(), flags | O_CLOEXEC | O_NOFOLLOW, 0600), "open", path_ + "/" + name));
}

void RunDirectory::write_owner(pid_t pid) {
  const nlohmann::ordered_json owner = {{"pid", pid == 0 ? ::getpid() : pid},
                                        {"started_at", format_utc(wall_now_us())}};
  // One write of always the same length: a reader sees the old owner or the new one.
  const std::string text = fmt::format("{:<79}\n", owner.dump());
  const ssize_t n = ::pwrite(lock_.get(), text.data(), text.size(), 0);
  check(n, "write", path_ + "/lock");
}

namespace {

void read_report(const std::string& text, RunInfo& info) {
  const auto report = nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!report.is_object()) return;
  info.state = "ended";
  if (const auto state = report.find("state"); state != report.end() && state->is_string())
    info.outcome = state->get<std::string>();
  if (const auto exit = report.find("exit_status"); exit != report.end() && exit->is_number_integer())
    info.exit_status = exit->get<int>();
  if (const auto at = report.find("started_at"); at != report.end() && at->is_string()) at->get_to(info.started_at);
}

// What is left of a source that cannot be read again must have been kept to its end.
bool is_kept(const RunDirectory& run, const SourceProgress& source, const std::vector<std::string>& read_once) {
  if (source.is_finished() || std::find(read_once.begin(), read_once.end(), source.name) == read_once.end())
    return true;
  return read_spool_end(run.path(), source.name).has_value();
}

// There is something left to do, and a journal that says what. (Whether the config still fits it is told when it is
// resumed.)
bool is_resumable(const RunDirectory& run) {
  constexpr std::size_t kMaxIdentity = 64u << 20;
  try {
    const auto state = read_journal(run.journal_file()).state;
    if (!state || state->is_finished()) return false;
    const auto identity = read_file(run.path() + "/identity.json", kMaxIdentity);
    const auto read_once =
        sources_read_once(nlohmann::ordered_json::parse(identity.value_or(""), nullptr, /*allow_exceptions=*/false));
    return std::all_of(state->sources.begin(), state->sources.end(),
                       [&](const SourceProgress& source) { return is_kept(run, source, read_once); });
  } catch (const std::system_error&) {
    return false;  // most have none: a run without durability, or an old one
  } catch (const std::runtime_error&) {
    return false;  // a damaged journal or spool: `run --resume` says what is wrong with it
  }
}

}  // namespace

std::optional<RunInfo> find_run(const std::string& name) {
  constexpr std::size_t kMaxReport = 64 * 1024 * 1024;
  const auto run = RunDirectory::open_existing(name);
  if (!run) return std::nullopt;
  const Fd lock(::open((run->path() + "/lock").c_str(), O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC));
  if (!lock) return std::nullopt;
  RunInfo info;
  info.name = name;
  info.path = run->path();
  info.socket_path = run->socket_path();
  const LockOwner owner = read_owner(lock.get());
  info.pid = owner.pid;
  info.started_at = owner.started_at;
  info.going_on = is_locked(lock.get());
  info.state = info.going_on ? "going on" : "interrupted";
  if (info.going_on) return info;
  info.resumable = is_resumable(*run);
  const Fd report(::open(run->report_file().c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (!report) return info;
  if (const auto text = read_to_end(report.get(), kMaxReport, run->report_file())) read_report(*text, info);
  return info;
}

std::vector<RunInfo> list_runs(std::vector<std::string>* left_out) {
  std::vector<RunInfo> runs;
  std::vector<std::string> reasons;
  const Fd root = open_private_dir(runs_path(), /*create=*/false);
  if (!root) return runs;
  for (const std::string& name : names_in(root.get(), runs_root())) try {
      if (auto info = find_run(name)) runs.push_back(std::move(*info));
    } catch (const UnsafeDirectory& error) {
      reasons.emplace_back(error.what());  // never touched
    } catch (const std::system_error& error) {
      if (error.code() != std::errc::no_such_file_or_directory) reasons.emplace_back(error.what());
    }
  std::sort(reasons.begin(), reasons.end());
  if (left_out != nullptr) *left_out = std::move(reasons);
  std::sort(runs.begin(), runs.end(), [](const RunInfo& a, const RunInfo& b) { return a.name < b.name; });
  return runs;
}

bool remove_run(const std::string& name) { return RunDirectoryOpener::remove(name); }

}  // namespace pooltop
