// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pooltop {

/// The longest request, newline included.
inline constexpr std::size_t kMaxRequestBytes = 64 * 1024;
inline constexpr int kProtocolVersion = 1;

/// One thing a command acts on: a stage by name, or a process by PID (a worker's or its child's).
struct Target {
  std::optional<std::string> stage;
  pid_t pid = 0;           ///< 0 where `stage` is given
  std::string started_at;  ///< of that process; empty where the client did not say: then the PID alone decides
};

/// The request in one line (newline taken off). Throws ControlError bad_request for what is no JSON object, is nested
/// deeper than 8.
[[nodiscard]] nlohmann::json parse_request(std::string_view line);

/// Throws ControlError bad_request, naming the place and what is accepted, unless the command is one of the protocol's
/// and its keys, their types and their ranges are those of docs/control-protocol.md. "logs" is renamed to "tail".
void check_request(nlohmann::json& request);

/// True if the command changes anything of the run: those a read-only client may not send.
[[nodiscard]] bool is_acting(const nlohmann::json& request);

/// "targets" or "pids" of a checked request; empty where they were left out. A "started_at" beside a single PID
/// is that PID's.
[[nodiscard]] std::vector<Target> targets_of(const nlohmann::json& request);

/// The signals that `kill` may send, by name with or without "SIG": KILL, TERM, INT, HUP, QUIT, ABRT, USR1, USR2.
[[nodiscard]] std::optional<int> signal_named(std::string_view word) noexcept;
[[nodiscard]] const std::vector<std::string_view>& signal_names();
/// The "signal" of a checked kill request; SIGKILL where it has none.
[[nodiscard]] int signal_of(const nlohmann::json& request);

}  // namespace pooltop
