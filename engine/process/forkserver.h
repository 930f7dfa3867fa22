// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include "engine/base/fd.h"
#include "engine/process/child.h"
#include "engine/process/worker_process.h"

namespace pooltop {

/// The caller's side of a forkserver: a small process that does nothing but fork workers, which become the caller's
/// own children. A fresh image of this program (main() must call become_worker_if_asked). One thread.
class Forkserver {
 public:
  /// Starts it. Throws std::system_error.
  Forkserver();
  ~Forkserver();  ///< kills and reaps it; workers live on
  Forkserver(const Forkserver&) = delete;
  Forkserver& operator=(const Forkserver&) = delete;

  /// nullopt when the server is gone, has been stopped for 1 s, or does not answer within 30 s: replace it; no worker
  /// has begun then, and none will. A server that is kept and answers later is understood right. Throws
  /// std::system_error when the system refused the server a process.
  [[nodiscard]] std::optional<StartedWorker> fork_worker(const WorkerTable& table);

  [[nodiscard]] pid_t pid() const noexcept { return server_.pid; }

 private:
  Fd socket_;
  Child server_;
  std::uint32_t asked_ = 0;  // requests so far; each reply names its own
};

/// The server itself: answers requests from `socket` until it is closed.
[[noreturn]] void serve_forks(int socket, WorkerEntry entry) noexcept;

}  // namespace pooltop
