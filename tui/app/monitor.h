// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "engine/model/snapshot.h"
#include "tui/app/replay_link.h"
#include "tui/keys/bindings.h"
#include "tui/theme/theme.h"

namespace pooltop {

struct MonitorOptions {
  std::optional<ReplaySource> replay;  ///< watch this recording; no engine is asked then
  std::string socket_path;
  std::string run;
  bool owns_run = false;     ///< started by `run`: leaving asks what becomes of it
  bool exit_at_end = false;  ///< leave when the run ends; else the verdict stays until a key
  bool read_only = false;
  Bindings bindings;
  ColorMode color = ColorMode::Auto;
  Theme theme = Theme::Standard;  ///< where there are colours
  bool mouse = true;              ///< the mouse is used; else it is left to the terminal, until its key is pressed
  bool title = true;              ///< the terminal's title says how far the run is
  bool bell = true;               ///< rings when the run ends, and when the first item fails
  std::string failed_file;        ///< the run's failed.jsonl, named in the verdict
};

enum class MonitorEnd : std::uint8_t {
  Detached,       ///< the user left, or the terminal went away; the run goes on
  RunEnded,       ///< `last` is the run's final status
  StopRequested,  ///< the user asked for the end and did not wait for it
  EngineGone,     ///< the engine went away without a final status
  NoTerminal,     ///< no screen can be shown: why_no_screen()
};

struct MonitorResult {
  MonitorEnd end = MonitorEnd::Detached;
  Snapshot last;
};

/// Why there is no screen to show the monitor on; nullopt if there is one.
[[nodiscard]] std::optional<std::string> why_no_screen();

/// Watches a run until it ended and the user left, or until the user detached. Opens the screen, restores it, prints
/// nothing afterwards; summary() of tui/views/summary.h says what to print. Needs a process without other threads.
/// Takes INT, TERM, HUP, WINCH, TSTP and CONT while it runs: INT opens the dialog of Ctrl-C, TERM and HUP detach.
/// Throws ControlError if the engine refuses to be watched, std::system_error otherwise; the screen is restored first.
[[nodiscard]] MonitorResult run_monitor(const MonitorOptions& options);

}  // namespace pooltop
