// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tui/state/target.h"
#include "tui/theme/glyphs.h"
#include "tui/theme/theme.h"

namespace pooltop {

/// A rectangle of character cells that views draw on: the terminal's, a grid in tests, or a part of either.
class Window {
 public:
  explicit Window(Charset charset) : charset_(charset) {}
  virtual ~Window() = default;
  Window(const Window&) = delete;
  Window& operator=(const Window&) = delete;

  [[nodiscard]] virtual int rows() const = 0;
  [[nodiscard]] virtual int cols() const = 0;
  [[nodiscard]] Charset charset() const { return charset_; }
  [[nodiscard]] const Glyphs& glyphs() const { return glyphs_of(charset_); }

  /// Draws UTF-8 text at a cell and returns the column after it, clipped or not. What lies outside of the window is cut
  /// off; a control character, what is no UTF-8, and in ASCII every other character is drawn as '?', so no text can
  /// reach the terminal as anything but text. Half of a wide character at an edge is a space.
  int put(int row, int col, std::string_view text, Role role = Role::Text);
  /// Fills cells with spaces.
  void clear(int row, int col, int cells, Role role = Role::Text);

  /// Notes what cells stand for, so that a click on them is known to be about that. Of several the last one holds.
  void stand_for(int row, int col, int rows, int cols, MouseTarget target);
  /// The same for a whole line.
  void line_stands_for(int row, MouseTarget target) { stand_for(row, 0, 1, cols(), std::move(target)); }
  [[nodiscard]] MouseTarget target_at(int row, int col) const;
  /// All that was noted; a frame begins.
  void forget_targets() { spots_.clear(); }

 protected:
  /// Cells and what they stand for.
  struct Spot {
    int row = 0, col = 0, rows = 0, cols = 0;
    MouseTarget target;
  };
  /// `text` is clean and lies inside of the window; `cells` is its width.
  virtual void write(int row, int col, std::string_view text, int cells, Role role) = 0;
  /// Lies inside of the window.
  virtual void note(Spot spot) { spots_.push_back(std::move(spot)); }
  friend class SubWindow;

 private:
  Charset charset_;
  std::vector<Spot> spots_;
};

/// A part of another window, with its own origin; clipped to it.
class SubWindow final : public Window {
 public:
  SubWindow(Window& parent, int row, int col, int rows, int cols);
  [[nodiscard]] int rows() const override { return rows_; }
  [[nodiscard]] int cols() const override { return cols_; }

 private:
  void write(int row, int col, std::string_view text, int cells, Role role) override;
  void note(Spot spot) override;

  Window& parent_;
  int row_, col_, rows_, cols_;
};

}  // namespace pooltop
