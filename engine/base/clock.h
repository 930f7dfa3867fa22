// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace pooltop {

using Clock = std::chrono::steady_clock;
/// Nanoseconds of CLOCK_MONOTONIC: the one time of the engine and its workers; wall clock is for display only.
using Nanos = std::int64_t;

inline constexpr Nanos kMicrosecond = 1'000;
inline constexpr Nanos kMillisecond = 1'000'000;
inline constexpr Nanos kSecond = 1'000'000'000;

[[nodiscard]] constexpr double to_seconds(Nanos nanos) { return static_cast<double>(nanos) / 1e9; }

/// Now, on CLOCK_MONOTONIC.
[[nodiscard]] Nanos monotonic_now() noexcept;

/// Microseconds since 1970 of the wall clock. The environment's POOLTOP_CLOCK (2026-01-31T12:01:15Z) makes it stand
/// still, for tests of what is shown.
[[nodiscard]] std::int64_t wall_now_us() noexcept;

/// "2026-01-31T12:00:00Z" (UTC).
[[nodiscard]] std::string format_utc(std::int64_t wall_us);
/// "2026-01-31T12:00:00.123Z" (UTC).
[[nodiscard]] std::string format_utc_ms(std::int64_t wall_us);
/// Microseconds since 1970 of "2026-01-31T12:00:00Z" (fraction allowed); -1 if it is none.
[[nodiscard]] std::int64_t parse_utc(const std::string& text);

}  // namespace pooltop
