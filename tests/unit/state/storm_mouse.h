// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "tests/support/must.h"
#include "tests/support/random.h"
#include "tui/state/next.h"
#include "tui/views/grid_window.h"
#include "tui/views/screen.h"

namespace pooltop::testing {

/// A mouse that clicks anywhere on what was painted, now or long ago.
class StormMouse {
 public:
  explicit StormMouse(Random& random) : random_(random) {}

  void paint(const UiState& state, const Snapshot& shown) {
    window_ = std::make_unique<GridWindow>(state.rows, state.cols, state.charset);
    draw_screen(shown, state, *window_);
    screen_ = state.screen;
  }
  [[nodiscard]] bool has_frame() const { return window_ != nullptr; }
  /// A press somewhere on the frame, mostly on something.
  [[nodiscard]] MousePressed press() {
    const std::uint32_t kind = below(6);
    MousePressed press;
    press.screen = screen_;
    press.input.button = kind == 0 ? MouseButton::WheelUp : kind == 1 ? MouseButton::WheelDown : MouseButton::Left;
    for (std::uint32_t tries = below(40); tries < 40; ++tries) {
      press.input.row = static_cast<int>(below(static_cast<std::uint32_t>(window_->rows())));
      press.input.col = static_cast<int>(below(static_cast<std::uint32_t>(window_->cols())));
      press.target = window_->target_at(press.input.row, press.input.col);
      const bool is_something =
          !std::holds_alternative<std::monostate>(press.target) && !std::holds_alternative<PaneTarget>(press.target);
      if (is_something) break;
    }
    return press;
  }
  /// Nobody but what was painted there has the cursor now, and nobody but what had it is acted on.
  static void check(const MousePressed& press, const UiState& before, const UiState& after,
                    const std::vector<ControlRequest>& acted);

 private:
  [[nodiscard]] std::uint32_t below(std::uint32_t n) { return random_() % n; }

  Random& random_;
  std::unique_ptr<GridWindow> window_;
  Screen screen_ = Screen::Pipeline;
};

inline void StormMouse::check(const MousePressed& press, const UiState& before, const UiState& after,
                              const std::vector<ControlRequest>& acted) {
  const auto* worker = std::get_if<WorkerTarget>(&press.target);
  const auto* key = std::get_if<KeyTarget>(&press.target);
  const auto* choice = std::get_if<ChoiceTarget>(&press.target);
  const bool is_entry = std::holds_alternative<EntryTarget>(press.target);  // of the palette, which acts on the cursor
  const bool is_click = press.input.button == MouseButton::Left;
  if (!is_click) MUST(after.worker == before.worker);
  if (!is_click) MUST(after.stage == before.stage);
  if (worker && !before.dialog && !before.menu) MUST((after.worker == before.worker || after.worker == worker->worker));
  if (!is_click || (!key && !choice && !is_entry)) MUST(acted.empty());
  for (const ControlRequest& request : acted) {
    if (key && row_of(key->action).changes_run) {
      MUST(key->worker == before.worker);
      MUST(key->stage == before.stage);
    }
    if (!choice) continue;
    const auto& painted = choice->choice.deeds;
    MUST(std::any_of(painted.begin(), painted.end(), [&](const Deed& deed) {
      return deed.request.command == request.command && deed.request.params == request.params;
    }));
  }
}

}  // namespace pooltop::testing
