// SPDX-License-Identifier: MIT
// One stage: its kind, the keys of that kind, and the settings that `defaults` may give too.
#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <charconv>
#include <thread>

#include "engine/base/text.h"
#include "engine/config/load_steps.h"
#include "engine/config/settings.h"

namespace pooltop {

namespace {

using namespace stage_kind;

std::uint32_t cores() { return std::clamp(std::thread::hardware_concurrency(), 1u, 4096u); }

void read_workers(const Section& section, std::uint32_t& workers) {
  const JsonValue* const value = section.find("workers");
  if (value != nullptr && value->is(JsonType::Text) && value->text == "auto")
    workers = cores();
  else
    section.read("workers", workers);
}

// "10%" -> 0.1; nullopt unless it is more than 0 and at most 100.
std::optional<double> as_share(std::string_view text) {
  if (!text.ends_with('%')) return std::nullopt;
  text.remove_suffix(1);
  double percent = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), percent, std::chars_format::fixed);
  if (error != std::errc{} || end != text.data() + text.size() || !(percent > 0 && percent <= 100)) return std::nullopt;
  return percent / 100;
}

void read_on_failure(const Section& section, FailurePolicy& policy) {
  using Kind = FailurePolicy::Kind;
  const JsonValue* const value = section.find("on_failure");
  if (value == nullptr) return;
  if (value->is(JsonType::Text) && (value->text == "keep" || value->text == "stop")) {
    policy = {value->text == "keep" ? Kind::Keep : Kind::Stop, 0, 0};
    return;
  }
  if (!value->is(JsonType::Object)) return section.refuse("on_failure");
  const Section inner(section.reporter(), *value, section.pointer("on_failure"), on_failure_keys());
  const JsonValue* const stop_at = value->find("stop_at");
  if (stop_at == nullptr) return section.refuse("on_failure");
  const auto count = as_integer(*stop_at);
  const auto share = stop_at->is(JsonType::Text) ? as_share(stop_at->text) : std::nullopt;
  if (count && *count >= 1)
    policy = {Kind::StopAtCount, static_cast<std::uint64_t>(*count), 0};
  else if (share)
    policy = {Kind::StopAtShare, 0, *share};
  else
    inner.refuse("stop_at");
}

// "100/s", "30/m", "5/h", or a number: per second.
std::optional<double> as_rate(const JsonValue& value) {
  if (!value.is(JsonType::Text) && !value.is(JsonType::Number)) return std::nullopt;
  std::string_view text = value.text;
  double seconds = 1;
  if (value.is(JsonType::Text)) {
    if (text.size() < 3 || text[text.size() - 2] != '/') return std::nullopt;
    const std::size_t unit = std::string_view("smh").find(text.back());
    if (unit == text.npos) return std::nullopt;
    seconds = unit == 0 ? 1 : unit == 1 ? 60 : 3600;
    text.remove_suffix(2);
  }
  double count = 0;
  if (!read_number(text, count) || !(count > 0 && count <= 1e9)) return std::nullopt;
  return count / seconds;
}

void read_rate(const Section& section, double& rate) {
  const JsonValue* const value = section.find("rate");
  if (value == nullptr) return;
  if (value->is(JsonType::Null)) return static_cast<void>(rate = 0);
  const auto per_second = as_rate(*value);
  if (!per_second) return section.refuse("rate");
  rate = *per_second;
}

void read_timeout(const Section& section, std::optional<Nanos>& timeout) {
  const JsonValue* const value = section.find("timeout");
  if (value == nullptr) return;
  if (value->is(JsonType::Null))
    timeout.reset();
  else
    section.read_duration("timeout", timeout.emplace());
}

void read_max_items(const Section& section, std::uint64_t& limit) {
  const JsonValue* const value = section.find("max_items_per_worker");
  if (value != nullptr && value->is(JsonType::Null))
    limit = 0;
  else
    section.read("max_items_per_worker", limit);
}

// A key that --set gave is told apart from one of the file; a later word about it wins.
void note_origins(const Section& section, StageConfig& stage) {
  for (const std::string_view key : live_keys()) {
    const JsonValue* const value = section.find(key);
    if (value == nullptr) continue;
    std::erase(stage.set_on_start, key);
    if (value->at.line == 0) stage.set_on_start.emplace_back(key);
  }
}

void read_backoff(const Section& section, StageConfig& stage) {
  const JsonValue* const value = section.find("backoff");
  if (value == nullptr) return;
  const bool is_object = value->is(JsonType::Object);
  if (is_object) {
    const Section inner(section.reporter(), *value, section.pointer("backoff"), backoff_keys());
    inner.read_duration("first", stage.backoff_first);
    inner.read_duration("max", stage.backoff_max);
  } else {
    section.read_duration("backoff", stage.backoff_first);
  }
  if (stage.backoff_max >= stage.backoff_first) return;
  if (is_object && value->find("max") != nullptr)
    section.refuse("backoff", "\"max\" must not be below \"first\"");
  else
    stage.backoff_max = stage.backoff_first;  // nobody asked for the shorter one
}

void read_max_restarts(const Section& section, StageConfig& stage) {
  const JsonValue* const value = section.find("max_restarts");
  if (value == nullptr) return;
  if (!value->is(JsonType::Object)) return section.refuse("max_restarts");
  const Section inner(section.reporter(), *value, section.pointer("max_restarts"), max_restarts_keys());
  inner.read("count", stage.max_restarts);
  inner.read_duration("within", stage.restarts_within);
}

// A stage of that kind before its own keys are read: what `defaults` says, as far as it fits.
StageConfig fitting_defaults(const StageConfig& defaults, Kinds kind) {
  StageConfig stage = defaults;
  if ((kind & kWork) != 0) return stage;
  const StageConfig plain;
  stage.workers = plain.workers;
  stage.retries = plain.retries;
  stage.timeout = plain.timeout;
  stage.max_items_per_worker = plain.max_items_per_worker;
  stage.on_failure = plain.on_failure;
  stage.rate_per_s = plain.rate_per_s;
  std::erase_if(stage.set_on_start, [&](const std::string& name) {
    return std::none_of(stage_keys().begin(), stage_keys().end(),
                        [&](const Key& key) { return key.name == name && (key.fits & kind) != 0; });
  });
  return stage;
}

OpWork read_op(const Section& section, Kinds kind) {
  OpWork work;
  section.read("op", work.op);
  if (kind == kPlugin) {
    section.read("plugin", work.plugin.emplace());
    if (work.op.empty()) section.refuse("plugin", "needs \"op\", the operator's name in the plugin");
    if (const JsonValue* const args = section.find("args")) work.args = compact_json(*args);
    if (!work.args.starts_with('{')) section.refuse("args");
  } else if (!work.op.empty()) {
    work.args = read_operator_args(section, work.op);
  } else if (section.find("op")->is(JsonType::Text)) {
    section.refuse("op", "must be the name of an operator, got \"\"");
  }
  return work;
}

void read_output(const Section& section, CommandWork& work) {
  section.read("stdin", work.item_on_stdin);
  section.read_choice("output", work.output);
}

CommandWork read_command(const Section& section) {
  CommandWork work;
  section.read("command", work.argv);
  read_output(section, work);
  return work;
}

// Whether {} is a word of the shell text, bare or in double quotes. In single quotes it is meant literally.
bool has_placeholder_word(std::string_view text) {
  constexpr std::string_view kEnds = " \t\n;|&()<>\"`";
  char quote = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && quote != '\'') {
      ++i;
    } else if ((text[i] == '\'' || text[i] == '"') && (quote == 0 || quote == text[i])) {
      quote = quote == 0 ? text[i] : '\0';
    } else if (quote != '\'' && text.substr(i, 2) == "{}") {
      const bool starts = i == 0 || kEnds.find(text[i - 1]) != kEnds.npos;
      const bool ends = i + 2 == text.size() || kEnds.find(text[i + 2]) != kEnds.npos;
      if (starts && ends) return true;
    }
  }
  return false;
}

CommandWork read_shell(const Section& section) {
  CommandWork work;
  std::string text;
  section.read("shell", text);
  if (section.find("shell")->is(JsonType::Text)) {
    if (text.find_first_not_of(" \t\n") == text.npos)
      section.refuse("shell", "must be a shell command, got a blank text");
    if (text.find('\0') != text.npos) section.refuse("shell", "must not have NUL in it");
    if (has_placeholder_word(text)) section.refuse("shell", "the item is not {} in a shell command: use \"$1\"");
  }
  work.argv = {"/bin/sh", "-c", text, "sh", "{}"};
  work.is_shell = true;
  read_output(section, work);
  return work;
}

WorkerWork read_worker(const Section& section) {
  WorkerWork work;
  section.read("worker", work.argv);
  section.read_choice("protocol", work.protocol);
  section.read("window", work.window);
  return work;
}

bool is_dotted_name(std::string_view text) {
  const auto starts_word = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (static_cast<unsigned char>(c) & 0x80) != 0;
  };
  bool at_start = true;
  for (const char c : text) {
    if (at_start ? !starts_word(c) : !starts_word(c) && c != '.' && !(c >= '0' && c <= '9')) return false;
    at_start = c == '.';
  }
  return !at_start;
}

PythonWork read_python(const Section& section) {
  PythonWork work;
  const JsonValue& value = *section.find("python");
  const std::string_view text = value.text;
  const std::size_t colon = text.find(':');
  work.module = text.substr(0, colon);
  if (colon != text.npos) work.function = text.substr(colon + 1);
  if (!value.is(JsonType::Text) || !is_dotted_name(work.module) || !is_dotted_name(work.function))
    section.refuse("python");
  else if (work.module.ends_with(".py"))
    section.refuse("python",
                   fmt::format("must name the module without .py: {}",
                               in_quotes(work.module.substr(0, work.module.size() - 3) + ":" + work.function)));
  section.read("interpreter", work.interpreter);
  section.read("path", work.path);
  section.read_choice("decode", work.decode);
  return work;
}

decltype(StageConfig::work) read_work(const Section& section, Kinds kind) {
  switch (kind) {
    case kSource:
      return read_source(*section.find("source"), section.pointer("source"), section.reporter());
    case kCommand:
      return read_command(section);
    case kShell:
      return read_shell(section);
    case kWorker:
      return read_worker(section);
    case kPython:
      return read_python(section);
    case kSink:
      break;
    default:
      return read_op(section, kind);
  }
  SinkConfig sink = read_sink(*section.find("sink"), section.pointer("sink"), section.reporter());
  section.read("ordered", sink.ordered);
  return sink;
}

// The kind whose keys stand in the stage; 0 after a report.
Kinds kind_of_stage(const JsonValue& value, const std::string& pointer, Reporter& reporter) {
  Kinds kinds = 0;
  for (const JsonMember& member : *value.members) kinds |= kind_of_key(stage_keys(), member.key);
  if (kinds == (kOp | kPlugin)) return kPlugin;
  if (std::has_single_bit(kinds)) return kinds;
  const Section checked(reporter, value, pointer, stage_keys());  // a misspelt kind, for one
  StageConfig unused;
  read_settings(checked, unused);  // all that is wrong is told at once
  const std::string all = kind_names(stage_keys(), kEvery, " or ");
  reporter.value(pointer, kinds == 0 ? fmt::format("must have one of {}", all)
                                     : fmt::format("must have one of {}, not {} together", all,
                                                   kind_names(stage_keys(), kinds, " and ")));
  return 0;
}

bool read_name(const JsonValue& value, const std::string& pointer, std::string& name, Reporter& reporter) {
  const JsonValue* const given = value.find("name");
  if (given == nullptr) {
    reporter.value(pointer, "must have a \"name\"");
    return false;
  }
  const bool good = given->is(JsonType::Text) && is_name(given->text, /*dots=*/false);
  if (!good)
    reporter.value(pointer + "/name", fmt::format("{}, got {}", accepted(stage_keys().front()), shown(*given)));
  else if (given->text == "defaults")
    reporter.value(pointer + "/name", "\"defaults\" is no name for a stage: --set uses it for the defaults");
  name = given->text;
  return good;
}

}  // namespace

void read_settings(const Section& section, StageConfig& stage) {
  section.read("capacity", stage.capacity);
  section.read_size("queue_bytes", stage.queue_bytes);
  read_workers(section, stage.workers);
  section.read("retries", stage.retries);
  read_timeout(section, stage.timeout);
  read_max_items(section, stage.max_items_per_worker);
  read_on_failure(section, stage.on_failure);
  read_rate(section, stage.rate_per_s);
  section.read_choice("start_method", stage.start_method);
  section.read("crash_retries", stage.crash_retries);
  read_backoff(section, stage);
  read_max_restarts(section, stage);
  section.read("env", stage.env);
  section.read("clear_env", stage.clear_env);
  section.read("cwd", stage.cwd);
  if (section.find("nice") != nullptr) section.read("nice", stage.nice.emplace());
  section.read_size("memory_limit", stage.memory_limit);
  note_origins(section, stage);
}

std::optional<StageConfig> read_stage(const JsonValue& value, const std::string& pointer, const StageConfig& defaults,
                                      Reporter& reporter) {
  if (!value.is(JsonType::Object)) {
    reporter.value(pointer, "must be an object, got " + shown(value));
    return std::nullopt;
  }
  std::string name;
  const bool is_named = read_name(value, pointer, name, reporter);
  const Kinds kind = kind_of_stage(value, pointer, reporter);
  if (kind == 0) return std::nullopt;

  const Section section(reporter, value, pointer, stage_keys(), kind,
                        fmt::format("a stage of kind {}", kind_names(stage_keys(), kind, "")));
  StageConfig stage = fitting_defaults(defaults, kind);
  stage.name = name;
  stage.work = read_work(section, kind);
  section.read("from", stage.from);
  read_settings(section, stage);
  if (!is_named) return std::nullopt;
  return stage;
}

}  // namespace pooltop
