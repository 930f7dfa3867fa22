// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/model/states.h"

namespace pooltop {

/// The status object of `status --json`, of `--report` and of the socket, as one value: what was so at one instant.
/// Field names are those of the JSON (docs/control-protocol.md); seconds are `_s`, bytes `_bytes`.

struct ItemCounts {
  std::optional<std::uint64_t> total;  ///< source items; unknown while the source cannot say
  std::uint64_t done = 0;              ///< source items of which everything reached its end and nothing failed
  std::uint64_t failed = 0;            ///< source items of which any part failed
  std::uint64_t in_flight = 0;         ///< items handed to workers and not answered, all stages
  bool operator==(const ItemCounts&) const = default;
};

struct Latency {
  double p50_s = 0;  ///< of the last 1000 items of the stage
  double p99_s = 0;
  bool operator==(const Latency&) const = default;
};

/// Shares of worker time over the last 30 s; their sum is 1, or 0 where no worker lived.
struct TimeShare {
  double busy = 0;
  double wait = 0;     ///< waiting for input
  double blocked = 0;  ///< output not taken: downstream is full
  double paused = 0;
  double backoff = 0;
  bool operator==(const TimeShare&) const = default;
};

struct QueueStatus {
  std::uint64_t depth = 0;  ///< items that wait
  std::uint64_t capacity = 0;
  std::uint64_t bytes = 0;      ///< of the items that wait
  std::uint64_t in_flight = 0;  ///< items handed to this stage's workers and not answered
  double oldest_age_s = 0;
  std::uint64_t high_water = 0;
  bool closed = false;  ///< no producer will add to it
  bool operator==(const QueueStatus&) const = default;
};

struct StageStatus {
  std::string name;
  std::string kind;  ///< source, op, command, shell, worker, python, plugin, sink
  StageState state = StageState::Waiting;
  std::uint32_t workers = 0;
  std::uint32_t busy = 0;
  std::uint32_t paused = 0;
  std::optional<std::string> paused_at;  ///< since when the stage as a whole is paused
  std::optional<pid_t> paused_by;        ///< the client that paused it
  std::uint64_t in = 0;
  std::uint64_t out = 0;
  std::uint64_t failed = 0;
  std::uint64_t retried = 0;
  std::uint64_t retrying = 0;  ///< items that wait for their next try now
  std::uint64_t restarts = 0;
  double in_rate_per_s = 0;
  double rate_per_s = 0;
  Latency latency;
  TimeShare time_share;
  std::optional<QueueStatus> queue;  ///< none in front of a source
  std::vector<std::string> from;     ///< upstream stages; empty for a source
  bool operator==(const StageStatus&) const = default;
};

/// How a process ended: an exit status or a signal.
struct ExitStatus {
  std::optional<int> exit;
  std::optional<int> signal;
  std::string cause;  ///< why, where pooltop knows: "killed by you", "timeout", "memory limit"; may be empty
  bool operator==(const ExitStatus&) const = default;
};

struct WorkerStatus {
  pid_t pid = 0;  ///< 0 where there is no process (backoff)
  std::string stage;
  std::uint32_t slot = 0;
  WorkerState state = WorkerState::Starting;
  double state_since_s = 0;
  double backoff_s = 0;  ///< in backoff: how long it takes until the next process starts, from state_since_s on
  std::optional<pid_t> paused_by;   ///< the client that paused it; none of a paused one: a signal from elsewhere did
  std::optional<std::string> item;  ///< printable, at most 256 bytes of it; none while idle
  std::optional<std::string> item_id;
  std::uint32_t attempt = 0;
  std::uint32_t max_attempts = 0;
  double item_elapsed_s = 0;
  std::uint64_t done = 0;
  std::uint64_t failed = 0;
  std::uint64_t restarts = 0;
  double rate_per_s = 0;
  double cpu_percent = 0;       ///< of one core, with its children
  std::uint64_t rss_bytes = 0;  ///< with its children
  std::optional<pid_t> child_pid;
  std::string started_at;
  std::optional<ExitStatus> last_exit;  ///< of the process that held this slot before
  std::optional<pid_t> last_pid;        ///< that process
  bool operator==(const WorkerStatus&) const = default;
};

struct Problem {
  std::string severity;  ///< "warning" or "error"
  std::string stage;
  std::optional<pid_t> pid;
  double since_s = 0;
  std::string text;
  bool operator==(const Problem&) const = default;
};

/// What limits the run: the stage that holds the others up, in words with evidence, and what to do about it.
struct Limit {
  std::string stage;    ///< empty: the machine
  std::string text;     ///< "fetch limits: its 8 workers are 97 % busy and its queue is full; …"
  std::string advice;   ///< "+ adds a worker"; may be empty
  std::string command;  ///< of the command line, without the run's name: "scale fetch 9"; empty: none does it
  std::vector<std::string> chain;  ///< "urls is blocked by fetch (queue full)", …
  bool operator==(const Limit&) const = default;
};

struct Snapshot {
  int schema = 1;
  std::string run;
  pid_t pid = 0;  ///< the engine's
  RunState state = RunState::Starting;
  std::optional<int> exit_status;
  std::string started_at;
  std::optional<std::string> ended_at;
  double elapsed_s = 0;
  ItemCounts items;
  std::optional<double> eta_s;
  std::vector<StageStatus> stages;
  std::vector<WorkerStatus> workers;
  std::vector<Problem> problems;
  std::optional<Limit> limit;  ///< none: nothing does, or not for ten seconds yet
  std::uint64_t watching = 0;  ///< clients that have subscribed
  std::string journal;         ///< "ok", "failing" (it cannot be written now), "off" (durability "none")
  bool operator==(const Snapshot&) const = default;
};

}  // namespace pooltop
