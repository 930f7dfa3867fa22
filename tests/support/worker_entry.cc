// SPDX-License-Identifier: MIT
#include "tests/support/worker_entry.h"

#include <unistd.h>

#include <cstdio>

namespace pooltop {
namespace {

void no_entry(const WorkerFds&) {
  std::fputs("this test binary has set no test_worker_entry()\n", stderr);
  ::_exit(70);
}

}  // namespace

WorkerEntry& test_worker_entry() {
  static WorkerEntry entry = &no_entry;
  return entry;
}

}  // namespace pooltop
