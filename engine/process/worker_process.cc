// SPDX-License-Identifier: MIT
#include "engine/process/worker_process.h"

#include <fmt/format.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <cstdio>
#include <exception>

namespace pooltop {
namespace {

enum Number { kRegion = 3, kBell = 4, kWake = 5, kStream = 6 };

constexpr int kCannotStart = 127;

}  // namespace

WorkerTable worker_table(const WorkerFds& fds, int null) noexcept {
  const int log = fds.log >= 0 ? fds.log : null;
  return {null, log, log, fds.region, fds.bell, fds.wake, fds.stream};
}

unsigned present_numbers(const WorkerTable& table) noexcept {
  unsigned out = 0;
  for (unsigned i = 0; i < table.size(); ++i) out |= table[i] >= 0 ? 1u << i : 0u;
  return out;
}

void enter_worker(WorkerEntry entry, pid_t parent, WorkerTable table) noexcept {
  const unsigned present = present_numbers(table);
  if (!die_with(parent) || !place_descriptors(table.data(), kMaxPlacedFds)) ::_exit(kCannotStart);
  reset_signals();
  run_worker(entry, present);
}

void run_worker(WorkerEntry entry, unsigned present) noexcept {
  ::setsid();  // refused only where this process leads a session already, which is what is wanted
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
  ::prctl(PR_SET_NAME, "pooltop-worker");
  const auto number = [present](Number n) { return (present >> n & 1) != 0 ? static_cast<int>(n) : -1; };
  try {
    entry({number(kRegion), number(kBell), number(kWake), number(kStream), STDERR_FILENO});
  } catch (const std::exception& error) {
    std::fprintf(stderr, "pooltop: worker %d: %s\n", ::getpid(), error.what());
    std::fflush(nullptr);
    ::_exit(1);
  }
  std::fflush(nullptr);
  ::_exit(0);
}

}  // namespace pooltop
