// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>

#include "engine/base/fd.h"
#include "engine/process/start_method.h"

namespace pooltop {

/// What a worker process inherits beside 0, 1 and 2 (/dev/null and twice its log), at these numbers in the worker.
struct WorkerFds {
  int region = -1;  ///< its memory, see engine/region
  int bell = -1;    ///< eventfd that the worker writes to wake the engine
  int wake = -1;    ///< eventfd that the engine writes to wake a worker that polls
  int stream = -1;  ///< standard input of a source, standard output of a sink; -1: none
  int log = -1;     ///< becomes 1 and 2; -1: /dev/null
};

/// What runs in the worker; never returns.
using WorkerEntry = void (*)(const WorkerFds& fds);

struct StartedWorker {
  pid_t pid = 0;
  Fd pidfd;
};

/// Makes worker processes, all children of the calling process, whatever the method. One thread, one object a process.
/// Every worker: leads a session of its own, is a subreaper, dies with its parent (PDEATHSIG SIGKILL and a getppid
/// check), has default signal dispositions and an empty mask, and holds no descriptor but those of WorkerFds.
class WorkerStarter {
 public:
  /// Starts the forkserver: call it before there is anything to inherit. Throws std::system_error.
  explicit WorkerStarter(WorkerEntry entry);
  ~WorkerStarter();  ///< ends the forkserver; workers live on
  WorkerStarter(const WorkerStarter&) = delete;
  WorkerStarter& operator=(const WorkerStarter&) = delete;

  /// Throws std::system_error when the system refuses; the caller may try again. A forkserver that died is replaced.
  [[nodiscard]] StartedWorker start(StartMethod method, const WorkerFds& fds);

  /// 0 where there is none now. Not a worker: leave it out when killing strangers.
  [[nodiscard]] pid_t forkserver_pid() const noexcept;

 private:
  struct Server;
  WorkerEntry entry_;
  Server* server_ = nullptr;
};

/// Call it first in main(): where this process was exec'd to be a worker (start method spawn), runs `entry` and never
/// returns.
void become_worker_if_asked(int argc, char** argv, WorkerEntry entry);

}  // namespace pooltop
