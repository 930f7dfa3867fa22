// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "tui/state/line_edit.h"

namespace pooltop {

struct Step;

/// A line that is typed at the bottom of the screen: a filter, a search, a value. All keys are its text until Enter or
/// Esc. What becomes of the text is up to whoever opened it; an empty handler does nothing.
struct Prompt {
  using Handler = void (*)(Step& step, const Prompt& prompt);

  std::string label;  ///< in front of the text: "filter"
  LineEdit line;
  std::string about;  ///< for the handlers: what the text is for
  std::string hint;   ///< behind the text, where there is room
  Handler changed = nullptr;
  Handler accepted = nullptr;
  Handler cancelled = nullptr;
};

struct MenuEntry {
  std::string id;     ///< for the handlers; not shown
  std::string label;  ///< what typing is compared with
  std::string right;  ///< a key, a value
  std::string note;   ///< below the list while the entry is chosen: a command line, an explanation
  bool enabled = true;
};

/// A list to pick from, over the screen. Where `narrows`, typed characters leave only the entries that fit them, best
/// first; else `key` gets every key that the list itself does not know. Enter picks, Esc closes.
struct Menu {
  using Picked = void (*)(Step& step, const Menu& menu, const MenuEntry& entry);
  using OtherKey = bool (*)(Step& step, const Menu& menu, const MenuEntry& entry, Key key);

  std::string title;
  std::vector<MenuEntry> entries;
  std::string about;  ///< for the handlers
  std::string hint;   ///< on the lower edge: the keys that it knows besides
  bool narrows = false;
  LineEdit typed;
  std::vector<std::size_t> shown;  ///< indexes of the entries that fit, in the order shown
  std::size_t at = 0;              ///< place in `shown`
  Picked picked = nullptr;         ///< the menu is closed already when it is called
  OtherKey other_key = nullptr;    ///< true: it meant something, and closed or changed the menu if it should
};

}  // namespace pooltop
