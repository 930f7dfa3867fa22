// SPDX-License-Identifier: MIT
#include "tui/keys/key_table.h"

#include <fmt/format.h>

#include <cstddef>

namespace pooltop {
namespace {

using A = Action;
using S = Section;
using C = Confirm;

// clang-format off
constexpr auto kTable = std::to_array<KeyRow>({
    {A::Up, "up", S::Moving, {kKeyUp, U'k'}, "one row up", C::Never, false, "", ""},
    {A::Down, "down", S::Moving, {kKeyDown, U'j'}, "one row down", C::Never, false, "", ""},
    {A::Left, "left", S::Moving, {kKeyLeft, U'h'}, "to the left: long items and output lines", C::Never, false, "", ""},
    {A::Right, "right", S::Moving, {kKeyRight, U'l'}, "to the right", C::Never, false, "", ""},
    {A::PageUp, "page-up", S::Moving, {kKeyPageUp, ctrl('U')}, "one page up", C::Never, false, "", ""},
    {A::PageDown, "page-down", S::Moving, {kKeyPageDown, ctrl('D')}, "one page down", C::Never, false, "", ""},
    {A::First, "first", S::Moving, {U'g', kKeyHome}, "to the first row", C::Never, false, "", ""},
    {A::Last, "last", S::Moving, {U'G', kKeyEnd}, "to the last row; in output: follow again", C::Never, false, "", ""},
    {A::Enter, "enter", S::Moving, {kKeyEnter}, "into it: a stage's workers, a worker's details, a queue's items, an item's way", C::Never, false, "detail", "detail"},
    {A::Back, "back", S::Moving, {kKeyEsc}, "back; close what is open", C::Never, false, "", ""},
    {A::NextPane, "next-pane", S::Moving, {kKeyTab}, "next pane", C::Never, false, "", ""},
    {A::PreviousPane, "previous-pane", S::Moving, {kKeyBackTab}, "previous pane", C::Never, false, "", ""},

    {A::Pause, "pause", S::Actions, {U'p'}, "pause or resume the worker or stage", C::WhenMany, true, "pause/resume", "pause", "pause {target}"},
    {A::PauseRun, "pause-run", S::Actions, {U'P'}, "pause or resume the whole run", C::Never, true, "", "", "pause"},
    {A::Restart, "restart", S::Actions, {U'r'}, "restart the worker, or the stage's", C::WhenBusyOrMany, true, "restart", "restart", "restart {target}"},
    {A::Kill, "kill", S::Actions, {U'K', kKeyF1 + 8}, "kill the worker", C::Always, true, "kill", "kill", "kill {target}"},
    {A::ScaleUp, "scale-up", S::Actions, {U'+', U'='}, "one worker more in the stage", C::Never, true, "scale", "scale", "scale {stage} N"},
    {A::ScaleDown, "scale-down", S::Actions, {U'-'}, "one worker less, after its item", C::Never, true, "", "", "scale {stage} N"},
    {A::Drain, "drain", S::Actions, {U'D'}, "drain and stop the run", C::Always, true, "", "", "stop"},
    {A::RetryItem, "retry-item", S::Actions, {U'R'}, "give the failed item back; one that waits for its next try need not wait", C::WhenMany, true, "give back", "give back"},
    {A::FailItem, "fail-item", S::Actions, {U'x'}, "fail the item for good; the worker that has it is killed", C::Always, true, "fail item", "fail"},

    {A::Settings, "settings", S::Settings, {U'c'}, "the settings of the stage: workers, rate, timeout, retries; Enter changes one", C::Never, false, "settings", "settings", "set"},
    {A::SettingBack, "setting-back", S::Settings, {kKeyDelete, U'b'}, "in them: puts the one under the cursor back to what it was at the start", C::Never, true, "put back", "back"},
    {A::SettingsDiff, "settings-diff", S::Settings, {U'd'}, "what was changed, as a diff of the config", C::Never, false, "diff", "diff", "set --diff"},
    {A::SettingsWrite, "settings-write", S::Settings, {U'W'}, "write what was changed into the config", C::Always, true, "write", "write", "set --write"},
    {A::SettingsDrop, "settings-drop", S::Settings, {U'u'}, "drop what was changed, of all stages", C::Always, true, "drop all", "drop", "set --drop"},

    {A::Filter, "filter", S::Rows, {U'/', kKeyF1 + 2, kKeyF1 + 3}, "show only some workers (words, state:busy, item-t>30, !word) or failed items (words, stage:fetch, error:text); Esc shows all. In output: search", C::Never, false, "filter", "filter"},
    {A::Sort, "sort", S::Rows, {U's', kKeyF1 + 5}, "sort the workers: a menu of columns", C::Never, false, "sort", ""},
    {A::Invert, "invert", S::Rows, {U'I'}, "the other way round", C::Never, false, "", ""},
    {A::Group, "group", S::Rows, {U'T', kKeyF1 + 4}, "group the workers by stage, by state, not at all", C::Never, false, "", ""},

    {A::Mark, "mark", S::Marks, {kKeySpace}, "mark the worker or failed item, or unmark it; actions take the marks", C::Never, false, "mark", ""},
    {A::MarkAll, "mark-all", S::Marks, {U'V'}, "mark all workers shown, or all failed items", C::Never, false, "", ""},
    {A::Unmark, "unmark", S::Marks, {U'U'}, "unmark all", C::Never, false, "", ""},

    {A::ScreenPipeline, "screen-pipeline", S::Screens, {U'1'}, "pipeline, and the workers of the stage", C::Never, false, "", ""},
    {A::ScreenWorkers, "screen-workers", S::Screens, {U'2'}, "all workers", C::Never, false, "", ""},
    {A::ScreenQueues, "screen-queues", S::Screens, {U'3'}, "queues: how full, where they go, their first items", C::Never, false, "", ""},
    {A::ScreenFailed, "screen-failed", S::Screens, {U'4'}, "failed items, and those that are tried again", C::Never, false, "", ""},
    {A::ScreenOutput, "screen-output", S::Screens, {U'5'}, "output, the whole screen", C::Never, false, "", ""},
    {A::Output, "output", S::Screens, {U'o'}, "output of the worker or stage under the cursor", C::Never, false, "output", "output", "logs {target} -f"},

    {A::SearchNext, "search-next", S::Output, {U'n'}, "to the next line found", C::Never, false, "", ""},
    {A::SearchPrevious, "search-previous", S::Output, {U'N'}, "to the one before", C::Never, false, "", ""},
    {A::Keep, "keep", S::Output, {U'&'}, "show only lines that hold a text, with ! in front those that do not", C::Never, false, "keep", "keep"},
    {A::Follow, "follow", S::Output, {U'f'}, "follow the output, or stop following", C::Never, false, "follow", "follow"},
    {A::Wrap, "wrap", S::Output, {U'w'}, "wrap long lines, or scroll them with Left and Right", C::Never, false, "wrap", "wrap"},
    {A::Times, "times", S::Output, {U't'}, "times in front of lines: clock, since the run began, none", C::Never, false, "", ""},
    {A::Reach, "reach", S::Output, {U'a'}, "output of the worker, of its stage, of all stages", C::Never, false, "all", ""},
    {A::Copy, "copy", S::Output, {U'y'}, "copy the line; in a table the PID, the stage's name, the item", C::Never, false, "copy", "copy"},
    {A::CopyAll, "copy-all", S::Output, {U'Y'}, "copy all lines shown, 64 KiB at most", C::Never, false, "", ""},
    {A::Pager, "pager", S::Output, {U'O'}, "the output in $PAGER", C::Never, false, "pager", "pager", "logs {target}"},

    {A::NextProblem, "next-problem", S::Looking, {U'e'}, "the list of problems; in it, to the next", C::Never, false, "", ""},
    {A::PreviousProblem, "previous-problem", S::Looking, {U'E'}, "the same; in it, to the previous", C::Never, false, "", ""},
    {A::Why, "why", S::Looking, {U'v'}, "what limits the run: why, who waits for whom, what to do", C::Never, false, "", ""},
    {A::Inspect, "inspect", S::Looking, {U'i'}, "where the worker is: stuck, or just slow?", C::Never, false, "inspect", "inspect", "inspect {target}"},
    {A::UserStack, "user-stack", S::Looking, {U'S'}, "the stack of its own code, by py-spy or gdb; stops it for that moment", C::Never, true, "stack of its code", "stack", "inspect {target} --stack"},
    {A::ActionLog, "action-log", S::Looking, {U'@'}, "what was done here, with its command lines", C::Never, false, "", ""},
    {A::Palette, "palette", S::Looking, {U':'}, "every action, to be found by typing", C::Never, false, "commands", "cmd"},
    {A::Freeze, "freeze", S::Looking, {U'z'}, "freeze the display; the run goes on", C::Never, false, "", ""},
    {A::Mouse, "mouse", S::Looking, {U'm'}, "the mouse here, or left to the terminal, to select text with it", C::Never, false, "", ""},
    {A::Colors, "colors", S::Looking, {U'C'}, "other colours: the theme default, light (for a white background), cb (for colour-blind eyes), mono", C::Never, false, "", ""},
    {A::Help, "help", S::Looking, {U'?', kKeyF1}, "this help", C::Never, false, "help", "help"},
    {A::Repaint, "repaint", S::Looking, {ctrl('L')}, "paint the screen anew", C::Never, false, "", ""},

    {A::StepBack, "step-back", S::Replay, {U','}, "one sample back", C::Never, false, "step", "step"},
    {A::StepForward, "step-forward", S::Replay, {U'.'}, "one sample on", C::Never, false, "", ""},
    {A::Slower, "slower", S::Replay, {U'<'}, "play at half the speed", C::Never, false, "speed", "speed"},
    {A::Faster, "faster", S::Replay, {U'>'}, "play at twice the speed", C::Never, false, "", ""},
    {A::MinuteBack, "minute-back", S::Replay, {U'['}, "one minute back", C::Never, false, "minute", ""},
    {A::MinuteForward, "minute-forward", S::Replay, {U']'}, "one minute on", C::Never, false, "", ""},
    {A::ToStart, "to-start", S::Replay, {U'{'}, "to the start of the recording", C::Never, false, "ends", ""},
    {A::ToEnd, "to-end", S::Replay, {U'}'}, "to its end", C::Never, false, "", ""},

    {A::Quit, "quit", S::Leaving, {U'q'}, "leave; asks first while a run that was started here goes on", C::Never, false, "quit", "quit"},
    {A::Interrupt, "interrupt", S::Leaving, {ctrl('C')}, "the same, asks always; twice: stop now, or detach where the run was attached to", C::Always, false, "", ""},
    {A::Suspend, "suspend", S::Leaving, {ctrl('Z')}, "suspend the monitor; the run goes on", C::Never, false, "", ""},
});
// clang-format on

static_assert(
    [] {
      for (std::size_t i = 0; i < kTable.size(); ++i)
        for (std::size_t j = i + 1; j < kTable.size(); ++j) {
          if (kTable[i].action == kTable[j].action) return false;
          for (const Key a : kTable[i].keys)
            for (const Key b : kTable[j].keys)
              if (a != kNoKey && a == b) return false;
        }
      return kTable.size() == static_cast<std::size_t>(Action::Repaint) + 1;
    }(),
    "one row per Action, and no key twice");

}  // namespace

std::string key_name(Key key) {
  switch (key) {
    case kKeyTab:
      return "Tab";
    case kKeyEnter:
      return "Enter";
    case kKeyEsc:
      return "Esc";
    case kKeySpace:
      return "Space";
    case kKeyUp:
      return "Up";
    case kKeyDown:
      return "Down";
    case kKeyLeft:
      return "Left";
    case kKeyRight:
      return "Right";
    case kKeyPageUp:
      return "PgUp";
    case kKeyPageDown:
      return "PgDn";
    case kKeyHome:
      return "Home";
    case kKeyEnd:
      return "End";
    case kKeyBackTab:
      return "Shift-Tab";
    case kKeyBackspace:
      return "Backspace";
    case kKeyDelete:
      return "Del";
    default:
      break;
  }
  if (key >= kKeyF1 && key < kKeyF1 + 12) return fmt::format("F{}", static_cast<unsigned>(key - kKeyF1) + 1);
  if (key < 32) return fmt::format("Ctrl-{}", static_cast<char>(key + 64));
  if (key < 127) return std::string(1, static_cast<char>(key));
  return fmt::format("U+{:04X}", static_cast<std::uint32_t>(key));
}

std::span<const KeyRow> key_table() { return kTable; }

const KeyRow& row_of(Action action) {
  for (const KeyRow& row : kTable)
    if (row.action == action) return row;
  return kTable[0];  // cannot be: the assertion above gives each action a row
}

std::string_view title_of(Section section) {
  switch (section) {
    case Section::Moving:
      return "Moving";
    case Section::Screens:
      return "Screens";
    case Section::Rows:
      return "Which rows, and in which order";
    case Section::Marks:
      return "Marks";
    case Section::Actions:
      return "Acting on workers, stages and the run";
    case Section::Output:
      return "In output";
    case Section::Looking:
      return "Looking closer";
    case Section::Settings:
      return "Settings, while the run goes on";
    case Section::Replay:
      return "In a replay";
    case Section::Leaving:
      return "Leaving";
  }
  return "";
}

std::string_view confirm_text(Confirm confirm) {
  switch (confirm) {
    case Confirm::Never:
      return "";
    case Confirm::Always:
      return "asks";
    case Confirm::WhenBusyOrMany:
      return "asks if busy or several";
    case Confirm::WhenMany:
      return "asks if several";
  }
  return "";
}

std::string keys_page() {
  std::string page =
      "# Keys of the monitor\n\n"
      "Made from the key table in `tui/keys/key_table.cc`; a test compares the two. `?` shows the same on the "
      "screen, with the keys of a [keys.json](monitor.md#keys-of-ones-own).\n";
  std::optional<Section> section;
  for (const KeyRow& row : kTable) {
    if (section != row.section) {
      section = row.section;
      page += fmt::format("\n## {}\n\n| keys | what it does | dialog |\n|---|---|---|\n", title_of(row.section));
    }
    std::string names;
    for (const Key key : row.keys)
      if (key != kNoKey) names += fmt::format("{}`{}`", names.empty() ? "" : " ", key_name(key));
    page += fmt::format("| {} | {} | {} |\n", names, row.help, confirm_text(row.confirm));
  }
  page +=
      "\nIn a dialog the letters printed in it choose, the arrows and `Tab` move between the choices, `Enter` takes "
      "the\n"
      "one in brackets (Cancel at first), `Esc` closes it.\n";
  return page;
}

}  // namespace pooltop
