// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tui/keys/key_table.h"
#include "tui/state/next.h"
#include "tui/state/rows.h"

namespace pooltop {

/// The parts of next(); private to this room. Each changes the outcome that is being made.
struct Step {
  Outcome& out;
  const Snapshot& snapshot;
  const std::string& wall;
  [[nodiscard]] UiState& state() const { return out.state; }
};

void say(Step& step, std::string text, std::string cli = {}, bool is_error = false);
/// Gives the deed's request its id, sends it and shows it as pending.
void send(Step& step, Deed deed);

/// Moving, panes, screens, marks, problems: what changes no run.
void navigate(Step& step, Action action);
/// Pause, restart, kill, scale, drain: sends at once, or opens the dialog that asks.
void act(Step& step, Action action);
/// A dialog about one worker says what that one does, and what becomes of its item: it goes on while the dialog is
/// open.
void describe_target(const Snapshot& snapshot, Dialog& dialog);

/// The dialog of q and Ctrl-C.
[[nodiscard]] Dialog quit_dialog(const Step& step);
void dialog_key(Step& step, Key key);
/// Takes the choice: sends its deeds, closes the dialog.
void choose(Step& step, const Choice& choice);
[[nodiscard]] Deed stop_deed(const Step& step, bool at_once);

/// True while keys act on workers, not on the stage.
[[nodiscard]] bool acts_on_workers(const UiState& state);
/// Keeps cursors on what they stand on and tables scrolled to it; drops marks of processes that are gone.
void settle(Step& step);
/// Asks for the output that is shown, if that is due.
void ask_output(Step& step);
void take_output(Step& step, const Answered& answer);

}  // namespace pooltop
