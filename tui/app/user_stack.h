// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/clock.h"
#include "engine/base/fd.h"
#include "engine/process/child.h"
#include "tui/state/next.h"

namespace pooltop {

/// A program of the user's that prints where a process is in its own code. It stops that process for the moment.
struct StackTool {
  std::string name;  ///< "gdb"
  std::vector<std::string> argv;
};

/// The tools that are installed (found in `path`, as $PATH is written) for this process, the best one first: py-spy
/// for Python, then gdb, eu-stack and pstack.
[[nodiscard]] std::vector<StackTool> stack_tools(pid_t pid, bool is_python, std::string_view path);
/// Whether a program is Python, by what it is called or by its argv[0].
[[nodiscard]] bool is_python(std::string_view name, const std::vector<std::string>& argv);
/// What to say where there is none.
[[nodiscard]] std::string no_stack_tool(bool is_python);

/// What such a tool printed without what it says of itself: threads and frames, printable. All of it, if that is none:
/// then it says why.
[[nodiscard]] std::vector<std::string> stack_lines(std::string_view output);

/// One tool at work, a child of this process; dies with it. Poll fd(), then call read().
class StackJob {
 public:
  /// Throws std::system_error.
  explicit StackJob(const StackTool& tool);
  /// A tool that is still at work is ended (TERM, KILL one second later): it lets its process go on.
  ~StackJob();
  StackJob(const StackJob&) = delete;
  StackJob& operator=(const StackJob&) = delete;

  [[nodiscard]] int fd() const noexcept { return output_.get(); }
  [[nodiscard]] Nanos deadline() const noexcept { return deadline_; }
  /// Reads what is there. True once it has ended, or its 10 s are over: result() is whole then.
  [[nodiscard]] bool read(Nanos now);
  [[nodiscard]] std::vector<std::string> result() const;

 private:
  StackTool tool_;
  Child child_;
  Fd output_;
  Nanos deadline_ = 0;
  std::string text_;
  bool is_too_late_ = false;
};

/// The stack of a process's own code for the monitor, by whichever tool there is; of one process at a time. The tool is
/// the monitor's child, not the engine's: it may take its time, and what it does to the process is the user's own
/// doing.
class UserStack {
 public:
  /// Starts a tool; what there is to say at once if none can be.
  [[nodiscard]] std::optional<StackTaken> start(const StackRequest& request);
  /// What it printed, when it has ended or is too late; nullopt: nothing yet.
  [[nodiscard]] std::optional<StackTaken> take(Nanos now);
  /// To poll; -1 and nullopt while no tool is at work.
  [[nodiscard]] int fd() const { return job_ ? job_->fd() : -1; }
  [[nodiscard]] std::optional<Nanos> deadline() const;

 private:
  std::unique_ptr<StackJob> job_;
  StackTaken taken_;  // what it is of
};

}  // namespace pooltop
