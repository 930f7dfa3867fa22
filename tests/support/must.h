// SPDX-License-Identifier: MIT
#pragma once

#include <doctest/doctest.h>

/// REQUIRE for the inside of a loop of millions: as strict, but it says the condition only, not its values.
#define MUST(condition)                 \
  do {                                  \
    if (!(condition)) FAIL(#condition); \
  } while (false)
