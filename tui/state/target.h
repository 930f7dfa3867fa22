// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>

#include "engine/model/snapshot.h"
#include "tui/keys/key_table.h"
#include "tui/state/ui_state.h"

namespace pooltop {

// What a place on the screen stands for: the identity of what was painted there, never a row's number. Whatever comes,
// goes or changes places before a click arrives, the click is about that and about nothing else.

/// A pane, where it shows no row.
struct PaneTarget {
  Pane pane = Pane::Stages;
};
/// Text that can only be scrolled; `last_top` is the first line of its last page.
struct TextTarget {
  std::size_t last_top = 0;
};
struct StageTarget {
  std::string stage;
};
struct WorkerTarget {
  WorkerKey worker;
};
/// An item in a queue or on the list of the failed ones.
struct ItemTarget {
  ItemKey item;
};
/// A line of output, by its number.
struct LineTarget {
  std::uint64_t line = 0;
};
struct ProblemTarget {
  Problem problem;
};
/// A setting of the stage whose settings are shown.
struct SettingTarget {
  std::string stage;
  std::string key;
};
/// A column's name above the workers.
struct ColumnTarget {
  WorkerColumn column = WorkerColumn::Pid;
};
/// A choice of the dialog, with what it would send.
struct ChoiceTarget {
  Choice choice;
};
/// An entry of the menu with that title.
struct EntryTarget {
  std::string menu;
  std::string id;
  std::string label;
};
/// A label in the key bar, and what was under the cursor when it was painted.
struct KeyTarget {
  Action action = Action::Help;
  std::string stage;
  std::optional<WorkerKey> worker;
};

/// monostate: nothing that a click could be about.
using MouseTarget =
    std::variant<std::monostate, PaneTarget, TextTarget, StageTarget, WorkerTarget, ItemTarget, LineTarget,
                 ProblemTarget, SettingTarget, ColumnTarget, ChoiceTarget, EntryTarget, KeyTarget>;

}  // namespace pooltop
