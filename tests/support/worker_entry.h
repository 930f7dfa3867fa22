// SPDX-License-Identifier: MIT
#pragma once

#include "engine/process/worker_starter.h"

namespace pooltop {

/// What runs in the workers of a test binary. A test file sets it before main():
///   const bool registered = (pooltop::test_worker_entry() = &pooltop::worker_main, true);
/// Unset, a worker says so and ends with 70.
[[nodiscard]] WorkerEntry& test_worker_entry();

}  // namespace pooltop
