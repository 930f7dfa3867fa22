// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

/// What a target is: it takes any bytes. It ends the program by MUST_HOLD when something that must hold does not; a
/// crash, a sanitizer's report or an exception ends it as well. libFuzzer calls it (preset `fuzz`);
/// tests/fuzz/replay.cc calls it with what is in corpus/ and with changes of it (every build).
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

#define MUST_HOLD(condition)                                   \
  do {                                                         \
    if (!(condition)) {                                        \
      std::fprintf(stderr, "does not hold: %s\n", #condition); \
      std::abort();                                            \
    }                                                          \
  } while (false)

inline std::string_view text_of(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}
