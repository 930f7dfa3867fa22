// SPDX-License-Identifier: MIT
#include "engine/config/keys.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace pooltop {

namespace {

using T = KeyType;
constexpr std::int64_t kMillion = 1'000'000;
constexpr std::int64_t kGiB = std::int64_t{1} << 30;

constexpr auto kPipelineKeys = std::to_array<Key>({
    {"$schema", T::Text, 0, "", "where the JSON Schema lies, for editors"},
    {"version", T::Integer, 0, "1", "version of this format", 1, 1},
    {"name", T::Name, 0, "", "name of the run; the file's stem by default"},
    {"description", T::Text, 0, "", "what the pipeline is for"},
    {"defaults", T::Defaults, 0, "", "settings for every stage that they fit"},
    {"stages", T::Stages, 0, "", "the stages; each reads from the one before it, if it does not say \"from\""},
    {"max_item_bytes", T::Size, 0, "\"16MiB\"", "size of the largest item", 1, kGiB},
    {"durability", T::Choice, 0, "\"process\"",
     "what the journal survives: \"process\" the death of every process, \"fsync\" a power cut too, \"none\" nothing",
     0, 0, "process|fsync|none"},
});

constexpr Kinds kEvery = stage_kind::kEvery, kWork = stage_kind::kWork, kInDefaults = stage_kind::kInDefaults;
constexpr Kinds kReaders = kWork | stage_kind::kSink;
constexpr Kinds kOneProcess = stage_kind::kCommand | stage_kind::kShell;

constexpr auto kStageKeys = std::to_array<Key>({
    {"name", T::Name, kEvery, "", "name of the stage"},
    {"source", T::Source, stage_kind::kSource, "", "where the items come from"},
    {"op", T::Text, stage_kind::kOp | stage_kind::kPlugin, "",
     "an operator inside the worker process; pooltop ops lists them"},
    {"command", T::Argv, stage_kind::kCommand, "", "a program per item; {} in an argument is the item"},
    {"shell", T::Text, stage_kind::kShell, "", "a shell command per item; \"$1\" is the item"},
    {"worker", T::Argv, stage_kind::kWorker, "", "a program that stays and answers items"},
    {"python", T::Function, stage_kind::kPython, "", "a Python function, called once per item"},
    {"plugin", T::File, stage_kind::kPlugin, "", "a shared object that has the operator \"op\""},
    {"sink", T::Sink, stage_kind::kSink, "", "where the items go to"},
    {"from", T::Texts, kReaders, "", "the stages that it reads from; the stage before it by default"},
    {"args", T::Args, stage_kind::kOp | stage_kind::kPlugin, "{}", "arguments of the operator"},
    {"stdin", T::Flag, kOneProcess, "false", "the item comes on stdin, not as an argument"},
    {"output", T::Choice, kOneProcess, "\"whole\"",
     "what of stdout is an item: \"whole\" all of it, \"lines\" each line, \"none\" nothing (the input is passed on)",
     0, 0, "whole|lines|none"},
    {"protocol", T::Choice, stage_kind::kWorker, "\"lines\"",
     "\"lines\": a line in, a line out, in order; \"json\": JSON lines with ids, in any order", 0, 0, "lines|json"},
    {"window", T::Integer, stage_kind::kWorker, "8", "how many items are sent ahead; 1 is lockstep", 1, 10'000},
    {"interpreter", T::File, stage_kind::kPython, "\"python3\"", "the Python program"},
    {"path", T::File, stage_kind::kPython, "\".\"", "the directory where the module lies"},
    {"decode", T::Choice, stage_kind::kPython, "\"auto\"",
     "what the function gets: \"auto\" a JSON value if the item is one, else str; \"json\", \"text\" or \"bytes\" "
     "always "
     "that",
     0, 0, "auto|json|text|bytes"},
    {"ordered", T::Flag, stage_kind::kSink, "false", "write in the order of the source"},
    {"capacity", T::Integer, kReaders | kInDefaults, "1024", "how many items its queue holds", 1, kMillion},
    {"queue_bytes", T::Size, kReaders | kInDefaults, "\"64MiB\"", "how many bytes its queue holds", 1, 1024 * kGiB},
    {"workers", T::Workers, kWork | kInDefaults, "1", "how many processes; \"auto\" is one per core", 1, 4096},
    {"retries", T::Integer, kWork | kInDefaults, "0", "tries again after a failure that the work reports", 0, 1000},
    {"timeout", T::Duration, kWork | kInDefaults, "", "time for one item; then its processes are killed and it failed",
     1, 0, "", true},
    {"max_items_per_worker", T::Integer, kWork | kInDefaults, "", "a worker is replaced after so many items", 1,
     std::int64_t{1} << 53, "", true},
    {"on_failure", T::OnFailure, kWork | kInDefaults, "\"keep\"",
     "\"keep\": failed items are listed, the run goes on; \"stop\" at the first; {\"stop_at\": 20} or {\"stop_at\": "
     "\"10%\"}"},
    {"rate", T::Rate, kWork | kInDefaults, "", "at most so many items: \"100/s\", \"30/m\", \"5/h\"", 0, 0, "", true},
    {"start_method", T::Choice, kEvery | kInDefaults, "\"forkserver\"", "how its processes are made", 0, 0,
     "forkserver|fork|spawn"},
    {"crash_retries", T::Integer, kEvery | kInDefaults, "3", "tries again after a worker died with the item", 0, 1000},
    {"backoff", T::Backoff, kEvery | kInDefaults, "{\"first\": \"1s\", \"max\": \"60s\"}",
     "the wait before a retry or a restart; it doubles each time"},
    {"max_restarts", T::MaxRestarts, kEvery | kInDefaults, "{\"count\": 5, \"within\": \"10s\"}",
     "a worker that dies more often is given up"},
    {"env", T::TextMap, kEvery | kInDefaults, "{}", "environment variables, added to the inherited ones"},
    {"clear_env", T::Flag, kEvery | kInDefaults, "false", "inherit only PATH, HOME, LANG, TERM and TZ"},
    {"cwd", T::File, kEvery | kInDefaults, "", "working directory of its processes"},
    {"nice", T::Integer, kEvery | kInDefaults, "", "priority of its processes, 19 is the lowest", -20, 19},
    {"memory_limit", T::Size, kEvery | kInDefaults, "", "memory of a worker and its children; more is a crash", 1,
     1024 * 1024 * kGiB},
});

constexpr auto kSourceKeys = std::to_array<Key>({
    {"items", T::Values, source_kind::kItems, "", "the items themselves; what is no text is given as compact JSON"},
    {"range", T::Range, source_kind::kRange, "", "[start, stop] or [start, stop, step], as in Python"},
    {"lines", T::File, source_kind::kLines, "", "each line of a file, or of stdin: \"-\""},
    {"glob", T::Texts, source_kind::kGlob, "", "the files that match; ** is any directories"},
    {"command", T::Argv, source_kind::kCommand, "", "each line that a program prints"},
    {"delimiter", T::Byte, source_kind::kLines, "\"\\n\"", "the byte that ends a line"},
    {"sentinel", T::Any, source_kind::kEvery, "", "the value that ends the stream; it is no item"},
});

constexpr auto kSinkKeys = std::to_array<Key>({
    {"lines", T::File, sink_kind::kLines, "", "each item as a line of a file, or of stdout: \"-\""},
    {"jsonl", T::File, sink_kind::kJsonl, "", "each item as {\"id\", \"value\"}, a line of a file or stdout"},
    {"csv", T::File, sink_kind::kCsv, "", "each item as a row"},
    {"xlsx", T::File, sink_kind::kXlsx, "", "not available in this version"},
    {"command", T::Argv, sink_kind::kCommand, "", "each item as a line on a program's stdin"},
    {"discard", T::Flag, sink_kind::kDiscard, "", "true: the items are dropped"},
    {"delimiter", T::Byte, sink_kind::kLines, "\"\\n\"", "the byte that follows each item"},
    {"values", T::Choice, sink_kind::kJsonl, "\"text\"",
     "\"text\": the item as a JSON text; \"json\": an item that is JSON as that value", 0, 0, "text|json"},
});

constexpr auto kBackoffKeys = std::to_array<Key>({
    {"first", T::Duration, 0, "\"1s\"", "the first wait"},
    {"max", T::Duration, 0, "\"60s\"", "the longest wait"},
});
constexpr auto kMaxRestartsKeys = std::to_array<Key>({
    {"count", T::Integer, 0, "5", "how many restarts", 0, kMillion},
    {"within", T::Duration, 0, "\"10s\"", "in which time", 1},
});
constexpr auto kOnFailureKeys = std::to_array<Key>({
    {"stop_at", T::StopAt, 0, "", "how many failed items, or which share of at least 50, end the run"},
});

struct KindRow {
  std::string_view key;
  Kinds kind;
};
constexpr auto kStageKinds = std::to_array<KindRow>({
    {"source", stage_kind::kSource},
    {"op", stage_kind::kOp},
    {"command", stage_kind::kCommand},
    {"shell", stage_kind::kShell},
    {"worker", stage_kind::kWorker},
    {"python", stage_kind::kPython},
    {"plugin", stage_kind::kPlugin},
    {"sink", stage_kind::kSink},
});
constexpr auto kSourceKinds = std::to_array<KindRow>({
    {"items", source_kind::kItems},
    {"range", source_kind::kRange},
    {"lines", source_kind::kLines},
    {"glob", source_kind::kGlob},
    {"command", source_kind::kCommand},
});
constexpr auto kSinkKinds = std::to_array<KindRow>({
    {"lines", sink_kind::kLines},
    {"jsonl", sink_kind::kJsonl},
    {"csv", sink_kind::kCsv},
    {"xlsx", sink_kind::kXlsx},
    {"command", sink_kind::kCommand},
    {"discard", sink_kind::kDiscard},
});

std::span<const KindRow> kinds_of(std::span<const Key> keys) {
  if (keys.data() == kStageKeys.data()) return kStageKinds;
  if (keys.data() == kSourceKeys.data()) return kSourceKinds;
  if (keys.data() == kSinkKeys.data()) return kSinkKinds;
  return {};
}

// "a|b|c" -> "a", "b" or "c", in quotes.
std::string choices_text(std::string_view choices) {
  const std::size_t last = choices.rfind('|');
  std::string text = "\"";
  for (std::size_t i = 0; i < choices.size(); ++i) {
    if (choices[i] != '|')
      text += choices[i];
    else
      text += i == last ? "\" or \"" : "\", \"";
  }
  return text + '"';
}

std::string size_text(std::int64_t bytes) {
  if (bytes >= kGiB && bytes % kGiB == 0) return fmt::format("{}GiB", bytes / kGiB);
  return fmt::format("{}", bytes);
}

}  // namespace

std::span<const Key> pipeline_keys() noexcept { return kPipelineKeys; }
std::span<const Key> stage_keys() noexcept { return kStageKeys; }
std::span<const Key> source_keys() noexcept { return kSourceKeys; }
std::span<const Key> sink_keys() noexcept { return kSinkKeys; }
std::span<const Key> backoff_keys() noexcept { return kBackoffKeys; }
std::span<const Key> max_restarts_keys() noexcept { return kMaxRestartsKeys; }
std::span<const Key> on_failure_keys() noexcept { return kOnFailureKeys; }

Kinds kind_of_key(std::span<const Key> keys, std::string_view name) noexcept {
  for (const KindRow& row : kinds_of(keys))
    if (row.key == name) return row.kind;
  return 0;
}

std::string kind_names(std::span<const Key> keys, Kinds kinds, std::string_view last_joint) {
  std::string text;
  Kinds left = kinds;
  for (const KindRow& row : kinds_of(keys)) {
    if ((kinds & row.kind) == 0) continue;
    left &= ~row.kind;
    const bool is_last = std::none_of(kinds_of(keys).begin(), kinds_of(keys).end(),
                                      [&](const KindRow& other) { return (left & other.kind) != 0; });
    if (!text.empty()) text += is_last ? last_joint : ", ";
    text += fmt::format("\"{}\"", row.key);
  }
  return text;
}

namespace {
std::string accepted_value(const Key& key) {
  switch (key.type) {
    case T::Any:
      return "may be anything";
    case T::Text:
      return "must be a text";
    case T::Name:
      return "must be a name: a letter, then letters, digits, \"_\" or \"-\", at most 64";
    case T::Byte:
      return "must be a text of one byte";
    case T::File:
      return "must be a text, not empty, without NUL";
    case T::Flag:
      return "must be true or false";
    case T::Integer:
      return key.min == key.max ? fmt::format("must be {}", key.min) : fmt::format("must be {}..{}", key.min, key.max);
    case T::Size:
      return fmt::format("must be a size of {}..{}: \"64KiB\", \"10MB\" or bytes", key.min, size_text(key.max));
    case T::Duration:
      return fmt::format("must be a duration{}: \"500ms\", \"5s\", \"2m\", \"1h\" or seconds",
                         key.min > 0 ? " above 0" : "");
    case T::Choice:
      return "must be " + choices_text(key.choices);
    case T::Argv:
      return "must be a program and its arguments: [\"program\", \"argument\"], texts without NUL";
    case T::Texts:
      return "must be a text or a list of texts, not empty";
    case T::TextMap:
      return "must be an object of texts: {\"NAME\": \"value\"}";
    case T::Values:
      return "must be a list";
    case T::Range:
      return "must be [start, stop] or [start, stop, step], 64-bit integers";
    case T::Function:
      return "must be \"module:function\"";
    case T::Rate:
      return "must be a rate above 0: \"100/s\", \"30/m\" or \"5/h\"";
    case T::Workers:
      return fmt::format("must be {}..{} or \"auto\"", key.min, key.max);
    case T::OnFailure:
      return "must be \"keep\", \"stop\", {\"stop_at\": 20} or {\"stop_at\": \"10%\"}";
    case T::StopAt:
      return "must be a number of items from 1, or a share: \"10%\"";
    case T::Backoff:
      return "must be a duration or {\"first\": \"1s\", \"max\": \"60s\"}";
    case T::MaxRestarts:
      return "must be {\"count\": 5, \"within\": \"10s\"}";
    case T::Args:
    case T::Source:
    case T::Sink:
    case T::Defaults:
      return "must be an object";
    case T::Stages:
      return "must be a list of stages, not empty";
  }
  return "";
}
}  // namespace

std::string accepted(const Key& key) {
  constexpr std::string_view kMust = "must be ";
  std::string text = accepted_value(key);
  return key.or_null ? text.insert(kMust.size(), "null or ") : text;
}

bool is_name(std::string_view text, bool dots) noexcept {
  const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  if (text.empty() || text.size() > 64 || !is_letter(text.front())) return false;
  return std::all_of(text.begin(), text.end(), [&](char c) {
    return is_letter(c) || (c >= '0' && c <= '9') || c == '_' || c == '-' || (dots && c == '.');
  });
}

}  // namespace pooltop
