// SPDX-License-Identifier: MIT
#include "engine/journal/digest.h"

#include <doctest/doctest.h>

using namespace pooltop;

TEST_CASE("journal: a digest is FNV-1a over each item's length and bytes, so where items end counts too") {
  // By another program, from the published constants.
  CHECK(add_to_digest(0, "") == 0xa8c7f832281a39c5);
  CHECK(add_to_digest(add_to_digest(0, "ab"), "c") == 0x7e60470bf599cad6);
  CHECK(add_to_digest(add_to_digest(0, "a"), "bc") == 0xba1e1f0e0704d8ea);
}
