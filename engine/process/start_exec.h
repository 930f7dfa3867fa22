// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>

#include "engine/process/child.h"
#include "engine/process/exec_child.h"

namespace pooltop {

/// Carries a plan out: a vfork-like clone, its exec, and the pidfd. Fills in the plan's `parent`.
/// Returns after the exec. Throws std::system_error "STEP OBJECT: reason"; `name` is the program's in it.
[[nodiscard]] Child start_exec(ExecPlan& plan, std::string_view name);

}  // namespace pooltop
