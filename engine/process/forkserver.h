// SPDX-License-Identifier: MIT
#pragma once

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

  /// nullopt when the server is gone, or does not answer within 5 s: replace it; no worker has begun then, and none
  /// will. Throws std::system_error when the system refused the server a process.
  [[nodiscard]] std::optional<StartedWorker> fork_worker(const WorkerTable& table);

  [[nodiscard]] pid_t pid() const noexcept { return server_.pid; }

 private:
  Fd socket_;
  Child server_;
};

/// The server itself: answers requests from `socket` until it is closed.
[[noreturn]] void serve_forks(int socket, WorkerEntry entry) noexcept;

}  // namespace pooltop
