// SPDX-License-Identifier: MIT
#include "engine/base/clock.h"

#include <fmt/format.h>

#include <cstdlib>
#include <ctime>

namespace pooltop {

Nanos monotonic_now() noexcept {
  timespec t{};
  ::clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * kSecond + t.tv_nsec;
}

std::int64_t wall_now_us() noexcept {
  static const std::int64_t fixed = [] {
    const char* text = std::getenv("POOLTOP_CLOCK");
    return text == nullptr ? -1 : parse_utc(text);
  }();
  if (fixed >= 0) return fixed;
  timespec t{};
  ::clock_gettime(CLOCK_REALTIME, &t);
  return t.tv_sec * 1'000'000 + t.tv_nsec / 1000;
}

namespace {
std::tm utc_fields(std::int64_t wall_us) {
  const std::time_t seconds = static_cast<std::time_t>(wall_us / 1'000'000);
  std::tm fields{};
  ::gmtime_r(&seconds, &fields);
  return fields;
}

std::string format_fields(const std::tm& f) {
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}", f.tm_year + 1900, f.tm_mon + 1, f.tm_mday, f.tm_hour,
                     f.tm_min, f.tm_sec);
}
}  // namespace

std::string format_utc(std::int64_t wall_us) { return format_fields(utc_fields(wall_us)) + "Z"; }

std::string format_utc_ms(std::int64_t wall_us) {
  return fmt::format("{}.{:03}Z", format_fields(utc_fields(wall_us)), wall_us / 1000 % 1000);
}

std::int64_t parse_utc(const std::string& text) {
  std::tm fields{};
  const char* end = ::strptime(text.c_str(), "%Y-%m-%dT%H:%M:%S", &fields);
  if (end == nullptr) return -1;
  std::int64_t us = 0;
  if (*end == '.') {
    std::int64_t scale = 100'000;
    for (++end; *end >= '0' && *end <= '9'; ++end, scale /= 10) us += (*end - '0') * scale;
  }
  if (*end != 'Z' || end[1] != '\0') return -1;
  return static_cast<std::int64_t>(::timegm(&fields)) * 1'000'000 + us;
}

}  // namespace pooltop
