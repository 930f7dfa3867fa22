// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>

#include <memory>

#include "engine/base/fd.h"
#include "engine/process/start_method.h"

namespace pooltop {

class Forkserver;

/// What a worker process inherits beside 0, 1 and 2 (/dev/null and twice its log), at these numbers in the worker.
struct WorkerFds {
  int region = -1;  ///< its memory, see engine/region
  int bell = -1;    ///< eventfd that the worker writes to wake the engine
  int wake = -1;    ///< eventfd that the engine writes to wake a worker that polls
  int stream = -1;  ///< standard input of a source, standard output of a sink; -1: none
  int log = -1;     ///< becomes 1 and 2; -1: /dev/null. In the worker it is 2
};

/// What runs in the worker. Its return ends the worker with 0, an exception with 1 (its text goes to the log).
using WorkerEntry = void (*)(const WorkerFds& fds);

struct StartedWorker {
  pid_t pid = 0;
  Fd pidfd;
};

/// Makes worker processes, all children of the calling process, whatever the method. One thread, one object a process.
/// Every worker: leads a session of its own, is a subreaper, dies with its parent, and with the thread that started it,
/// for a forkserver's that made the WorkerStarter (PDEATHSIG SIGKILL and a getppid check), has default signal
/// dispositions and an empty mask, and holds no descriptor but those of WorkerFds.
class WorkerStarter {
 public:
  /// Starts the forkserver where main() has called become_worker_if_asked(). Throws std::system_error.
  explicit WorkerStarter(WorkerEntry entry);
  ~WorkerStarter();  ///< ends the forkserver; workers live on
  WorkerStarter(const WorkerStarter&) = delete;
  WorkerStarter& operator=(const WorkerStarter&) = delete;

  /// Throws std::system_error when the system refuses; the caller may try again. A forkserver that died is replaced.
  /// Throws std::runtime_error where the method cannot be had in this process: fork with more than one thread;
  /// forkserver and spawn, which run this program anew, when its main() did not call become_worker_if_asked(). Never
  /// waits for the worker; for a forkserver that does not answer, 5 s.
  [[nodiscard]] StartedWorker start(StartMethod method, const WorkerFds& fds);

  /// 0 where there is none. Not a worker: leave it out when killing strangers.
  [[nodiscard]] pid_t forkserver_pid() const noexcept;

 private:
  WorkerEntry entry_;
  Fd null_;
  std::unique_ptr<Forkserver> server_;
};

/// Call it first in main(): where this process was exec'd to be a worker or the forkserver, it becomes that and never
/// returns; its workers run `entry`, which is to be the one that WorkerStarter got. Does nothing otherwise.
void become_worker_if_asked(int argc, char** argv, WorkerEntry entry);

}  // namespace pooltop
