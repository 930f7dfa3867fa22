// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <random>

namespace pooltop::testing {

/// std::mt19937 with a result of 32 bits by type too: the same numbers from the same seed, everywhere.
using Random = std::mersenne_twister_engine<std::uint32_t, 32, 624, 397, 31, 0x9908b0df, 11, 0xffffffff, 7, 0x9d2c5680,
                                            15, 0xefc60000, 18, 1812433253>;

/// How many seeds a test against a model goes through. The sanitizers look for other faults, several times slower.
#ifdef POOLTOP_SANITIZED
inline constexpr std::uint32_t kSeeds = 500;
inline constexpr int kStormEvents = 4'000;  ///< of a monitor, from one seed
#else
inline constexpr std::uint32_t kSeeds = 2000;
inline constexpr int kStormEvents = 10'000;
#endif

}  // namespace pooltop::testing
