// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace pooltop {

/// The shell command that shows text: the environment's PAGER, else less, else more. `refused` is set if there is none:
/// nothing should be run then.
struct PagerCommand {
  std::string command;
  std::optional<std::string> refused;
};
[[nodiscard]] PagerCommand pager_command(const char* pager, const char* path);

/// A pager in the foreground of this terminal, as a shell would run it: a job of its own, which gets the keys and
/// Ctrl-C. It reads the text from a file in memory: nothing is left behind however it, or the monitor, ends. The caller
/// calls look() at every CHLD. Destroying it hangs it up and takes the terminal back.
class Pager {
 public:
  enum class State : std::uint8_t { Runs, Stopped, Ended };

  /// Throws std::system_error if it cannot be started.
  Pager(const std::string& command, std::string_view text);
  ~Pager();
  Pager(const Pager&) = delete;
  Pager& operator=(const Pager&) = delete;

  /// What it does now. The terminal is this process's again once it has stopped or ended.
  [[nodiscard]] State look();
  /// After it has stopped: it gets the terminal again.
  void go_on();
  /// Why it was of no use, after its end; nullopt if all went well.
  [[nodiscard]] std::optional<std::string> complaint() const;

 private:
  std::string command_;
  pid_t pid_ = -1;  // also its group; -1: it has ended
  int status_ = 0;
};

}  // namespace pooltop
