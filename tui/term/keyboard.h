// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>

#include "engine/base/clock.h"
#include "tui/keys/key.h"
#include "tui/keys/mouse.h"
#include "tui/term/mouse_report.h"

namespace pooltop {

/// What the terminal sends, as keys. Made when curses has the terminal; one at a time.
class Keyboard {
 public:
  /// `has_modes`: the terminal says where a paste begins and ends, and what the mouse does, if it is told to.
  explicit Keyboard(bool has_modes);

  /// The next key that waits, kNoKey for one that pooltop has no name for; nullopt: no more.
  [[nodiscard]] std::optional<Key> read_key();
  /// What was pasted, after kKeyPaste.
  [[nodiscard]] std::u32string take_paste();
  /// What the mouse did, after kKeyMouse.
  [[nodiscard]] MouseInput take_mouse() const { return mouse_; }

 private:
  [[nodiscard]] std::optional<Key> take_key(bool is_named, Key code);
  [[nodiscard]] std::optional<Key> take_named(Key code);
  [[nodiscard]] std::optional<Key> take_reported(bool is_named, Key code);
  [[nodiscard]] std::optional<Key> read_three_bytes();
  void begin_paste();
  [[nodiscard]] std::optional<Key> take_pasted(bool is_named, Key code);

  bool pasting_ = false;  // between the two ends of a paste
  std::u32string pasted_;
  Nanos pasted_at_ = 0;                // the last part of it
  std::optional<MouseReport> report_;  // the one that is being read
  Nanos reported_at_ = 0;              // its last part
  std::optional<MouseReport> three_bytes_;
  MouseInput mouse_;
};

}  // namespace pooltop
