// SPDX-License-Identifier: MIT
#include "tui/views/figures.h"

#include <fmt/format.h>
#include <string.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "engine/base/units.h"

namespace pooltop {

std::string rate_text(double rate) {
  if (!(rate > 0)) return "0.0";
  if (rate < 999.95) return fmt::format("{:.1f}", rate);
  if (rate < 99999.5) return fmt::format("{:.0f}", rate);
  if (rate < 999.5e3) return fmt::format("{:.0f}k", rate / 1e3);
  if (rate < 99.95e6) return fmt::format("{:.1f}M", rate / 1e6);
  return rate < 9999.5e6 ? fmt::format("{:.0f}M", rate / 1e6) : ">9G";
}

std::string count_text(std::uint64_t count) {
  if (count < 100'000) return fmt::format("{}", count);
  if (count < 10'000'000) return fmt::format("{}k", count / 1000);
  if (count < 10'000'000'000) return fmt::format("{}M", count / 1'000'000);
  return fmt::format("{}G", std::min<std::uint64_t>(count / 1'000'000'000, 9999));
}

std::string short_count_text(std::uint64_t count) {
  if (count < 10'000) return fmt::format("{}", count);
  if (count < 1'000'000) return fmt::format("{}k", count / 1000);
  return fmt::format("{}M", std::min<std::uint64_t>(count / 1'000'000, 999));
}

std::string latency_text(double seconds) {
  if (!(seconds > 0)) return "-";  // nothing was measured so far
  if (seconds < 0.0009995) return fmt::format("{:.0f}us", seconds * 1e6);
  if (seconds < 0.9995) return fmt::format("{:.0f}ms", seconds * 1e3);
  return format_short(seconds);
}

std::string brief_text(double seconds) {
  if (!(seconds > 0)) return "0s";
  if (seconds < 99.5) return fmt::format("{:.0f}s", seconds);
  if (seconds < 99 * 60) return fmt::format("{:.0f}m", seconds / 60);
  if (seconds < 99 * 3600) return fmt::format("{:.0f}h", seconds / 3600);
  return fmt::format("{:.0f}d", std::min(seconds / 86400, 99.0));
}

std::string eta_text(const std::optional<double>& seconds) {
  if (!seconds) return "-";
  const double step = *seconds < 30 ? 1 : *seconds < 120 ? 5 : *seconds < 600 ? 10 : *seconds < 7200 ? 60 : 600;
  const double rounded = std::max(1.0, std::round(*seconds / step) * step);
  return "~" + (rounded < 60 ? fmt::format("{:.0f}s", rounded) : format_short(rounded));
}

std::string exit_text(const ExitStatus& end) {
  std::string text = "ended";
  if (end.exit) text = fmt::format("exit {}", *end.exit);
  if (end.signal) {
    const char* name = ::sigabbrev_np(*end.signal);
    text = name ? fmt::format("killed by SIG{}", name) : fmt::format("killed by signal {}", *end.signal);
  }
  return end.cause.empty() ? text : fmt::format("{} ({})", text, end.cause);
}

std::string bar_text(std::uint64_t value, std::uint64_t limit, int cells, const Glyphs& glyphs) {
  const bool eighths = glyphs.bar[0] != glyphs.bar[7];
  const int parts = std::max(cells, 0) * (eighths ? 8 : 1);
  int filled = 0;
  if (limit > 0 && value >= limit)
    filled = parts;
  else if (limit > 0 && value > 0) {
    filled = static_cast<int>(static_cast<double>(value) / static_cast<double>(limit) * parts);
    filled = std::clamp(filled, std::min(1, parts - 1), parts - 1);
  }
  std::string bar;
  for (int cell = 0; cell < cells; ++cell) {
    const int here = std::clamp(eighths ? filled - cell * 8 : (filled - cell) * 8, 0, 8);
    bar += here == 0 ? glyphs.bar_empty : glyphs.bar[static_cast<std::size_t>(here - 1)];
  }
  return bar;
}

std::string_view level_text(std::uint64_t value, std::uint64_t limit, const Glyphs& glyphs) {
  if (limit == 0 || value == 0) return glyphs.spark[0];
  if (value >= limit) return glyphs.spark[8];
  const std::uint64_t most = glyphs.spark[7] == glyphs.spark[8] ? 6 : 7;
  const double eighths = static_cast<double>(value) / static_cast<double>(limit) * 8;
  return glyphs
      .spark[static_cast<std::size_t>(std::clamp<std::uint64_t>(static_cast<std::uint64_t>(eighths), 1, most))];
}

std::string spark_text(std::span<const double> values, int cells, double top, const Glyphs& glyphs) {
  const auto width = static_cast<std::size_t>(std::max(cells, 0));
  if (values.size() > width) values = values.last(width);
  std::string text(width - values.size(), ' ');
  for (const double value : values) {
    int level = top > 0 ? static_cast<int>(std::lround(value / top * 8)) : 0;
    level = std::clamp(level, value > 0 ? 1 : 0, 8);
    text += glyphs.spark[static_cast<std::size_t>(level)];
  }
  return text;
}

std::string share_text(const TimeShare& share) {
  constexpr int kCells = 10;
  const std::array<double, 5> shares{share.busy, share.wait, share.blocked, share.paused, share.backoff};
  constexpr std::string_view kMarks = "#.%=~";
  double sum = 0;
  for (const double part : shares) sum += std::max(part, 0.0);
  if (!(sum > 0)) return std::string(kCells, ' ');
  // Largest remainders get what rounding down left, so the cells are always ten.
  std::array<int, 5> cells{};
  std::array<double, 5> rest{};
  int left = kCells;
  for (std::size_t i = 0; i < shares.size(); ++i) {
    const double exact = std::max(shares[i], 0.0) / sum * kCells;
    cells[i] = static_cast<int>(exact);
    rest[i] = exact - cells[i];
    left -= cells[i];
  }
  for (; left > 0; --left) {
    const auto most = static_cast<std::size_t>(std::max_element(rest.begin(), rest.end()) - rest.begin());
    ++cells[most];
    rest[most] = -1;
  }
  std::string text;
  for (std::size_t i = 0; i < cells.size(); ++i) text += std::string(static_cast<std::size_t>(cells[i]), kMarks[i]);
  return text;
}

double graph_top(std::span<const double> values) {
  double most = 0;
  for (const double value : values) most = std::max(most, value);
  if (!(most > 0)) return 1;
  const double scale = std::pow(10, std::floor(std::log10(most)));
  for (const double step : {1.0, 1.2, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0})
    if (step * scale >= most) return step * scale;
  return 10 * scale;
}

}  // namespace pooltop
