// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "tui/state/rows.h"

namespace pooltop {

/// Where what stands in front of a line's text is on the screen; both scrolling and drawing need to know.
struct OutputColumns {
  int time = 0;  ///< cells of the time, 0: there is none
  int pid = 0;
  int who = 0;   ///< of "fetch.1", where several workers are shown
  int text = 0;  ///< column where the text begins
};
[[nodiscard]] OutputColumns output_columns(const UiState& state, const Snapshot& snapshot);
/// The time as it is shown, in `cells`; a time that is none is shown as it is.
[[nodiscard]] std::string time_text(const OutputLine& line, OutputTimes times, const Snapshot& snapshot, int cells);
/// "fetch.1"
[[nodiscard]] std::string who_text(const OutputLine& line);
/// "out", "err", or "---" for what pooltop itself notes in a worker's log.
[[nodiscard]] std::string_view stream_text(const OutputLine& line);
/// All lines shown as text, in full, with what stands in front of them.
[[nodiscard]] std::vector<std::string> output_text(const UiState& state, const Snapshot& snapshot);

/// The rows that lines take on the screen, and which of them are there now. Looks only at lines near those it is asked
/// about, however many are held. Of the state and snapshot it was made from, while these live and stay as they are,
/// but for the output's view.
class OutputPage {
 public:
  OutputPage(const UiState& state, const Snapshot& snapshot);

  [[nodiscard]] std::size_t rows() const { return rows_; }
  [[nodiscard]] int width() const { return width_; }
  [[nodiscard]] std::size_t height(std::uint64_t line) const;
  /// The line's text, row by row.
  [[nodiscard]] std::vector<std::string_view> parts(std::uint64_t line) const;
  /// The first row of the screen.
  [[nodiscard]] OutputPlace top() const;
  /// The same when the end is shown.
  [[nodiscard]] OutputPlace last_top() const;
  /// So many rows down, or up; not beyond the first and the last one.
  [[nodiscard]] OutputPlace moved(OutputPlace from, long long by) const;
  /// Rows from one place to a later one; what is more than `most` is `most`.
  [[nodiscard]] std::size_t distance(OutputPlace from, OutputPlace to, std::size_t most) const;
  /// Whether all of the line, or its first row where it is longer than the screen, is on the screen.
  [[nodiscard]] bool shows(std::uint64_t line) const;

 private:
  [[nodiscard]] OutputPlace settled(OutputPlace place) const;

  const OutputState& output_;
  Charset charset_;
  std::size_t rows_;
  int width_;
};

}  // namespace pooltop
