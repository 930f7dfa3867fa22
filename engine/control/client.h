// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <deque>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/base/clock.h"
#include "engine/base/fd.h"
#include "engine/control/control_error.h"
#include "engine/model/snapshot.h"

namespace pooltop {

/// The longest answer a client takes.
inline constexpr std::size_t kMaxAnswerBytes = 64 * 1024 * 1024;

struct Greeting {
  std::string version;  ///< of the engine
  int protocol = 0;
  std::string run;
  pid_t pid = 0;  ///< the engine's
};

/// One connection to an engine. Not thread-safe. Every call throws ControlError: disconnected once the engine went
/// away (or an answer was no JSON), too_large for a request above 64 KiB or an answer above 64 MiB.
class Client {
 public:
  /// Connects and reads the greeting. Throws ControlError: disconnected (nobody listens: the run is not going on),
  /// not_allowed (the listener is another user's), too_many_clients, timed_out; std::system_error otherwise.
  [[nodiscard]] static Client connect(const std::string& socket_path, Nanos deadline);
  /// With two seconds to connect.
  [[nodiscard]] static Client connect(const std::string& socket_path);

  [[nodiscard]] const Greeting& greeting() const noexcept { return greeting_; }
  /// To poll for reading (and for writing while wants_write()); then call next() until it gives nothing.
  [[nodiscard]] int fd() const noexcept { return socket_.get(); }
  [[nodiscard]] bool wants_write() const noexcept { return !unsent_.empty(); }

  /// Sends one request without waiting for anything. An "id" is added where there is none; returns it (0 if the
  /// caller's own id is no number).
  std::uint64_t send(const nlohmann::ordered_json& request);

  /// The next message (answer or event) if one is here. Never waits; sends on what could not be sent before.
  [[nodiscard]] std::optional<nlohmann::json> next();
  /// The same, but the rows of a whole status go to the end of `rows` one by one and not into the message: of a
  /// thousand workers that takes a third of the time and memory. Also throws nlohmann::json::exception for a row of the
  /// wrong shape.
  [[nodiscard]] std::optional<nlohmann::json> next(std::vector<WorkerStatus>& rows);

  /// Sends a command and waits for its answer, which is returned; `params` is an object, or null for none. A refusal
  /// is thrown as ControlError with its code. Events that arrive meanwhile are kept for next().
  nlohmann::json request(std::string_view command, const nlohmann::ordered_json& params, Nanos deadline);

 private:
  explicit Client(Fd socket) : socket_(std::move(socket)) {}
  void receive();
  void flush();
  [[nodiscard]] std::optional<std::string> take_line();
  [[nodiscard]] std::optional<std::string> next_line();
  [[nodiscard]] std::optional<std::string> next_or_set_aside();
  void wait_until(Nanos deadline);

  Fd socket_;
  Greeting greeting_;
  std::uint64_t last_id_ = 0;
  bool closed_ = false;
  std::string unsent_;
  std::string received_;
  std::size_t searched_ = 0;           // of received_: holds no newline
  std::deque<std::string> set_aside_;  // lines that came while request() waited for its answer
};

/// The status as a subscriber knows it: built from the full and the changed-only messages of `subscribe`.
class StatusMirror {
 public:
  /// Takes in {"event": "status"|"ended", …}; other messages are passed over and give false. Throws
  /// nlohmann::json::exception for one of the wrong shape. `rows`: those that were taken out of the message.
  bool apply(const nlohmann::json& message, std::vector<WorkerStatus> rows = {});

  /// With the rows of the subscribed window only. Default-constructed before the first message.
  [[nodiscard]] const Snapshot& snapshot() const noexcept { return snapshot_; }
  /// Rows that the window's stage has in all, seen or not.
  [[nodiscard]] std::uint64_t workers_total() const noexcept { return workers_total_; }
  /// True once the run has ended; no message follows.
  [[nodiscard]] bool ended() const noexcept { return ended_; }

 private:
  Snapshot snapshot_;
  std::uint64_t workers_total_ = 0;
  bool ended_ = false;
};

}  // namespace pooltop
