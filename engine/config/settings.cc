// SPDX-License-Identifier: MIT
#include "engine/config/settings.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "engine/base/error.h"
#include "engine/base/text.h"
#include "engine/base/units.h"
#include "engine/config/load_steps.h"

namespace pooltop {

namespace {

constexpr auto kLiveKeys = std::to_array<std::string_view>(
    {"workers", "rate", "timeout", "retries", "crash_retries", "max_items_per_worker", "capacity"});

const Key* key_named(std::string_view name) {
  const auto keys = stage_keys();
  const auto found = std::find_if(keys.begin(), keys.end(), [&](const Key& key) { return key.name == name; });
  return found == keys.end() ? nullptr : &*found;
}

Kinds kind_bit(const StageConfig& stage) { return kind_of_key(stage_keys(), kind_of(stage)); }

// The largest unit that says it exactly; nanoseconds are not lost.
std::string duration_text(Nanos duration) {
  if (duration % kSecond == 0) return format_duration(duration);
  if (duration % kMillisecond == 0 && duration < kSecond) return fmt::format("{}ms", duration / kMillisecond);
  std::string text = fmt::format("{}.{:09}", duration / kSecond, duration % kSecond);
  text.erase(text.find_last_not_of('0') + 1);
  return text + "s";
}

// "100/s", or per minute or hour where only that is a whole number.
std::string rate_text(double per_s) {
  struct Unit {
    std::string_view name;
    double seconds;
  };
  for (const Unit unit : {Unit{"s", 1}, Unit{"m", 60}, Unit{"h", 3600}}) {
    const double count = std::round(per_s * unit.seconds);
    if (count >= 1 && count / unit.seconds == per_s) return fmt::format("{:.0f}/{}", count, unit.name);
  }
  return fmt::format("{}/s", per_s);
}

// What is wrong with a key that no stage can change now.
std::string refuse_key(std::string_view key) {
  if (key_named(key) != nullptr)
    return fmt::format("cannot be changed while it runs; what can: {}", fmt::join(kLiveKeys, ", "));
  return "unknown key" + did_you_mean(key, kLiveKeys);
}

}  // namespace

std::span<const std::string_view> live_keys() noexcept { return kLiveKeys; }

bool fits_stage(std::string_view key, const StageConfig& stage) {
  const Key* const row = key_named(key);
  return row != nullptr && (row->fits & kind_bit(stage)) != 0;
}

std::string accepted_by_setting(std::string_view key) {
  const Key* const row = key_named(key);
  if (row == nullptr) return {};
  constexpr std::string_view kMust = "must be ", kNull = "null or ";
  std::string text = accepted(*row);
  if (text.starts_with(kMust)) text.erase(0, kMust.size());
  // As value_in_words() has it, and value_from_words() reads it.
  return text.starts_with(kNull) ? text.replace(0, kNull.size(), "none or ") : text;
}

std::string_view about_setting(std::string_view key) {
  const Key* const row = key_named(key);
  return row == nullptr ? std::string_view() : row->help;
}

std::string setting_of(const StageConfig& stage, std::string_view key) {
  if (key == "workers") return std::to_string(stage.workers);
  if (key == "rate") return stage.rate_per_s > 0 ? json_quoted(rate_text(stage.rate_per_s)) : "null";
  if (key == "timeout") return stage.timeout ? json_quoted(duration_text(*stage.timeout)) : "null";
  if (key == "retries") return std::to_string(stage.retries);
  if (key == "crash_retries") return std::to_string(stage.crash_retries);
  if (key == "max_items_per_worker")
    return stage.max_items_per_worker > 0 ? std::to_string(stage.max_items_per_worker) : "null";
  POOLTOP_ASSERT(key == "capacity");
  return std::to_string(stage.capacity);
}

std::string put_setting(const StageConfig& stage, std::string_view key, std::string_view value, StageConfig& out) {
  if (std::find(kLiveKeys.begin(), kLiveKeys.end(), key) == kLiveKeys.end()) return refuse_key(key);
  const JsonDocument document = parse_json(fmt::format("{{{}: {}}}", json_quoted(key), value));
  if (!document.errors.empty()) return document.errors.front().message;
  Reporter reporter("", document.root, {});
  const Section section(reporter, document.root, "", stage_keys(), kind_bit(stage),
                        fmt::format("a stage of kind {}", kind_names(stage_keys(), kind_bit(stage), "")));
  if (reporter.count() == 0) read_settings(section, out);
  const auto wrong = reporter.take();
  return wrong.empty() ? "" : wrong.front().message;
}

std::string value_from_words(std::string_view text) {
  if (text == "none") return "null";
  const JsonDocument document = parse_json(text);
  return document.errors.empty() ? compact_json(document.root) : json_quoted(text);
}

std::string value_in_words(std::string_view value) {
  const JsonDocument document = parse_json(value);
  const JsonValue& root = document.root;
  if (!document.errors.empty() || root.is(JsonType::Null)) return "none";
  return printable(root.is(JsonType::Text) ? std::string_view(root.text) : value);
}

std::string changes_in_words(const RunSettings& settings) {
  std::string text;
  for (const StageSettings& stage : settings.stages)
    for (const Setting& setting : stage.settings)
      if (setting.is_changed)
        text += fmt::format("{}{}.{} {}", text.empty() ? "" : ", ", stage.stage, setting.key,
                            value_in_words(setting.given));
  return text;
}

}  // namespace pooltop
