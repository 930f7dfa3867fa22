// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>

#include "engine/base/clock.h"
#include "tui/keys/key.h"

namespace pooltop {

/// What the terminal sends, as keys. Made when curses has the terminal; one at a time.
class Keyboard {
 public:
  /// `has_modes`: the terminal was told to say where a paste begins and ends.
  explicit Keyboard(bool has_modes);

  /// The next key that waits, kNoKey for one that pooltop has no name for; nullopt: no more.
  [[nodiscard]] std::optional<Key> read_key();
  /// What was pasted, after kKeyPaste.
  [[nodiscard]] std::u32string take_paste();

 private:
  [[nodiscard]] std::optional<Key> take_key(bool is_named, Key code);
  void begin_paste();
  [[nodiscard]] std::optional<Key> take_pasted(bool is_named, Key code);

  bool pasting_ = false;  // between the two ends of a paste
  std::u32string pasted_;
  Nanos pasted_at_ = 0;  // the last part of it
};

}  // namespace pooltop
