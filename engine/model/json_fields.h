// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

namespace pooltop {

/// `value` to 3 decimals, as ages, rates and durations are told; 0 for what is no number.
[[nodiscard]] inline double rounded(double value) { return std::isfinite(value) ? std::round(value * 1000) / 1000 : 0; }

/// The value, or null where there is none.
template <typename T>
[[nodiscard]] nlohmann::ordered_json nullable(const std::optional<T>& value) {
  return value ? nlohmann::ordered_json(*value) : nlohmann::ordered_json(nullptr);
}

/// One line; bytes that are no UTF-8 become U+FFFD.
[[nodiscard]] inline std::string line_of(const nlohmann::ordered_json& value) {
  return value.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

/// Reads a member that may be missing or null: `value` stays as it is then. A wrong type throws nlohmann's exception.
template <typename T>
void read_member(const nlohmann::json& object, const char* key, T& value) {
  const auto found = object.find(key);
  if (found != object.end() && !found->is_null()) found->get_to(value);
}

/// The same for one that may be unknown: null takes away what was there.
template <typename T>
void read_member(const nlohmann::json& object, const char* key, std::optional<T>& value) {
  const auto found = object.find(key);
  if (found == object.end()) return;
  if (found->is_null())
    value.reset();
  else
    value = found->get<T>();
}

}  // namespace pooltop
