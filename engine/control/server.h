// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "engine/base/clock.h"
#include "engine/control/control_error.h"
#include "engine/control/handler.h"
#include "engine/model/snapshot.h"

namespace pooltop {

/// What one user's clients may cost the engine.
struct ServerLimits {
  std::size_t frame_bytes = 64 * 1024;            ///< longest request
  std::size_t clients = 32;                       ///< more get an error line and are closed
  std::size_t unsent_bytes = 4 * 1024 * 1024;     ///< a client with more than this waiting for it is closed
  Nanos unread = 5 * kSecond;                     ///< so is one that took nothing for so long while something waited
  std::uint32_t commands_per_s = 100;             ///< more are refused, twice as many wait
  std::size_t received_bytes_per_s = 256 * 1024;  ///< more wait
  Nanos full_every = 30 * kSecond;                ///< a delta subscriber gets the whole status this often
};

struct ServerOptions {
  std::string socket_path;  ///< in a directory that is ours alone (0700): RunDirectory::socket_path()
  std::string run;
  std::string version;  ///< of pooltop, for the greeting
  ServerLimits limits = {};
};

/// The engine's end of the control socket. It never waits: everything is done in serve(), which does a bounded amount
/// of work. Frames are made less often than asked where making them would take more than 5 % of the engine's time.
/// One thread. A forked child must not destroy it by other means than _exit (it leaves the socket file alone anyway).
class Server {
 public:
  /// Listens. A socket file that nobody listens on is replaced; throws ControlError not_possible if somebody does, if
  /// the directory is a link, another user's or open to others, or the path is too long; std::system_error otherwise.
  explicit Server(ServerOptions options);
  /// Closes every connection and removes the socket file.
  ~Server();
  Server(Server&&) noexcept;
  Server& operator=(Server&&) noexcept;

  /// An epoll descriptor that is readable when serve() has something to do: a client, a frame that is due, a limit.
  [[nodiscard]] int poll_fd() const noexcept;

  /// Does what is to be done now. Never throws for what a client did.
  void serve(ControlHandler& handler);

  /// The run ended: tells subscribers and waiters, refuses further commands with `ended`, gives the clients up to one
  /// second to read what is for them (that is the one wait), closes all and removes the socket file.
  void finish(const Snapshot& last);

  /// Clients that are connected, and of them those that watch.
  [[nodiscard]] std::size_t clients() const noexcept;
  [[nodiscard]] std::size_t subscribers() const noexcept;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace pooltop
