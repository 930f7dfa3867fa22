// SPDX-License-Identifier: MIT
#include "engine/base/units.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cmath>

namespace pooltop {

namespace {

struct Unit {
  std::string_view name;
  double factor;
};

// The number at the front of `text`, and what follows it; nullopt unless it is plain decimal.
std::optional<std::pair<double, std::string_view>> split_number(std::string_view text) {
  if (text.empty() || text.front() < '0' || text.front() > '9') return std::nullopt;
  double value = 0;
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed);
  if (error != std::errc{}) return std::nullopt;
  return std::pair{value, text.substr(static_cast<std::size_t>(end - text.data()))};
}

template <std::size_t N>
std::optional<double> parse_with(std::string_view text, const std::array<Unit, N>& units) {
  const auto split = split_number(text);
  if (!split) return std::nullopt;
  for (const Unit& unit : units)
    if (unit.name == split->second) return split->first * unit.factor;
  return std::nullopt;
}

constexpr auto kDurations = std::to_array<Unit>({{"", 1e9}, {"ms", 1e6}, {"s", 1e9}, {"m", 60e9}, {"h", 3600e9}});
constexpr auto kSizes = std::to_array<Unit>({{"", 1}, {"B", 1}, {"KB", 1e3}, {"MB", 1e6}, {"GB", 1e9},
                                             {"KiB", 1024.0}, {"MiB", 1048576.0}, {"GiB", 1073741824.0}});
constexpr double kYear = 366.0 * 24 * 3600e9;

}  // namespace

std::optional<Nanos> parse_duration(std::string_view text) {
  const auto nanos = parse_with(text, kDurations);
  if (!nanos || *nanos > kYear) return std::nullopt;
  return static_cast<Nanos>(std::llround(*nanos));
}

std::optional<std::uint64_t> parse_size(std::string_view text) {
  const auto bytes = parse_with(text, kSizes);
  if (!bytes || *bytes > 9e15) return std::nullopt;
  return static_cast<std::uint64_t>(std::llround(*bytes));
}

std::string format_duration(Nanos duration) {
  if (duration != 0 && duration % (3600 * kSecond) == 0) return fmt::format("{}h", duration / (3600 * kSecond));
  if (duration != 0 && duration % (60 * kSecond) == 0) return fmt::format("{}m", duration / (60 * kSecond));
  if (duration % kSecond == 0) return fmt::format("{}s", duration / kSecond);
  if (duration < kSecond) return fmt::format("{:g}ms", static_cast<double>(duration) / 1e6);
  return fmt::format("{:g}s", static_cast<double>(duration) / 1e9);
}

std::string format_elapsed(double seconds) {
  const auto s = static_cast<std::int64_t>(std::max(seconds, 0.0));
  return fmt::format("{}:{:02}:{:02}", s / 3600, s / 60 % 60, s % 60);
}

std::string format_short(double seconds) {
  seconds = std::max(seconds, 0.0);
  if (seconds < 10) return fmt::format("{:.1f}s", seconds);
  const auto s = static_cast<std::int64_t>(seconds);
  if (s < 60) return fmt::format("{}s", s);
  if (s < 3600) return fmt::format("{}m{:02}s", s / 60, s % 60);
  if (s < 48 * 3600) return fmt::format("{}h{:02}m", s / 3600, s / 60 % 60);
  return fmt::format("{}d{:02}h", s / 86400, s / 3600 % 24);
}

std::string format_bytes(std::uint64_t bytes) {
  static constexpr std::array kSuffix = {"", "K", "M", "G", "T"};
  double value = static_cast<double>(bytes);
  std::size_t unit = 0;
  while (value >= 1000 && unit + 1 < kSuffix.size()) value /= 1024, ++unit;
  if (unit == 0) return fmt::format("{}", bytes);
  return value < 9.95 ? fmt::format("{:.1f}{}", value, kSuffix[unit]) : fmt::format("{:.0f}{}", value, kSuffix[unit]);
}

}  // namespace pooltop
