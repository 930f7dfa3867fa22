// SPDX-License-Identifier: MIT
// The two ends of a pipeline: what stands inside "source" and "sink".
#include <fmt/format.h>

#include "engine/config/load_steps.h"

namespace pooltop {

namespace {

// The one kind whose key stands in `section`; 0 after a report.
Kinds one_kind(const JsonValue& value, const std::string& pointer, std::span<const Key> keys, Reporter& reporter) {
  if (!value.is(JsonType::Object)) {
    reporter.value(pointer, "must be an object, got " + shown(value));
    return 0;
  }
  Kinds kinds = 0;
  for (const JsonMember& member : *value.members) kinds |= kind_of_key(keys, member.key);
  if (kinds != 0 && (kinds & (kinds - 1)) == 0) return kinds;
  const Section checked(reporter, value, pointer, keys);  // a misspelt kind, for one
  const std::string all = kind_names(keys, ~Kinds{0}, " or ");
  reporter.value(pointer, kinds == 0
                              ? fmt::format("must have one of {}", all)
                              : fmt::format("must have one of {}, not both {}", all, kind_names(keys, kinds, " and ")));
  return 0;
}

// A file of a source or a sink. A worker's own standard streams are its log's: what is meant is pooltop's.
void read_file(const Section& section, std::string_view name, std::string_view stream, std::string& file) {
  section.read(name, file);
  if (file == stream) file = "-";
}
constexpr std::string_view kStdin = "/dev/stdin";
constexpr std::string_view kStdout = "/dev/stdout";

// An item's bytes: a text as it is, anything else as compact JSON.
std::string item_bytes(const JsonValue& value) { return value.is(JsonType::Text) ? value.text : compact_json(value); }

ItemsSource read_items(const Section& section) {
  ItemsSource source;
  const JsonValue& list = *section.find("items");
  if (!list.is(JsonType::Array)) {
    section.refuse("items");
    return source;
  }
  source.items.reserve(list.members->size());
  for (const JsonMember& member : *list.members) source.items.push_back(item_bytes(member.value));
  return source;
}

RangeSource read_range(const Section& section) {
  RangeSource range;
  const JsonValue& list = *section.find("range");
  const std::size_t size = list.is(JsonType::Array) ? list.members->size() : 0;
  std::int64_t* const fields[] = {&range.start, &range.stop, &range.step};
  bool good = size == 2 || size == 3;
  for (std::size_t i = 0; i < size && good; ++i) {
    const auto number = as_integer((*list.members)[i].value);
    good = number.has_value();
    if (good) *fields[i] = *number;
  }
  if (!good)
    section.refuse("range");
  else if (range.step == 0)
    section.refuse("range", "must have a step that is not 0");
  return range;
}

}  // namespace

SourceConfig read_source(const JsonValue& value, const std::string& pointer, Reporter& reporter) {
  SourceConfig source;
  const Kinds kind = one_kind(value, pointer, source_keys(), reporter);
  if (kind == 0) return source;
  const Section section(reporter, value, pointer, source_keys(), kind,
                        fmt::format("a source of {}", kind_names(source_keys(), kind, "")));
  if (kind == source_kind::kItems) source.from = read_items(section);
  if (kind == source_kind::kRange) source.from = read_range(section);
  if (kind == source_kind::kLines) {
    auto& lines = source.from.emplace<LinesSource>();
    read_file(section, "lines", kStdin, lines.file);
    section.read("delimiter", lines.delimiter);
  }
  if (kind == source_kind::kGlob) section.read("glob", source.from.emplace<GlobSource>().patterns);
  if (kind == source_kind::kCommand) section.read("command", source.from.emplace<CommandSource>().argv);
  if (const JsonValue* const sentinel = section.find("sentinel")) source.sentinel = item_bytes(*sentinel);
  return source;
}

SinkConfig read_sink(const JsonValue& value, const std::string& pointer, Reporter& reporter) {
  SinkConfig sink{.to = DiscardSink{}, .ordered = false};
  const Kinds kind = one_kind(value, pointer, sink_keys(), reporter);
  if (kind == 0) return sink;
  const Section section(reporter, value, pointer, sink_keys(), kind,
                        fmt::format("a sink of {}", kind_names(sink_keys(), kind, "")));
  if (kind == sink_kind::kLines) {
    auto& lines = sink.to.emplace<LinesSink>();
    read_file(section, "lines", kStdout, lines.file);
    section.read("delimiter", lines.delimiter);
  }
  if (kind == sink_kind::kJsonl) {
    auto& jsonl = sink.to.emplace<JsonlSink>();
    read_file(section, "jsonl", kStdout, jsonl.file);
    section.read_choice("values", jsonl.embed_values);
  }
  if (kind == sink_kind::kCsv) read_file(section, "csv", kStdout, sink.to.emplace<CsvSink>().file);
  if (kind == sink_kind::kXlsx) reporter.key(pointer + "/xlsx", "xlsx is not available in this version; use csv");
  if (kind == sink_kind::kCommand) section.read("command", sink.to.emplace<CommandSink>().argv);
  if (const JsonValue* const discard = section.find("discard"); discard != nullptr && !discard->truth)
    section.refuse("discard", fmt::format("must be true, got {}", shown(*discard)));
  return sink;
}

}  // namespace pooltop
