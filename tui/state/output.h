// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/clock.h"
#include "tui/state/needle.h"

namespace pooltop {

struct OutputLine {
  std::string time;  ///< as the engine gives it
  pid_t pid = 0;     ///< who wrote it: the worker, or a child that works for it
  std::string stage;
  std::string stream;  ///< "out", "err" or "note"
  std::string text;
  std::uint32_t slot = 0;  ///< of the worker in its stage
  bool operator==(const OutputLine&) const = default;
};

/// What a program wrote, fit to be shown: without the sequences that colour it (ESC [ ... m), a tab as the spaces that
/// it stands for, everything else that is no text as an escape.
[[nodiscard]] std::string shown_text(std::string_view raw);

/// A row of the output: a line's number, and which of the rows that it takes where it is wrapped.
struct OutputPlace {
  std::uint64_t line = 0;
  std::size_t part = 0;
  auto operator<=>(const OutputPlace&) const = default;
};

/// What is in front of a line: the time of day, the time since the run began, or no time.
enum class OutputTimes : std::uint8_t { TimeOfDay, SinceStart, None };
/// Whose output is looked at while its pane has the keys: what the cursor was on, that one's stage, all stages.
enum class OutputReach : std::uint8_t { Chosen, Stage, All };

/// Which lines are looked for, and which are shown at all.
struct OutputWords {
  Needle search;
  Needle keep;            ///< only lines that hold it are shown
  bool keep_not = false;  ///< only those that do not
  bool operator==(const OutputWords&) const = default;
};

/// Where one is in the output.
struct OutputView {
  bool follow = true;    ///< the end is shown, and stays shown
  OutputPlace top;       ///< first row shown while not following
  std::uint64_t at = 0;  ///< the line under the cursor while not following
  int left = 0;          ///< columns scrolled
  bool operator==(const OutputView&) const = default;
};

/// Whose output is shown, and what of it is here. A line has a number, which it keeps: what is dropped at the front
/// moves nothing.
struct OutputState {
  pid_t pid = 0;      ///< 0: the stage's
  std::string stage;  ///< empty: of all stages
  OutputReach reach = OutputReach::Chosen;
  pid_t chosen_pid = 0;  ///< what the cursor was on when the pane got the keys
  std::string chosen_stage;
  std::deque<OutputLine> lines;     ///< the newest 10,000; their texts are fit to be shown
  std::uint64_t first = 0;          ///< number of the first of them
  std::deque<std::uint64_t> shown;  ///< numbers of the lines that `keep` lets through
  std::deque<std::uint64_t> found;  ///< those of them that `search` is in
  std::string cursor;               ///< the engine's, as JSON text; empty before the first answer
  std::uint64_t asked = 0;          ///< id of the request on its way, 0: none
  Nanos asked_at = 0;
  bool all_asked = false;    ///< not only the last lines: those that a whole screen of output has use for
  bool begins_anew = false;  ///< the answer on its way replaces what is here
  std::string refused;       ///< why the engine gives none

  OutputWords words;
  Needle last_search;  ///< what `n` looks for again when nothing is looked for
  OutputView view;
  std::size_t fresh = 0;  ///< shown lines that came since following ended
  bool wrap = false;
  OutputTimes times = OutputTimes::TimeOfDay;
  /// Where one was when a search or a filter was begun: back there if it is given up.
  OutputWords words_before;
  OutputView view_before;

  [[nodiscard]] const OutputLine& line(std::uint64_t number) const { return lines[number - first]; }
  /// Place of a line in `shown`, or of the first one behind it; the last one's if there is none. 0 if there are none.
  [[nodiscard]] std::size_t shown_index(std::uint64_t number) const;
  /// The line under the cursor; nullopt while none is shown.
  [[nodiscard]] std::optional<std::uint64_t> cursor_line() const;
};

/// Adds lines at the end, the texts as the programs wrote them; drops the oldest ones beyond 10,000.
void add_lines(OutputState& output, const std::vector<OutputLine>& lines);
/// Other words: which lines are shown and found is seen anew.
void set_words(OutputState& output, OutputWords words);
/// Other output from here on; how it is looked at stays.
void forget_lines(OutputState& output);

}  // namespace pooltop
