// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "engine/model/snapshot.h"

namespace pooltop {

/// The answer of `inspect`: a close look at one worker (docs/control-protocol.md). Every text is printable.

struct InspectedDescriptor {
  int number = -1;
  std::string kind;  ///< file, pipe, tcp, udp, unix, socket, terminal, event, unknown
  std::string name;  ///< a path, "10.0.0.1:443"
  std::string note;  ///< "connecting"; may be empty
  std::vector<pid_t> peers;
  bool operator==(const InspectedDescriptor&) const = default;
};

struct InspectedThread {
  pid_t tid = 0;
  std::string name;
  std::string state;
  std::string where;
  bool operator==(const InspectedThread&) const = default;
};

struct InspectedProcess {
  pid_t pid = 0;
  pid_t parent = 0;
  std::string name;
  std::string state;       ///< the letter of /proc
  std::string state_text;  ///< "sleeping"
  std::string where;       ///< "recv on tcp 10.0.0.1:443"; empty where nothing is known
  std::string wchan;
  std::string call;                              ///< the system call's name
  std::vector<InspectedDescriptor> descriptors;  ///< that it waits on
  std::vector<std::string> kernel_stack;         ///< innermost first; where the system lets us
  std::uint32_t threads = 0;
  std::vector<InspectedThread> other_threads;
  std::optional<double> cpu_percent;  ///< of one core, over the last `Inspection::window_s`
  double cpu_s = 0;
  double age_s = 0;
  std::uint64_t rss_bytes = 0;
  std::uint64_t voluntary_switches = 0;
  std::uint64_t involuntary_switches = 0;
  std::optional<std::uint64_t> read_bytes;
  std::optional<std::uint64_t> written_bytes;
  int nice = 0;
  std::string cwd;
  std::vector<std::string> argv;
  bool operator==(const InspectedProcess&) const = default;
};

struct InspectedAttempt {
  pid_t pid = 0;
  std::optional<int> exit;
  std::optional<int> signal;
  std::string started_at;
  double elapsed_s = 0;
  std::string error;
  std::string standard_error;  ///< "stderr" on the socket: its last 400 bytes
  bool operator==(const InspectedAttempt&) const = default;
};

struct InspectedItem {
  std::string id;
  std::string item;  ///< at most 256 bytes of it
  std::uint64_t bytes = 0;
  std::string source;   ///< the stage that gave it, or what it was made of
  double queued_s = 0;  ///< since it, or the oldest that came with it, entered this stage's queue
  double elapsed_s = 0;
  std::uint32_t attempt = 1;
  std::uint32_t max_attempts = 1;
  std::vector<InspectedAttempt> attempts;  ///< those before this one
  bool operator==(const InspectedItem&) const = default;
};

struct Inspection {
  WorkerStatus worker;  ///< its row, as in the status object
  std::string verdict;  ///< one word: runs, works, network, input …
  std::string text;     ///< one sentence
  pid_t verdict_pid = 0;
  double alive_s = 0;
  std::uint64_t process_number = 1;  ///< 1: the first one of its slot
  std::uint64_t done_by_process = 0;
  TimeShare time_share;  ///< since the process began
  Latency latency;       ///< of its items, since the process began
  double largest_s = 0;
  Latency stage_latency;   ///< of its stage's last 1000 items
  double cpu_percent = 0;  ///< of the tree
  double window_s = 0;     ///< that the percents are of; 0: there was no earlier look
  double still_s = 0;      ///< for how long the tree has used no processor time
  std::optional<InspectedItem> item;
  std::vector<InspectedProcess> processes;  ///< parents before their children, the worker first
  std::uint64_t processes_left_out = 0;
  bool operator==(const Inspection&) const = default;
};

[[nodiscard]] nlohmann::ordered_json to_json(const Inspection& inspection);
/// Members that are missing keep their defaults, unknown ones are passed over. Throws nlohmann::json::exception for
/// what has another type.
[[nodiscard]] Inspection inspection_from_json(const nlohmann::json& object);

/// What happened between two looks at the same worker: "in 1.0 s: 0 switches, 0 bytes read, 0 written"; empty if they
/// are not of the same process.
[[nodiscard]] std::string progress_text(const Inspection& before, const Inspection& now);

}  // namespace pooltop
