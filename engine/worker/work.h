// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>

#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

#include "engine/process/child.h"
#include "engine/worker/log.h"
#include "engine/worker/port.h"
#include "engine/worker/worker_spec.h"

namespace pooltop {

/// What every kind of work is given.
struct WorkContext {
  const WorkerSpec& spec;
  Port& port;
  Log& log;
  std::vector<std::string> env;  ///< for the processes it starts: "NAME=value"
  int stream = -1;               ///< standard input of a source, standard output of a sink; -1: none

  /// `path` where pooltop was started; absolute ones as they are.
  [[nodiscard]] std::string resolve(const std::string& path) const;
  /// A program as its config names it: "./tool" is relative to where pooltop was started, not to the stage's cwd.
  [[nodiscard]] std::vector<std::string> program(std::vector<std::string> argv) const;
};

/// The worker cannot go on; its message is told to the engine (sources and sinks) and logged.
class WorkTrouble : public std::runtime_error {
 public:
  WorkTrouble(const std::string& message, bool may_work_later)
      : std::runtime_error(message), may_work_later_(may_work_later) {}
  [[nodiscard]] bool may_work_later() const noexcept { return may_work_later_; }

 private:
  bool may_work_later_;
};

/// What this worker answered so far may belong to other items: the run cannot go on, whatever the stage.
class AnswersInDoubt : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// Each of these works until END (a source: until its end) and returns; what cannot go
// on throws: WorkTrouble, or any other std::exception, which ends the worker with 1.

void run_operator(WorkContext& context);     ///< OpWork, of the engine or of a plugin
void run_command(WorkContext& context);      ///< CommandWork: one process per item
void run_lines_child(WorkContext& context);  ///< WorkerWork, protocol lines
void run_json_child(WorkContext& context);   ///< WorkerWork, protocol json
void run_python(WorkContext& context);       ///< PythonWork
void run_source(WorkContext& context);
void run_sink(WorkContext& context);

/// Starts a process: `start`, made again while the system is short of processes, memory or descriptors, for 30 s, which
/// the log says. What else it throws, or what is still so then, is thrown.
void wait_out_shortage(Log& log, const std::function<void()>& start);

/// What an item's failure is told as; `pid`: of the process that did the work, 0: this one.
[[nodiscard]] ItemFailure make_failure(std::string error, pid_t pid = 0, bool permanent = false);

/// "exited with 3", "ended by SIGSEGV".
[[nodiscard]] std::string describe(const ProcessEnd& end);

/// Ends this worker as its child ended, so that the engine sees one crash with the child's cause. A child that exited
/// with 0 although it had work left counts as 1.
[[noreturn]] void end_like(const ProcessEnd& end);

}  // namespace pooltop
