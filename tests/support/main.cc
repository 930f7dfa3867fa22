// SPDX-License-Identifier: MIT
#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>

#include "tests/support/worker_entry.h"

int main(int argc, char** argv) {
  pooltop::become_worker_if_asked(argc, argv, pooltop::test_worker_entry());
  return doctest::Context(argc, argv).run();
}
