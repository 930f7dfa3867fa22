// SPDX-License-Identifier: MIT
#include "engine/config/section.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "engine/base/error.h"
#include "engine/base/text.h"
#include "engine/base/units.h"

namespace pooltop {

Reporter::Reporter(std::string file, const JsonValue& root, std::span<const std::string> sets)
    : file_(std::move(file)), root_(root), sets_(sets) {}

// Looking a place up costs a walk over the document: not for what nobody will read.
void Reporter::value(std::string_view pointer, std::string message) {
  if (is_full()) return static_cast<void>(++count_);
  if (was_told(pointer)) return;
  const JsonMember top;
  const JsonMember& member = root_.nearest(pointer, top);
  at(&member == &top ? root_.at : member.value.at, pointer, std::move(message));
}

void Reporter::key(std::string_view pointer, std::string message) {
  if (is_full()) return static_cast<void>(++count_);
  const JsonMember top;
  const JsonMember& member = root_.nearest(pointer, top);
  at(&member == &top ? root_.at : member.key_at, pointer, std::move(message));
}

void Reporter::at(Position place, std::string_view pointer, std::string message) {
  if (++count_ > kMaxDiagnostics) return;
  const bool from_set = place.line == 0 && place.column > 0;
  found_.push_back({from_set ? "--set " + sets_[place.column - 1] : file_, place.line, from_set ? 0 : place.column,
                    std::string(pointer), std::move(message)});
}

void Reporter::told(std::string_view pointer) {
  if (told_.size() < kMaxDiagnostics) told_.emplace_back(pointer);
}

bool Reporter::was_told(std::string_view pointer) const {
  return std::any_of(told_.begin(), told_.end(), [&](std::string_view told) {
    if (told == pointer) return true;
    if (!told.starts_with(pointer) || told[pointer.size()] != '/') return false;
    const std::string_view rest = told.substr(pointer.size() + 1);
    return rest.find_first_not_of("0123456789") == rest.npos;
  });
}

void Reporter::set(std::size_t index, std::string message) {
  at({0, static_cast<std::uint32_t>(index + 1)}, "", std::move(message));
}

std::vector<Diagnostic> Reporter::take() {
  std::stable_sort(found_.begin(), found_.end(), [](const Diagnostic& a, const Diagnostic& b) {
    return std::pair(a.line, a.column) < std::pair(b.line, b.column);
  });
  return std::move(found_);
}

std::string in_quotes(std::string_view text) { return fmt::format("\"{}\"", printable(text, 60)); }

std::string did_you_mean(std::string_view word, std::span<const std::string_view> names) {
  const auto nearest = word.size() > 64 ? std::nullopt : nearest_name(word, names);  // its cost grows with the length
  return nearest ? fmt::format("; did you mean {}?", in_quotes(*nearest)) : "";
}

std::string shown(const JsonValue& value) { return printable(compact_json(value), 60); }

std::optional<std::int64_t> as_integer(const JsonValue& value) {
  std::int64_t number = 0;
  if (!value.is(JsonType::Number) || !read_number(value.text, number)) return std::nullopt;
  return number;
}

std::optional<Nanos> as_duration(const JsonValue& value) {
  if (value.is(JsonType::Text)) return parse_duration(value.text);
  double seconds = 0;
  if (!value.is(JsonType::Number)) return std::nullopt;
  std::from_chars(value.text.data(), value.text.data() + value.text.size(), seconds);
  return parse_duration(fmt::format("{:.9f}", seconds));
}

Section::Section(Reporter& reporter, const JsonValue& object, std::string pointer, std::span<const Key> keys,
                 Kinds kind, std::string_view what)
    : reporter_(reporter), object_(object), pointer_(std::move(pointer)), keys_(keys) {
  if (object.is(JsonType::Object))
    for (const JsonMember& member : *object.members) check_key(member, kind, what);
  else
    reporter.value(pointer_, "must be an object, got " + shown(object));
}

void Section::check_key(const JsonMember& member, Kinds kind, std::string_view what) const {
  const auto fits = [&](const Key& key) { return kind == 0 || (key.fits & kind) != 0; };
  const auto known = std::find_if(keys_.begin(), keys_.end(), [&](const Key& key) { return key.name == member.key; });
  if (known != keys_.end() && fits(*known)) return;
  if (known != keys_.end()) {
    const std::string kinds = kind_names(keys_, known->fits & ~stage_kind::kInDefaults, " or ");
    return reporter_.key(pointer(known->name), fmt::format("does not fit {}; it goes with {}", what, kinds));
  }
  if (reporter_.is_full()) return reporter_.key("", "");
  reporter_.key(pointer(member.key), "unknown key" + what_is_known(member.key, kind, what));
}

// Behind "unknown key": the nearest key that fits here, else the nearest of another kind, else all that fit.
std::string Section::what_is_known(std::string_view word, Kinds kind, std::string_view what) const {
  std::vector<std::string_view> fitting, others;
  for (const Key& key : keys_) (kind == 0 || (key.fits & kind) != 0 ? fitting : others).push_back(key.name);
  if (std::string near = did_you_mean(word, fitting); !near.empty()) return near;
  if (const std::string near = did_you_mean(word, others); !near.empty())
    return fmt::format("{} (which does not fit {})", near, what);
  return fmt::format("; known are {}", fmt::join(fitting, ", "));
}

const Key& Section::row(std::string_view name) const {
  const auto it = std::find_if(keys_.begin(), keys_.end(), [&](const Key& key) { return key.name == name; });
  POOLTOP_ASSERT(it != keys_.end());
  return *it;
}

void Section::refuse(std::string_view name) const {
  refuse(name, fmt::format("{}, got {}", accepted(row(name)), shown(*find(name))));
}

void Section::refuse(std::string_view name, std::string message) const {
  reporter_.value(pointer(name), std::move(message));
}

void Section::read(std::string_view name, bool& out) const {
  const JsonValue* const value = find(name);
  if (value == nullptr) return;
  if (!value->is(JsonType::Boolean)) return refuse(name);
  out = value->truth;
}

void Section::read(std::string_view name, std::string& out) const {
  const JsonValue* const value = find(name);
  if (value == nullptr) return;
  const KeyType type = row(name).type;
  const bool is_path = type == KeyType::File;
  const bool bad_path = is_path && (value->text.empty() || value->text.find('\0') != std::string::npos);
  const bool bad_byte = type == KeyType::Byte && value->text.size() != 1;
  if (!value->is(JsonType::Text) || bad_path || bad_byte) return refuse(name);
  out = value->text;
}

void Section::read(std::string_view name, std::vector<std::string>& out) const {
  const JsonValue* const value = find(name);
  if (value == nullptr) return;
  const Key& key = row(name);
  std::vector<std::string> texts;
  if (value->is(JsonType::Text) && key.type == KeyType::Texts) texts.push_back(value->text);
  if (value->is(JsonType::Array)) {
    for (std::size_t i = 0; i < value->members->size(); ++i) {
      const JsonValue& member = (*value->members)[i].value;
      if (!member.is(JsonType::Text) || member.text.find('\0') != std::string::npos)
        return reporter_.value(fmt::format("{}/{}", pointer(name), i),
                               fmt::format("must be a text without NUL, got {}", shown(member)));
      texts.push_back(member.text);
    }
  }
  if (texts.empty() || texts.front().empty()) return refuse(name);
  out = std::move(texts);
}

void Section::read(std::string_view name, std::map<std::string, std::string>& out) const {
  const JsonValue* const value = find(name);
  if (value == nullptr) return;
  if (!value->is(JsonType::Object)) return refuse(name);
  for (const JsonMember& member : *value->members) {
    const std::string place = pointer(name) + "/" + pointer_step(member.key);
    if (member.key.empty() || member.key.find_first_of(std::string_view("=\0", 2)) != std::string::npos)
      reporter_.key(place, fmt::format("{} is no name of a variable", in_quotes(member.key)));
    else if (!member.value.is(JsonType::Text) || member.value.text.find('\0') != std::string::npos)
      reporter_.value(place, fmt::format("must be a text without NUL, got {}", shown(member.value)));
    else
      out[member.key] = member.value.text;
  }
}

void Section::read_size(std::string_view name, std::uint64_t& out) const {
  const JsonValue* const value = find(name);
  if (value == nullptr) return;
  const Key& key = row(name);
  std::optional<std::uint64_t> bytes;
  if (value->is(JsonType::Text)) bytes = parse_size(value->text);
  if (const auto number = as_integer(*value); number && *number >= 0) bytes = static_cast<std::uint64_t>(*number);
  if (!bytes || *bytes < static_cast<std::uint64_t>(key.min) || *bytes > static_cast<std::uint64_t>(key.max))
    return refuse(name);
  out = *bytes;
}

void Section::read_duration(std::string_view name, Nanos& out) const {
  const JsonValue* const value = find(name);
  if (value == nullptr) return;
  const auto duration = as_duration(*value);
  if (!duration || (*duration == 0 && row(name).min > 0)) return refuse(name);
  out = *duration;
}

std::optional<std::int64_t> Section::integer(std::string_view name) const {
  const JsonValue* const value = find(name);
  if (value == nullptr) return std::nullopt;
  const Key& key = row(name);
  const auto number = as_integer(*value);
  if (number && *number >= key.min && *number <= key.max) return number;
  refuse(name);
  return std::nullopt;
}

std::optional<std::size_t> Section::choice(std::string_view name) const {
  const JsonValue* const value = find(name);
  if (value == nullptr) return std::nullopt;
  std::string_view left = row(name).choices;
  for (std::size_t index = 0; value->is(JsonType::Text); ++index) {
    const std::string_view word = left.substr(0, left.find('|'));
    if (word == value->text) return index;
    if (word.size() == left.size()) break;
    left.remove_prefix(word.size() + 1);
  }
  refuse(name);
  return std::nullopt;
}

}  // namespace pooltop
