// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "engine/model/snapshot.h"
#include "tui/theme/glyphs.h"

namespace pooltop {

/// Numbers as the screen shows them: short, with a fixed largest width, so that a refresh changes few cells.

/// Five columns at most: "0.0", "40.1", "1234", "12.3k", "1.2M".
[[nodiscard]] std::string rate_text(double per_second);
/// Five columns at most: "99999", "123k", "12M".
[[nodiscard]] std::string count_text(std::uint64_t count);
/// Four columns at most: "9999", "12k", "1M".
[[nodiscard]] std::string short_count_text(std::uint64_t count);
/// Five columns at most: "150us", "45ms", "900ms", "3.2s", "42s", "5m07s".
[[nodiscard]] std::string latency_text(double seconds);
/// Three columns at most: "4s", "99s", "12m", "5h", "3d".
[[nodiscard]] std::string brief_text(double seconds);
/// "~2m30s", rounded so that it does not flicker; "-" where it is unknown.
[[nodiscard]] std::string eta_text(const std::optional<double>& seconds);
/// "exit 1", "killed by SIGSEGV", with the cause where pooltop knows one.
[[nodiscard]] std::string exit_text(const ExitStatus& end);

/// A bar of `cells`, full only if `value` is `limit`, with something in it as soon as `value` is not 0.
[[nodiscard]] std::string bar_text(std::uint64_t value, std::uint64_t limit, int cells, const Glyphs& glyphs);
/// The same in one cell.
[[nodiscard]] std::string_view level_text(std::uint64_t value, std::uint64_t limit, const Glyphs& glyphs);
/// One column per value, newest right, of `cells`; a value above 0 is always seen. `top` is a full column's value.
[[nodiscard]] std::string spark_text(std::span<const double> values, int cells, double top, const Glyphs& glyphs);
/// Ten cells of what the workers' time went into: # busy, . waiting, % blocked, = paused, ~ backoff.
[[nodiscard]] std::string share_text(const TimeShare& share);
/// A round number that is not below the largest value, and little above it.
[[nodiscard]] double graph_top(std::span<const double> values);

}  // namespace pooltop
