// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/clock.h"
#include "engine/base/fd.h"

namespace pooltop {

/// $XDG_STATE_HOME/pooltop/runs, where XDG_STATE_HOME is unset or relative ~/.local/state/pooltop/runs.
[[nodiscard]] std::string runs_root();
/// $XDG_RUNTIME_DIR/pooltop, or /tmp/pooltop-UID where that is unset or relative.
[[nodiscard]] std::string sockets_root();
/// A letter, then letters, digits, '.', '_', '-'; at most 64 bytes. Such a name cannot leave its directory.
[[nodiscard]] bool is_run_name(std::string_view name) noexcept;

/// A run of this name is going on: the message says its PID and since when.
class RunGoingOn : public std::runtime_error {
 public:
  RunGoingOn(const std::string& name, pid_t pid, const std::string& started_at);
  [[nodiscard]] pid_t pid() const noexcept { return pid_; }

 private:
  pid_t pid_;
};

/// A directory of ours is not safe to use: a link, another user's, open to others. The message says which, what was
/// found and what to do.
class UnsafeDirectory : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// The files of one run. Everything in it is 0600, made and opened relative to the directory, never through a link.
class RunDirectory {
 public:
  /// For a run that starts: makes the directory (0700), takes its lock, removes what an ended or interrupted run of
  /// that name left. Throws RunGoingOn, UnsafeDirectory, std::invalid_argument (the name, or a socket path longer than
  /// 107 bytes), std::system_error.
  [[nodiscard]] static RunDirectory open_new(const std::string& name);
  /// For a run that goes on from its journal: takes the lock (waiting for it up to `deadline`, since the last of the
  /// run before may still be dying), removes nothing. Throws as open_new; nullopt if there is no such directory.
  [[nodiscard]] static std::optional<RunDirectory> open_resume(const std::string& name, Nanos deadline);
  /// To look at a run, going on or not; holds no lock. nullopt if there is none.
  [[nodiscard]] static std::optional<RunDirectory> open_existing(const std::string& name);
  /// In a process that inherited the lock's descriptor (and exec'ed).
  [[nodiscard]] static RunDirectory adopt(const std::string& name, Fd lock);

  [[nodiscard]] const std::string& name() const noexcept { return name_; }
  [[nodiscard]] const std::string& path() const noexcept { return path_; }
  /// True if open_new removed files of a run before.
  [[nodiscard]] bool replaced() const noexcept { return replaced_; }

  /// Absolute paths; the files need not exist.
  [[nodiscard]] std::string socket_path() const { return socket_path_; }
  [[nodiscard]] std::string logs_dir() const { return path_ + "/logs"; }
  [[nodiscard]] std::string log_file(std::string_view stage, std::uint32_t slot) const;
  [[nodiscard]] std::string failed_file() const { return path_ + "/failed.jsonl"; }
  [[nodiscard]] std::string results_file() const { return path_ + "/results"; }
  [[nodiscard]] std::string report_file() const { return path_ + "/report.json"; }
  [[nodiscard]] std::string samples_file() const { return path_ + "/samples"; }
  [[nodiscard]] std::string engine_log() const { return path_ + "/engine.log"; }
  [[nodiscard]] std::string events_file() const { return path_ + "/events.jsonl"; }
  [[nodiscard]] std::string config_file() const { return path_ + "/config.json"; }
  [[nodiscard]] std::string journal_file() const { return path_ + "/journal"; }

  /// Opens a file in it with openat(2) `flags` (close-on-exec and O_NOFOLLOW are added; mode 0600). Throws
  /// std::system_error "open PATH: …".
  [[nodiscard]] Fd open_file(std::string_view file, int flags) const;

  /// The lock: one open file description that the engine and its workers inherit, close-on-exec; the run is going on
  /// while anyone holds it. -1 where none is held.
  [[nodiscard]] int lock_fd() const noexcept { return lock_.get(); }
  /// Says in the lock whose run it is: PID (0: the caller) and now as started_at. open_new has written the caller's.
  void write_owner(pid_t pid = 0);

 private:
  friend struct RunDirectoryOpener;
  RunDirectory() = default;

  std::string name_;
  std::string path_;
  std::string socket_path_;
  Fd dir_;
  Fd lock_;
  bool replaced_ = false;
};

/// One run that is going on, or what an ended one left.
struct RunInfo {
  std::string name;
  std::string path;
  std::string socket_path;
  bool going_on = false;
  pid_t pid = 0;                       ///< the engine's; of the last engine where it ended
  std::string started_at;              ///< "2026-01-31T12:00:00Z"; empty if not known
  std::string state;                   ///< "going on", "ended" (it left a report), "interrupted" (it did not)
  std::optional<std::string> outcome;  ///< the report's "state": done, failed, stopped
  std::optional<int> exit_status;      ///< the report's
  bool resumable = false;
};

/// Every run of this user, by name. What is not a run's is left out; `left_out` is told of directories that have a
/// run's name and are not safe or cannot be read, and why.
[[nodiscard]] std::vector<RunInfo> list_runs(std::vector<std::string>* left_out = nullptr);
[[nodiscard]] std::optional<RunInfo> find_run(const std::string& name);

/// Removes all that an ended run left, its socket too. False if there was none; throws RunGoingOn, UnsafeDirectory,
/// std::system_error.
bool remove_run(const std::string& name);

}  // namespace pooltop
