// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "engine/base/clock.h"

namespace pooltop {

/// "250ms", "30s", "5m", "2h", "1.5s", or a bare number of seconds; nullopt for anything else, negative or above a year.
[[nodiscard]] std::optional<Nanos> parse_duration(std::string_view text);

/// "64KiB", "1GB", "10MiB" or bytes ("65536"); KB, MB, GB are powers of 1000. nullopt for anything else.
[[nodiscard]] std::optional<std::uint64_t> parse_size(std::string_view text);

/// The shortest text that parse_duration reads back: "250ms", "30s", "1.5s", "5m".
[[nodiscard]] std::string format_duration(Nanos duration);

/// "0:01:15": hours, minutes, seconds.
[[nodiscard]] std::string format_elapsed(double seconds);

/// Four columns or so: "0.3s", "42s", "5m07s", "2h13m", "3d04h".
[[nodiscard]] std::string format_short(double seconds);

/// "512", "31K", "31M", "1.2G": bytes in binary units.
[[nodiscard]] std::string format_bytes(std::uint64_t bytes);

}  // namespace pooltop
