// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

namespace pooltop {

/// How a worker process is made. The three behave the same.
enum class StartMethod : std::uint8_t { Forkserver, Fork, Spawn };

}  // namespace pooltop
