// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <clocale>

#include "tests/support/must.h"
#include "tests/unit/state/storm.h"
#include "tui/theme/cells.h"
#include "tui/views/grid_window.h"
#include "tui/views/screen.h"

namespace pooltop {
namespace {

// Takes nothing that is not inside, nor anything but text.
class StrictWindow final : public Window {
 public:
  StrictWindow(int rows, int cols, Charset charset) : Window(charset), rows_(rows), cols_(cols) {}
  [[nodiscard]] int rows() const override { return rows_; }
  [[nodiscard]] int cols() const override { return cols_; }
  [[nodiscard]] std::size_t writes() const { return writes_; }

 private:
  void write(int row, int col, std::string_view text, int cells, Role role) override {
    ++writes_;
    INFO(rows_, "x", cols_, ": ", row, ",", col, " ", std::string(text));
    MUST(row >= 0);
    MUST(row < rows_);
    MUST(col >= 0);
    MUST(cells >= 0);
    MUST(col + cells <= cols_);
    MUST(cells_of(text, charset()) == cells);
    MUST(static_cast<std::size_t>(role) < kRoles);
    for (const char c : text) MUST((static_cast<unsigned char>(c) >= 0x20 && c != 0x7f));
  }

  int rows_;
  int cols_;
  std::size_t writes_ = 0;
};

// What is sent at once, without a question, names a process whose PID could be read on the screen when the key was
// pressed.
void see_whom(const std::vector<ControlRequest>& sent, const Snapshot& snapshot, const UiState& state) {
  if (sent.empty()) return;
  GridWindow window(state.rows, state.cols, state.charset);
  draw_screen(snapshot, state, window);
  for (const ControlRequest& request : sent)
    for (const auto& [name, value] : request.params)
      if (const auto* pids = std::get_if<std::vector<std::int64_t>>(&value)) {
        INFO(text_of(request), " with the screen\n", window.text());
        MUST(window.find(fmt::format("{}", pids->at(0))) >= 0);
      }
}

}  // namespace

TEST_CASE("views: whatever happened, a monitor is drawn at any size, and writes nothing outside of its window") {
  std::setlocale(LC_ALL, "C.UTF-8");
  for (const std::uint32_t seed : {11U, 12U}) {
    testing::MonitorStorm storm(seed);
    for (int event = 0; event < testing::kStormEvents / 2; ++event) {
      INFO("seed ", seed, ", event ", event, ", after ", storm.last());
      const UiState before = storm.state();
      const Snapshot shown_before = storm.shown();
      storm.step();
      if (!storm.dialog_before()) see_whom(storm.acted(), shown_before, before);
      const Charset charset = storm.below(2) == 0 ? Charset::Ascii : Charset::Utf8;
      const int rows = 1 + static_cast<int>(storm.below(storm.below(4) == 0 ? 70 : 24));
      const int cols = 1 + static_cast<int>(storm.below(storm.below(4) == 0 ? 200 : 80));
      const UiState resized = next(storm.state(), Resized{rows, cols, charset}, storm.shown(), storm.now()).state;
      StrictWindow window(rows, cols, charset);
      draw_screen(storm.shown(), resized, window);
      MUST(window.writes() > 0);
    }
  }
}

}  // namespace pooltop
