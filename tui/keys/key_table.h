// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "tui/keys/key.h"

namespace pooltop {

// clang-format off
/// What a key can ask for. The table below gives each its keys and its help line; the state room carries it out.
enum class Action : std::uint8_t {
  Up, Down, Left, Right, PageUp, PageDown, First, Last, Enter, Back, NextPane, PreviousPane,
  ScreenPipeline, ScreenWorkers, ScreenQueues, ScreenFailed, ScreenOutput, Output,
  SearchNext, SearchPrevious, Keep, Follow, Wrap, Times, Reach, Copy, CopyAll, Pager,
  Filter, Sort, Invert, Group, Mark, MarkAll, Unmark,
  Pause, PauseRun, Restart, Kill, ScaleUp, ScaleDown, Drain, RetryItem, FailItem,
  Settings, SettingBack, SettingsDiff, SettingsWrite, SettingsDrop,
  NextProblem, PreviousProblem, Why, Inspect, UserStack, ActionLog, Palette, Freeze, Mouse, Colors, Help,
  StepBack, StepForward, Slower, Faster, MinuteBack, MinuteForward, ToStart, ToEnd, Quit, Interrupt, Suspend, Repaint,
};
// clang-format on

enum class Section : std::uint8_t { Moving, Actions, Settings, Rows, Marks, Screens, Output, Looking, Replay, Leaving };

/// When an action opens a dialog first.
enum class Confirm : std::uint8_t { Never, Always, WhenBusyOrMany, WhenMany };

struct KeyRow {
  Action action;
  std::string_view name;  ///< what keys.json calls it: "pause-run"
  Section section;
  std::array<Key, 4> keys;  ///< unless keys.json says others; kNoKey fills the rest
  std::string_view help;    ///< one line of the help screen and of docs/keys.md
  Confirm confirm;
  bool changes_run;            ///< refused where the monitor only watches (--read-only)
  std::string_view bar;        ///< its label in the key bar, empty: not shown there
  std::string_view bar_short;  ///< the same where there is little room, empty: left out there
  std::string_view cli = {};   ///< what does the same in a shell: "pause {target}", "scale {stage} N"; empty: nothing
};

/// All actions, in the order of help and docs.
[[nodiscard]] std::span<const KeyRow> key_table();
[[nodiscard]] const KeyRow& row_of(Action action);
[[nodiscard]] std::string_view title_of(Section section);

/// "never", "always", "if it is busy, or there are several", "if there are several": the dialog's condition.
[[nodiscard]] std::string_view confirm_text(Confirm confirm);

/// The page docs/keys.md, made from the table; a test compares the two.
[[nodiscard]] std::string keys_page();

}  // namespace pooltop
