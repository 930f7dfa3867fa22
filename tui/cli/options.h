// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <stdexcept>
#include <string>
#include <variant>
#include <vector>

#include "engine/base/clock.h"

namespace pooltop {

/// The command line as values, one struct per command.

/// Where a command says which run, and what in it: `words` are those of [RUN] [TARGET...], `run` is --run.
struct Selection {
  std::vector<std::string> words;
  std::optional<std::string> run;
};

struct ScreenOptions {
  std::string color = "auto";
  std::string theme;  ///< empty: light or default, as the terminal's background is
  bool mouse = true;
  bool title = true;
  bool bell = true;
};

/// What changes a config from outside: --set STAGE.KEY=VALUE, --var NAME=VALUE, --name NAME.
struct ConfigOptions {
  std::string config;
  std::vector<std::string> set;
  std::vector<std::string> var;
  std::optional<std::string> name;
};

struct RunOptions {
  ConfigOptions config;
  ScreenOptions screen;
  bool plain = false;
  bool json_lines = false;
  Nanos interval = 10 * kSecond;
  bool detach = false;
  bool resume = false;
  bool exit_at_end = false;
  std::optional<std::string> report;
};
struct AttachOptions {
  Selection run;
  ScreenOptions screen;
  bool read_only = false;
};
struct ReplayOptions {
  Selection run;
  ScreenOptions screen;
  bool json = false;
};
struct WaitOptions {
  Selection run;
};
struct PsOptions {
  bool json = false;
  bool all = false;
};
struct StatusOptions {
  Selection run;
  bool json = false;
};
struct PauseOptions {
  Selection at;
  bool after_item = false;
};
struct ResumeOptions {
  Selection at;
};
struct KillOptions {
  Selection at;
  std::string signal = "KILL";
  std::string item = "requeue";
};
struct RestartOptions {
  Selection at;
  bool now = false;
};
struct ScaleOptions {
  Selection at;
};
struct SetOptions {
  Selection at;
  bool diff = false;
  bool write = false;
  bool drop = false;
  bool json = false;
};
struct StopOptions {
  Selection run;
  bool now = false;
};
struct LogsOptions {
  Selection at;
  bool follow = false;
};
struct FailedOptions {
  Selection run;
  bool json = false;
  bool retry = false;
  bool retrying = false;
  std::string match;
};
struct ItemOptions {
  Selection at;
  bool json = false;
};
struct FailOptions {
  Selection at;
  bool kill = false;
};
struct InspectOptions {
  Selection at;
  bool json = false;
  bool stack = false;
};
struct CheckOptions {
  ConfigOptions config;
};
struct OpsOptions {
  std::string name;
};
struct KeysOptions {
  bool json = false;
};
struct SchemaOptions {};
struct CleanOptions {
  bool yes = false;
};
struct CompletionOptions {
  std::string shell;
};
/// --help and --version: the text goes to stdout; no command at all: to stderr, with status 2.
struct TextOptions {
  std::string text;
  int status = 0;
};

using CommandOptions =
    std::variant<RunOptions, AttachOptions, ReplayOptions, WaitOptions, PsOptions, StatusOptions, PauseOptions,
                 ResumeOptions, KillOptions, RestartOptions, ScaleOptions, StopOptions, LogsOptions, FailedOptions,
                 ItemOptions, FailOptions, CheckOptions, OpsOptions, SchemaOptions, CleanOptions, CompletionOptions,
                 InspectOptions, SetOptions, KeysOptions, TextOptions>;

/// A command that cannot be carried out as it was given; main() prints it as "pooltop: TEXT" and ends with `status`.
class CliError : public std::runtime_error {
 public:
  CliError(int status, const std::string& text) : std::runtime_error(text), status_(status) {}
  [[nodiscard]] int status() const noexcept { return status_; }

 private:
  int status_;
};

inline constexpr int kExitUsage = 2;         ///< the command line or the config is wrong
inline constexpr int kExitCannotGoOn = 3;    ///< the system or the engine refused
inline constexpr int kExitNoSuchTarget = 4;  ///< no such run, stage or PID
inline constexpr int kExitReaderGone = 141;  ///< the reader of stdout went away

}  // namespace pooltop
