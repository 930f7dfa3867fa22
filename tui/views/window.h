// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

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

 protected:
  /// `text` is clean and lies inside of the window; `cells` is its width.
  virtual void write(int row, int col, std::string_view text, int cells, Role role) = 0;
  friend class SubWindow;

 private:
  Charset charset_;
};

/// A part of another window, with its own origin; clipped to it.
class SubWindow final : public Window {
 public:
  SubWindow(Window& parent, int row, int col, int rows, int cols);
  [[nodiscard]] int rows() const override { return rows_; }
  [[nodiscard]] int cols() const override { return cols_; }

 private:
  void write(int row, int col, std::string_view text, int cells, Role role) override;

  Window& parent_;
  int row_, col_, rows_, cols_;
};

}  // namespace pooltop
