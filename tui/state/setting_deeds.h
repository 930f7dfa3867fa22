// SPDX-License-Identifier: MIT
#pragma once

#include "tui/state/steps.h"

namespace pooltop {

/// What keys do to settings; private to this room. What may not be changed now is said.

/// Opens the line where the value of the setting under the cursor is typed. It stays until the engine took the value.
void type_setting(Step& step);
/// Writes anew what stands beside that line: the value may be another one by now.
void label_prompt(Step& step);
/// One worker more or less, where the cursor is on `workers`.
void step_workers(Step& step, int by);
void put_setting_back(Step& step);
/// The dialogs about all that was changed.
void ask_to_drop(Step& step);
void ask_to_write(Step& step);

}  // namespace pooltop
