// SPDX-License-Identifier: MIT
#include "engine/config/identity.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "engine/base/text.h"
#include "engine/base/units.h"
#include "engine/config/describe.h"
#include "engine/config/settings.h"

namespace pooltop {
namespace {

using nlohmann::ordered_json;

constexpr int kFormat = 1;
constexpr std::size_t kShown = 200;  // bytes of a value in a message

// JSON has no bytes: what is not UTF-8 is kept as base64.
ordered_json text_of(const std::string& bytes) {
  if (is_utf8(bytes)) return bytes;
  return {{"base64", base64_encode(bytes)}};
}

ordered_json list_of_texts(const std::vector<std::string>& texts) {
  auto list = ordered_json::array();
  for (const std::string& text : texts) list.push_back(text_of(text));
  return list;
}

struct Ends {
  ordered_json operator()(const ItemsSource& source) const { return {{"items", list_of_texts(source.items)}}; }
  ordered_json operator()(const RangeSource& source) const {
    return {{"range", {source.start, source.stop, source.step}}};
  }
  ordered_json operator()(const LinesSource& source) const {
    return {{"lines", text_of(source.file)}, {"delimiter", text_of(source.delimiter)}};
  }
  ordered_json operator()(const GlobSource& source) const { return {{"glob", list_of_texts(source.patterns)}}; }
  ordered_json operator()(const CommandSource& source) const { return {{"command", list_of_texts(source.argv)}}; }
  ordered_json operator()(const LinesSink& sink) const {
    return {{"lines", text_of(sink.file)}, {"delimiter", text_of(sink.delimiter)}};
  }
  ordered_json operator()(const JsonlSink& sink) const {
    return {{"jsonl", text_of(sink.file)}, {"values", sink.embed_values ? "json" : "text"}};
  }
  ordered_json operator()(const CsvSink& sink) const { return {{"csv", text_of(sink.file)}}; }
  ordered_json operator()(const CommandSink& sink) const { return {{"command", list_of_texts(sink.argv)}}; }
  ordered_json operator()(const DiscardSink&) const { return {{"discard", true}}; }
};

ordered_json source_of(const SourceConfig& source, const std::string& start_dir) {
  ordered_json out = std::visit(Ends(), source.from);
  if (source.sentinel) out["sentinel"] = text_of(*source.sentinel);
  const auto* const lines = std::get_if<LinesSource>(&source.from);
  struct stat info {};
  if (lines == nullptr || ::stat((std::filesystem::path(start_dir) / lines->file).c_str(), &info) != 0) return out;
  if (S_ISREG(info.st_mode))
    out["file"] = {{"bytes", info.st_size},
                   {"changed_ns", std::int64_t{info.st_mtim.tv_sec} * kSecond + info.st_mtim.tv_nsec}};
  return out;
}

ordered_json sink_of(const SinkConfig& sink) {
  ordered_json out = std::visit(Ends(), sink.to);
  if (sink.ordered) out["ordered"] = true;
  return out;
}

// What may differ, by its name in the config where it has one.
ordered_json rest_of(const StageConfig& stage) {
  auto rest = ordered_json::object();
  if (!stage.is_source() && !stage.is_sink()) rest["work"] = work_in_words(stage);
  for (const std::string_view key : live_keys())
    if (fits_stage(key, stage)) rest[std::string(key)] = value_in_words(setting_of(stage, key));
  rest["queue_bytes"] = std::to_string(stage.queue_bytes);
  constexpr std::string_view kStartMethods[] = {"forkserver", "fork", "spawn"};
  rest["start_method"] = std::string(kStartMethods[static_cast<std::size_t>(stage.start_method)]);
  rest["backoff"] = fmt::format("{} to {}", format_duration(stage.backoff_first), format_duration(stage.backoff_max));
  rest["max_restarts"] = fmt::format("{} within {}", stage.max_restarts, format_duration(stage.restarts_within));
  rest["cwd"] = text_of(stage.cwd);
  rest["env"] = ordered_json(stage.env).dump(-1, ' ', false, ordered_json::error_handler_t::replace);
  rest["nice"] = stage.nice ? std::to_string(*stage.nice) : "none";
  rest["memory_limit"] = stage.memory_limit == 0 ? "none" : std::to_string(stage.memory_limit);
  return rest;
}

std::string shown(const ordered_json& value) {
  return printable(
      value.is_string() ? value.get<std::string>() : value.dump(-1, ' ', false, ordered_json::error_handler_t::replace),
      kShown);
}

ordered_json member(const ordered_json& object, const char* key) {
  const auto found = object.find(key);
  return found == object.end() ? ordered_json() : *found;
}

std::string names_of(const ordered_json& stages) {
  std::string names;
  for (const auto& stage : stages) names += (names.empty() ? "" : ", ") + shown(member(stage, "name"));
  return names;
}

void compare_files(const std::string& stage, const ordered_json& before, const ordered_json& now,
                   IdentityChange& change) {
  const auto size = [](const ordered_json& file) { return shown(member(file, "bytes")); };
  if (before == now) return;
  if (!before.is_object() || !now.is_object())
    change.refused.push_back(
        fmt::format("stage {}: its file {}", stage, now.is_object() ? "was no regular file" : "is not there any more"));
  else if (member(before, "bytes") != member(now, "bytes"))
    change.refused.push_back(
        fmt::format("stage {}: its file had {} bytes, now it has {}", stage, size(before), size(now)));
  else
    change.refused.push_back(fmt::format("stage {}: its file was written since", stage));
}

void compare_stages(const ordered_json& before, const ordered_json& now, IdentityChange& change) {
  const std::string stage = shown(member(now, "name"));
  for (const char* key : {"kind", "from", "source", "sink"}) {
    ordered_json old = member(before, key);
    ordered_json fresh = member(now, key);
    if (old.is_object() && fresh.is_object()) {
      const ordered_json old_file = member(old, "file");
      const ordered_json fresh_file = member(fresh, "file");
      old.erase("file");
      fresh.erase("file");
      if (old == fresh) compare_files(stage, old_file, fresh_file, change);
    }
    if (old != fresh)
      change.refused.push_back(
          fmt::format("stage {}: its {} was {}, now it is {}", stage, key, shown(old), shown(fresh)));
  }
  const ordered_json rest = member(now, "rest");
  const ordered_json old_rest = member(before, "rest");
  for (const auto& [key, value] : rest.items()) {
    const ordered_json old = member(old_rest, key.c_str());
    if (!old.is_null() && old != value)
      change.named.push_back(fmt::format("{}: {} {} -> {}", stage, key, shown(old), shown(value)));
  }
}

}  // namespace

ordered_json identity_of(const PipelineConfig& config, const std::string& start_dir) {
  auto stages = ordered_json::array();
  for (const StageConfig& stage : config.stages) {
    ordered_json one = {{"name", stage.name}, {"kind", kind_of(stage)}, {"from", stage.from}};
    if (const auto* source = std::get_if<SourceConfig>(&stage.work)) one["source"] = source_of(*source, start_dir);
    if (const auto* sink = std::get_if<SinkConfig>(&stage.work)) one["sink"] = sink_of(*sink);
    one["rest"] = rest_of(stage);
    stages.push_back(std::move(one));
  }
  return {{"format", kFormat}, {"start_dir", start_dir}, {"stages", std::move(stages)}};
}

IdentityChange compare_identities(const ordered_json& before, const ordered_json& now) {
  IdentityChange change;
  if (!before.is_object() || member(before, "format") != kFormat || !member(before, "stages").is_array()) {
    change.refused.emplace_back("what it was started with was written by another version of pooltop, or is damaged");
    return change;
  }
  const ordered_json old_stages = member(before, "stages");
  const ordered_json stages = member(now, "stages");
  const bool same_names =
      old_stages.size() == stages.size() &&
      std::equal(stages.begin(), stages.end(), old_stages.begin(),
                 [](const auto& a, const auto& b) { return b.is_object() && member(a, "name") == member(b, "name"); });
  if (!same_names) {
    change.refused.push_back(
        fmt::format("its stages were {}, now they are {}", names_of(old_stages), names_of(stages)));
    return change;
  }
  for (std::size_t i = 0; i < stages.size(); ++i) compare_stages(old_stages[i], stages[i], change);
  return change;
}

std::vector<std::string> sources_read_once(const ordered_json& identity) {
  std::vector<std::string> names;
  const ordered_json stages = identity.is_object() ? member(identity, "stages") : ordered_json();
  for (const auto& stage : stages) {
    if (!stage.is_object() || !member(stage, "name").is_string()) continue;
    const ordered_json source = member(stage, "source");
    if (source.is_object() && (source.contains("command") || (source.contains("lines") && !source.contains("file"))))
      names.push_back(stage["name"]);
  }
  return names;
}

bool can_read_again(const StageConfig& stage, const std::string& start_dir) {
  const auto* const source = std::get_if<SourceConfig>(&stage.work);
  if (source == nullptr) return true;
  if (std::holds_alternative<CommandSource>(source->from)) return false;
  const auto* const lines = std::get_if<LinesSource>(&source->from);
  if (lines == nullptr) return true;
  struct stat info {};
  // One that is not there now may come back: its worker says what is wrong.
  if (lines->file == "-") return false;
  return ::stat((std::filesystem::path(start_dir) / lines->file).c_str(), &info) != 0 || S_ISREG(info.st_mode);
}

}  // namespace pooltop
