// SPDX-License-Identifier: MIT
#include "tui/state/filter.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <utility>

#include "engine/base/terms.h"
#include "engine/base/text.h"
#include "engine/base/units.h"

namespace pooltop {
namespace {

using Kind = FilterTerm::Kind;
using Order = FilterTerm::Order;

bool begins_with(std::string_view text, std::string_view part) {
  return text.size() >= part.size() && std::equal(part.begin(), part.end(), text.begin(),
                                                  [](char small, char any) { return to_lower(any) == small; });
}

struct Operator {
  std::string_view sign;
  Order order;
};
// The longer one first: ">=" is no ">" with a value that begins with "=".
constexpr auto kOperators = std::to_array<Operator>({{">=", Order::MoreOrSame},
                                                     {"<=", Order::LessOrSame},
                                                     {">", Order::More},
                                                     {"<", Order::Less},
                                                     {"=", Order::Same},
                                                     {":", Order::Same}});

struct Parts {
  std::string name;
  std::string_view sign;
  Order order = Order::Same;
  std::string_view value;
};

// "name>value", where what stands in front looks like a name; "10:30" and "/a:b" are words.
std::optional<Parts> parts_of(std::string_view text) {
  const std::size_t end = text.find_first_of(":<>=");
  if (end == std::string_view::npos || end == 0) return std::nullopt;
  const std::string_view name = text.substr(0, end);
  if (name.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-") != std::string_view::npos)
    return std::nullopt;
  for (const Operator& one : kOperators)
    if (text.substr(end).starts_with(one.sign))
      return Parts{lower_case(name), one.sign, one.order, text.substr(end + one.sign.size())};
  return std::nullopt;
}

std::optional<double> number_of(std::string_view text) {
  double value = 0;
  if (!read_number(text, value) || !std::isfinite(value)) return std::nullopt;
  return value;
}

// As the table shows sizes: 100M are MiB.
std::optional<double> bytes_of(std::string_view text) {
  if (text.empty()) return std::nullopt;
  constexpr std::string_view kUnits = "kmgt";
  const auto unit = kUnits.find(to_lower(text.back()));
  if (unit == std::string_view::npos) {
    if (const auto size = parse_size(text)) return static_cast<double>(*size);
    return number_of(text);
  }
  const auto number = number_of(text.substr(0, text.size() - 1));
  return number ? std::optional<double>(std::ldexp(*number, 10 * (static_cast<int>(unit) + 1))) : std::nullopt;
}

// "90", "1m30s", "1.5s", "200ms": parts of parse_duration's kind, one after another.
std::optional<double> seconds_of(std::string_view text) {
  double sum = 0;
  while (!text.empty()) {
    const std::size_t digits = std::min(text.find_first_not_of("0123456789."), text.size());
    const std::size_t units = std::min(text.find_first_of("0123456789.", digits), text.size());
    const auto part = parse_duration(text.substr(0, units));
    if (!part) return std::nullopt;
    sum += static_cast<double>(*part) / static_cast<double>(kSecond);
    text.remove_prefix(units);
  }
  return sum;
}

std::optional<double> value_of(ColumnKind kind, std::string_view text) {
  if (kind == ColumnKind::Bytes) return bytes_of(text);
  if (kind == ColumnKind::Seconds) return seconds_of(text);
  if (text.ends_with('%')) text.remove_suffix(1);
  return number_of(text);
}

std::string_view example_of(ColumnKind kind) {
  if (kind == ColumnKind::Bytes) return "100M";
  return kind == ColumnKind::Seconds ? "30s" : "10";
}

// A term of its parts. `complaint` stays empty where there is nothing to say; no term: nothing to filter by.
std::optional<FilterTerm> is_term(const Parts& parts, std::string& complaint) {
  FilterTerm term;
  const std::string value = lower_case(parts.value);
  if (value.empty()) return std::nullopt;
  if (std::string_view("marked").starts_with(value)) {
    term.kind = Kind::Marked;
  } else if (std::string_view("slow").starts_with(value)) {
    term.kind = Kind::Slow;
  } else {
    complaint = fmt::format("is:{} is unknown: is:marked, is:slow", value);
    return std::nullopt;
  }
  return term;
}

std::optional<FilterTerm> text_term(WorkerColumn column, const Parts& parts, std::string& complaint) {
  FilterTerm term;
  term.kind = Kind::Text;
  term.column = column;
  term.text = lower_case(parts.value);
  if (parts.order != Order::Same) {
    complaint = fmt::format("{} is text: {}:{}", parts.name, parts.name, parts.value);
    return std::nullopt;
  }
  if (column != WorkerColumn::State) return term;
  std::vector<std::string_view> names;
  for (const auto& row : kWorkerStates) names.push_back(row.name);
  if (std::any_of(names.begin(), names.end(), [&](auto name) { return name.starts_with(term.text); })) return term;
  const auto nearest = nearest_name(term.text, names);
  complaint = nearest ? fmt::format("no state \"{}\": {}?", parts.value, *nearest)
                      : fmt::format("no state \"{}\": {}", parts.value, fmt::join(names, " "));
  return std::nullopt;
}

std::optional<FilterTerm> number_term(WorkerColumn column, const Parts& parts, std::string& complaint) {
  FilterTerm term;
  term.column = column;
  if (parts.value.empty()) return std::nullopt;
  if (column == WorkerColumn::Pid && parts.order == Order::Same) {  // as it is typed, digit by digit
    term.kind = Kind::Text;
    term.text = parts.value;
    return term;
  }
  const ColumnKind kind = row_of(column).kind;
  const auto value = value_of(kind, parts.value);
  if (!value) {
    complaint = fmt::format("{}{} takes a figure, as {}", parts.name, parts.sign, example_of(kind));
    return std::nullopt;
  }
  term.kind = Kind::Compare;
  term.order = parts.order;
  term.value = *value;
  return term;
}

FilterTerm word(std::string_view text) {
  FilterTerm term;
  term.text = lower_case(text);
  return term;
}

// A name that is no column: it may be mistyped, or be part of what is looked for, as in "https://".
std::optional<FilterTerm> unknown_name(const Term& raw, const Parts& parts, std::string& complaint) {
  if (parts.sign == "=" || parts.value.starts_with("//")) return word(raw.text);
  std::vector<std::string_view> names{"is"};
  for (const WorkerColumnRow& row : worker_columns()) names.push_back(row.name);
  const auto nearest = nearest_name(parts.name, names);
  complaint = nearest ? fmt::format("no column \"{}\": {}{}?", parts.name, *nearest, parts.sign)
                      : fmt::format("no column \"{}\"; \"{}\" in quotes is text", parts.name, raw.text);
  return std::nullopt;
}

std::optional<FilterTerm> term_of(const Term& raw, std::string& complaint) {
  const auto parts = raw.quoted ? std::nullopt : parts_of(raw.text);
  if (!parts) return raw.text.empty() ? std::nullopt : std::optional(word(raw.text));
  if (parts->name == "is" && parts->order == Order::Same) return is_term(*parts, complaint);
  const auto column = worker_column_named(parts->name);
  if (!column) return unknown_name(raw, *parts, complaint);
  if (row_of(*column).kind == ColumnKind::Text) return text_term(*column, *parts, complaint);
  return number_term(*column, *parts, complaint);
}

bool has_order(Order order, double left, double right) {
  switch (order) {
    case Order::Less:
      return left < right;
    case Order::LessOrSame:
      return left <= right;
    case Order::Same:
      return left == right;
    case Order::MoreOrSame:
      return left >= right;
    case Order::More:
      return left > right;
  }
  return false;
}

bool has_word(const WorkerStatus& worker, const std::string& text) {
  if (worker.item && has_part(*worker.item, text)) return true;
  if (has_part(worker.stage, text) || name_of(worker.state) == text) return true;
  if (worker.item_id && has_part("#" + *worker.item_id, text)) return true;
  return worker.pid != 0 && std::to_string(worker.pid).find(text) != std::string::npos;
}

bool is_true(const FilterTerm& term, const FilterSubject& subject) {
  const WorkerStatus& worker = subject.worker;
  switch (term.kind) {
    case Kind::Word:
      return has_word(worker, term.text);
    case Kind::Text:
      if (term.column == WorkerColumn::Pid) return std::to_string(worker.pid).starts_with(term.text);
      if (term.column == WorkerColumn::Item)
        return has_part(text_in(worker, term.column), term.text) ||
               (worker.item_id && "#" + *worker.item_id == term.text);
      return begins_with(text_in(worker, term.column), term.text);
    case Kind::Compare: {
      const auto value = number_in(worker, term.column);
      return value && has_order(term.order, *value, term.value);
    }
    case Kind::Marked:
      return subject.marked;
    case Kind::Slow:
      return subject.slow;
  }
  return true;
}

}  // namespace

Filter parse_filter(std::string_view text) {
  Filter filter;
  filter.text = text;
  for (const Term& raw : split_terms(text)) {
    std::string complaint;
    if (auto term = term_of(raw, complaint)) {
      term->negated = raw.negated;
      filter.terms.push_back(std::move(*term));
    } else if (!complaint.empty() && filter.complaint.empty()) {
      filter.complaint = std::move(complaint);
    }
  }
  return filter;
}

bool matches(const Filter& filter, const FilterSubject& subject) {
  return std::all_of(filter.terms.begin(), filter.terms.end(),
                     [&](const FilterTerm& term) { return is_true(term, subject) != term.negated; });
}

bool asks_for(const Filter& filter, FilterTerm::Kind kind) {
  return std::any_of(filter.terms.begin(), filter.terms.end(),
                     [kind](const FilterTerm& term) { return term.kind == kind; });
}

}  // namespace pooltop
