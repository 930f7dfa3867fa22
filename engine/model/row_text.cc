// SPDX-License-Identifier: MIT
#include "engine/model/row_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <concepts>
#include <cstdint>
#include <cstdlib>
#include <iterator>
#include <nlohmann/json.hpp>
#include <optional>
#include <type_traits>

#include "engine/model/worker_members.h"

namespace pooltop {

namespace {

constexpr double kRounding = 0.0005;       // of the text
constexpr double kMostInteger = 1e15;      // below it thousandths are whole numbers that an int64 holds
constexpr std::int64_t kDecimals = 1000;

void append(std::string& out, double value) {
  const double thousandths = std::round(value * kDecimals);
  if (!std::isfinite(value)) {
    out += "0.0";
  } else if (std::abs(thousandths) >= kMostInteger) {
    fmt::format_to(std::back_inserter(out), "{}", value);
  } else {
    const auto whole = static_cast<std::int64_t>(thousandths);
    if (whole < 0) out += '-';
    fmt::format_to(std::back_inserter(out), FMT_STRING("{}.{:03}"), std::abs(whole) / kDecimals,
                   std::abs(whole) % kDecimals);
    const std::size_t digits = out.find_last_not_of('0') + 1;
    out.resize(out[digits - 1] == '.' ? digits + 1 : digits);
  }
}
void append(std::string& out, std::integral auto value) {
  const fmt::format_int digits(value);
  out.append(digits.data(), digits.size());
}
void append(std::string& out, const std::string& text) { append_json_text(out, text); }
void append(std::string& out, WorkerState state) { append_json_text(out, name_of(state)); }

template <typename T>
void append(std::string& out, const std::optional<T>& value);

void append(std::string& out, const ExitStatus& end) {
  out += R"({"exit":)";
  append(out, end.exit);
  out += R"(,"signal":)";
  append(out, end.signal);
  out += R"(,"cause":)";
  append(out, end.cause);
  out += '}';
}

template <typename T>
void append(std::string& out, const std::optional<T>& value) {
  if (value)
    append(out, *value);
  else
    out += "null";
}

template <typename T>
void append_member(std::string& out, std::string_view name, const T& value) {
  out += '"';
  out += name;
  out += "\":";
  append(out, value);
  out += ',';
}

double tolerance_of(MemberKind kind, double known) {
  if (kind == MemberKind::Age) return kAgeTolerance;
  return std::max(kRounding, kRateTolerance * std::abs(known));
}

}  // namespace

double rounded_as_text(double value) {
  return std::isfinite(value) ? std::round(value * kDecimals) / kDecimals : 0;
}

void append_json_text(std::string& out, std::string_view text) {
  const bool plain = std::all_of(text.begin(), text.end(),
                                 [](char c) { return c >= 0x20 && c < 0x7f && c != '"' && c != '\\'; });
  if (plain) {
    out += '"';
    out += text;
    out += '"';
  } else {
    out += nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  }
}

void append_row(std::string& out, const WorkerStatus& row) {
  out += '{';
  each_worker_member([&](std::string_view name, auto member, MemberKind) { append_member(out, name, row.*member); });
  out.back() = '}';
}

bool append_row_changes(std::string& out, WorkerStatus& known, const WorkerStatus& now) {
  const std::size_t before = out.size();
  each_worker_member([&](std::string_view name, auto member, MemberKind kind) {
    auto& old = known.*member;
    const auto& value = now.*member;
    if constexpr (std::is_same_v<std::remove_cvref_t<decltype(old)>, double>) {
      if (std::abs(value - old) <= tolerance_of(kind, old)) return;
      old = rounded_as_text(value);
    } else {
      if (old == value) return;
      old = value;
    }
    append_member(out, name, old);
  });
  return out.size() != before;
}

}  // namespace pooltop
