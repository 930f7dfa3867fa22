// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "tui/keys/key.h"
#include "tui/keys/mouse.h"
#include "tui/theme/theme.h"
#include "tui/views/window.h"

namespace pooltop {

/// Why this process cannot show a screen ("stdout is no terminal", "TERM=dumb cannot move its cursor"); nullopt if it
/// can.
[[nodiscard]] std::optional<std::string> why_no_terminal();

struct SessionOptions {
  ColorMode color = ColorMode::Auto;
  Theme theme = Theme::Standard;  ///< where there are colours
  bool title = false;             ///< the terminal's title may be set
};

/// The terminal of stdin and stdout while the monitor has it: raw keys, alternate screen, no cursor. One at a time.
/// It is given back as it was when the session ends, and when the process dies of SEGV, ABRT, BUS, FPE or ILL.
/// Signals are the caller's: WINCH is told by resize(), TSTP and CONT by suspend() and resume().
class Session {
 public:
  /// Throws std::runtime_error if the terminal cannot be used (why_no_terminal() says why).
  explicit Session(const SessionOptions& options);
  explicit Session(ColorMode mode) : Session(SessionOptions{.color = mode, .theme = Theme::Standard, .title = false}) {}
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  /// The whole screen. Draw between begin_frame(), which clears it, and end_frame(), which sends what changed: nothing
  /// where nothing did. Never waits for the terminal; what it does not take at once is kept for flush().
  [[nodiscard]] Window& window();
  void begin_frame();
  void end_frame();
  /// True if the terminal has taken all and takes more: a frame may be made.
  [[nodiscard]] bool flush();
  /// While something is kept: poll fd() for writing, then flush().
  [[nodiscard]] bool wants_write() const;
  [[nodiscard]] int fd() const;

  /// The next key that waits, kNoKey for one that pooltop has no name for; nullopt: no more. Waits 25 ms at most, to
  /// tell Esc from the start of another key.
  [[nodiscard]] std::optional<Key> read_key();

  /// What was pasted, after kKeyPaste: a terminal says where a paste begins and ends (bracketed paste), so that none
  /// of it is taken for keys. 64 Ki characters at most; what is beyond is dropped.
  [[nodiscard]] std::u32string take_paste();

  /// Takes over the terminal's present size; its size before stays if the terminal gives none.
  void resize();
  /// Whether the terminal can report the mouse; whether it does (not at first). Else it selects text with it.
  [[nodiscard]] bool has_mouse() const;
  void use_mouse(bool use);
  /// What the mouse did, after kKeyMouse.
  [[nodiscard]] MouseInput take_mouse() const;
  [[nodiscard]] Theme theme() const;
  /// From the next frame on.
  void use_theme(Theme theme);
  /// Why only Theme::Mono can be used; empty: all can.
  [[nodiscard]] const std::string& why_no_colors() const;
  /// What the terminal calls itself while it is here; its own title comes back where it can keep one. Sent only if it
  /// is another one than before, and not where it could not be taken back. Of printable characters.
  void set_title(const std::string& title);
  void ring();
  /// Every cell is sent again at the next frame.
  void repaint();
  /// Asks the terminal to put `text` into its clipboard; why not, where that is known. Whether it did nobody is told.
  [[nodiscard]] std::optional<std::string> copy(std::string_view text);
  /// The terminal as it was before, until resume(), which takes it again.
  void suspend();
  void resume();

 private:
  void begin_curses();
  void send_modes();
  void leave_screen();
  void make_frame();
  [[nodiscard]] bool drain();

  struct Terminal;
  std::unique_ptr<Terminal> terminal_;
};

}  // namespace pooltop
