// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>

#include <array>

#include "engine/process/child.h"
#include "engine/process/exec_child.h"
#include "engine/process/worker_starter.h"

namespace pooltop {

/// First arguments that a program keeps for its own new processes.
inline constexpr const char* kWorkerArgument = "--pooltop-worker";
inline constexpr const char* kServerArgument = "--pooltop-forkserver";

/// A worker's descriptors by their numbers in the worker: 0 to 2, region, bell, wake, stream. -1: closed there.
using WorkerTable = std::array<int, kMaxPlacedFds>;

/// `null`: what stands in where the worker has nothing (standard input, no log).
[[nodiscard]] WorkerTable worker_table(const WorkerFds& fds, int null) noexcept;
/// Which numbers are there, one bit each.
[[nodiscard]] unsigned present_numbers(const WorkerTable& table) noexcept;

/// The rest of a forked worker's life, from the first instruction after the fork on.
[[noreturn]] void enter_worker(WorkerEntry entry, pid_t parent, WorkerTable table) noexcept;
/// The same for a worker whose descriptors and signals are in place already (after an exec).
[[noreturn]] void run_worker(WorkerEntry entry, unsigned present) noexcept;

/// Starts this program anew with `argument`, its parent's PID and the numbers that are there as arguments: main() hands
/// them to become_worker_if_asked. Throws std::runtime_error when this main() never called it; std::system_error.
[[nodiscard]] Child start_self(const char* argument, WorkerTable table);

}  // namespace pooltop
