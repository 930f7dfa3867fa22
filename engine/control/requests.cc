// SPDX-License-Identifier: MIT
#include "engine/control/requests.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <limits>
#include <nlohmann/json.hpp>

#include "engine/base/text.h"
#include "engine/control/control_error.h"
#include "engine/control/status_stream.h"

// The closed list of what a client may say. A request that passes here needs no second look at its types.

namespace pooltop {

using nlohmann::json;

namespace {

constexpr int kMaxDepth = 8;
constexpr std::size_t kMostMatchBytes = 1024;

// Looks at one value; returns what would be accepted if it is wrong, else nothing.
using Check = std::string (*)(const json&);

struct Key {
  std::string_view name;
  Check check;
  bool required = false;
};

struct Command {
  std::string_view name;
  bool acting;
  std::vector<Key> keys;
};

template <std::int64_t Min, std::int64_t Max>
std::string count(const json& value) {
  const bool fits = value.is_number_unsigned() ? value.get<std::uint64_t>() <= static_cast<std::uint64_t>(Max) &&
                                                     value.get<std::int64_t>() >= Min
                                               : value.is_number_integer() && value.get<std::int64_t>() >= Min;
  return fits ? "" : fmt::format("a whole number of {} to {}", Min, Max);
}
constexpr Check kPid = count<1, std::numeric_limits<pid_t>::max()>;

std::string flag(const json& value) { return value.is_boolean() ? "" : "true or false"; }
std::string text(const json& value) { return value.is_string() ? "" : "a text"; }
std::string name(const json& value) {
  return value.is_string() && !value.get_ref<const std::string&>().empty() ? "" : "a stage's name";
}
std::string pid_text(const json& value) {
  if (!value.is_object()) return kPid(value);
  const auto pid = value.find("pid");
  const auto at = value.find("started_at");
  const bool right = pid != value.end() && kPid(*pid).empty() && (at == value.end() || at->is_string());
  return right && value.size() == (at == value.end() ? 1u : 2u) ? "" : "{\"pid\": …, \"started_at\": …}";
}
std::string targets(const json& value) {
  const bool right = value.is_array() && std::all_of(value.begin(), value.end(), [](const json& target) {
                       return name(target).empty() || pid_text(target).empty();
                     });
  return right ? "" : "a list of stage names and PIDs";
}
std::string some_targets(const json& value) {
  return targets(value).empty() && !value.empty() ? "" : "a list of at least one stage name or PID";
}
std::string pids(const json& value) {
  const bool right = value.is_array() && !value.empty() &&
                     std::all_of(value.begin(), value.end(), [](const json& pid) { return pid_text(pid).empty(); });
  return right ? "" : "a list of at least one PID";
}
std::string ids(const json& value) {
  const bool right =
      value.is_array() && std::all_of(value.begin(), value.end(), [](const json& id) { return id.is_string(); });
  return right ? "" : "a list of item ids (texts)";
}
std::string some_ids(const json& value) {
  return ids(value).empty() && !value.empty() ? "" : "a list of at least one item id (a text)";
}
std::string signal(const json& value) {
  const bool right = value.is_string() && signal_named(value.get_ref<const std::string&>());
  return right ? "" : fmt::format("a signal: {}", fmt::join(signal_names(), ", "));
}
std::string setting_value(const json& value) { return value.is_structured() ? "a number, a text or null" : ""; }
std::string changes(const json& value);
std::string item_fate(const json& value) {
  return value == "requeue" || value == "fail" ? "" : "\"requeue\" or \"fail\"";
}
std::string match_text(const json& value) {
  const bool right = value.is_string() && value.get_ref<const std::string&>().size() <= kMostMatchBytes;
  return right ? "" : fmt::format("a text of at most {} bytes", kMostMatchBytes);
}
std::string nullable_name(const json& value) { return value.is_null() ? "" : name(value); }
std::string sort(const json& value) {
  const auto& sorts = window_sorts();
  const bool right =
      value.is_string() && std::find(sorts.begin(), sorts.end(), value.get<std::string>()) != sorts.end();
  return right ? "" : fmt::format("one of {}", fmt::join(sorts, ", "));
}

std::string row_keys(const json& value) {
  const bool right = value.is_array() && std::all_of(value.begin(), value.end(), [](const json& key) {
                       return key.is_string() && !key.get_ref<const std::string&>().empty();
                     });
  return right ? "" : "a list of row keys (\"STAGE.SLOT.PID\")";
}

constexpr Check kAnyCount = count<0, std::numeric_limits<std::int64_t>::max()>;

const std::vector<Key>& window_keys() {
  static const std::vector<Key> keys = {
      {"stage", nullable_name}, {"sort", sort}, {"reverse", flag}, {"offset", kAnyCount}, {"limit", kAnyCount}};
  return keys;
}

// A subscriber may also say what it looks at.
const std::vector<Key>& watch_keys() {
  static const std::vector<Key> keys = [] {
    std::vector<Key> all = window_keys();
    all.push_back({"fresh", row_keys});
    all.push_back({"rest_ms", count<50, 60000>});
    return all;
  }();
  return keys;
}

std::string window(const json& value);
std::string watched(const json& value);

const std::vector<Command>& commands() {
  static const std::vector<Command> table = {
      {"status", false, {{"workers", window}}},
      {"subscribe",
       false,
       {{"interval_ms", count<50, 60000>},
        {"workers", watched},
        {"delta", flag},
        {"continue", flag},
        {"commands", flag}}},
      {"unsubscribe", false, {}},
      {"wait", false, {}},
      {"read_only", false, {}},
      {"pause", true, {{"targets", targets}, {"started_at", text}, {"after_item", flag}}},
      {"resume", true, {{"targets", targets}, {"started_at", text}}},
      {"kill",
       true,
       {{"pids", pids}, {"targets", pids}, {"started_at", text}, {"signal", signal}, {"item", item_fate}}},
      {"restart", true, {{"targets", some_targets, true}, {"started_at", text}, {"now", flag}}},
      {"scale", true, {{"stage", name, true}, {"workers", count<1, 4096>, true}}},
      {"stop", true, {{"now", flag}}},
      {"set", true, {{"stage", name}, {"key", text}, {"value", setting_value}, {"changes", changes}, {"drop", flag}}},
      {"settings", false, {}},
      {"failed",
       false,
       {{"retry", flag},
        {"ids", ids},
        {"stage", name},
        {"offset", kAnyCount},
        {"limit", count<1, 10000>},
        {"brief", flag},
        {"match", match_text}}},
      {"item", false, {{"stage", name, true}, {"item_id", text, true}}},
      {"retrying", false, {{"stage", name}, {"offset", kAnyCount}, {"limit", count<1, 10000>}, {"match", match_text}}},
      {"fail", true, {{"stage", name, true}, {"ids", some_ids, true}, {"kill", flag}}},
      {"tail", false, {{"stage", name}, {"pid", kPid}, {"lines", count<1, 10000>}, {"cursor", text}}},
      {"events", false, {{"after", kAnyCount}}},
      {"inspect", false, {{"pid", kPid, true}, {"started_at", text}}},
      {"peek", false, {{"stage", name, true}, {"count", count<1, 1000>}}},
  };
  return table;
}

template <typename Rows>
std::string nearest_hint(std::string_view word, const Rows& rows) {
  std::vector<std::string_view> names;
  for (const auto& row : rows) names.push_back(row.name);
  const auto near = nearest_name(word, names);
  if (near) return fmt::format("; did you mean \"{}\"?", *near);
  return fmt::format("; known: {}", fmt::join(names, ", "));
}

// The first thing wrong with the members of `object`, `skip` apart; empty if all is right.
std::string check_keys(const json& object, const std::vector<Key>& keys, const std::string& where, bool top) {
  for (const auto& [key, value] : object.items()) {
    if (top && (key == "id" || key == "command" || key == "protocol")) continue;
    const auto found = std::find_if(keys.begin(), keys.end(), [&k = key](const Key& row) { return row.name == k; });
    if (found == keys.end())
      return fmt::format("{}/{}: unknown key{}", where, printable(key, 64),
                         keys.empty() ? "; this command has none" : nearest_hint(key, keys));
    if (const std::string accepted = found->check(value); !accepted.empty())
      return fmt::format("{}/{}: must be {}, got {}", where, key, accepted, printable(value.dump(), 64));
  }
  for (const Key& key : keys)
    if (key.required && !object.contains(key.name)) return fmt::format("{}/{}: is missing", where, key.name);
  return "";
}

std::string check_window(const json& value, const std::vector<Key>& keys) {
  if (!value.is_object()) return "an object";
  const std::string wrong = check_keys(value, keys, "", /*top=*/false);
  return wrong.empty() ? "" : fmt::format("an object of rows to show ({})", wrong);
}
std::string window(const json& value) { return check_window(value, window_keys()); }
std::string watched(const json& value) { return check_window(value, watch_keys()); }

std::string changes(const json& value) {
  static const std::vector<Key> keys = {{"stage", name, true}, {"key", text, true}, {"value", setting_value, true}};
  if (!value.is_array() || value.empty()) return "a list of at least one {\"stage\", \"key\", \"value\"}";
  for (std::size_t i = 0; i < value.size(); ++i) {
    if (!value[i].is_object()) return "a list of {\"stage\", \"key\", \"value\"}";
    const std::string wrong = check_keys(value[i], keys, fmt::format("/{}", i), /*top=*/false);
    if (!wrong.empty()) return fmt::format("a list of {{\"stage\", \"key\", \"value\"}} ({})", wrong);
  }
  return "";
}

// A set names one setting, or lists several, or drops all that were changed.
std::string check_set(const json& request) {
  const bool single = request.contains("stage") || request.contains("key") || request.contains("value");
  const int forms = (single ? 1 : 0) + (request.contains("changes") ? 1 : 0) + (request.value("drop", false) ? 1 : 0);
  if (forms != 1) return "it has either \"stage\", \"key\" and \"value\", or \"changes\", or \"drop\": true";
  for (const char* key : {"stage", "key", "value"})
    if (single && !request.contains(key)) return fmt::format("/{}: is missing", key);
  return "";
}

[[noreturn]] void refuse(const std::string& message) { throw ControlError(ErrorCode::BadRequest, message); }

}  // namespace

json parse_request(std::string_view line) {
  const auto shallow = [](int depth, json::parse_event_t, json&) {
    if (depth > kMaxDepth) refuse(fmt::format("nested deeper than {}", kMaxDepth));
    return true;
  };
  json request;
  try {
    request = json::parse(line.begin(), line.end(), shallow);
  } catch (const json::parse_error& error) {
    refuse(fmt::format("byte {}: not JSON; a request is one JSON object on one line", error.byte));
  } catch (const json::out_of_range&) {
    refuse("a number in it is too large for a double");
  }
  if (!request.is_object()) refuse(fmt::format("a request is a JSON object, got {}", request.type_name()));
  return request;
}

void check_request(json& request) {
  const auto command = request.find("command");
  if (command == request.end()) refuse("/command: is missing");
  if (!command->is_string()) refuse(fmt::format("/command: must be a text, got {}", printable(command->dump(), 64)));
  if (*command == "logs") *command = "tail";
  if (*command == "attach") *command = "subscribe";
  if (const auto id = request.find("id"); id != request.end() && id->is_structured())
    refuse("/id: must be a number or a text");
  if (const auto protocol = request.find("protocol"); protocol != request.end() && *protocol != kProtocolVersion)
    refuse(fmt::format("/protocol: must be {}, got {}", kProtocolVersion, printable(protocol->dump(), 64)));
  const auto& word = command->get_ref<const std::string&>();
  const auto found =
      std::find_if(commands().begin(), commands().end(), [&](const Command& c) { return c.name == word; });
  if (found == commands().end())
    refuse(fmt::format("/command: unknown command \"{}\"{}", printable(word, 64), nearest_hint(word, commands())));
  if (const std::string wrong = check_keys(request, found->keys, "", /*top=*/true); !wrong.empty())
    refuse(fmt::format("{}: {}", word, wrong));
  if (word == "set")
    if (const std::string wrong = check_set(request); !wrong.empty()) refuse("set: " + wrong);
  const std::vector<Target> named = targets_of(request);
  if (word == "kill" && named.empty()) refuse("kill: /pids: is missing");
  if (request.contains("started_at") && (named.size() != 1 || named[0].stage))
    refuse(fmt::format("{}: /started_at: goes with exactly one PID; for several: {{\"pid\": …, \"started_at\": …}}",
                       word));
}

bool is_acting(const json& request) {
  const std::string word = request.value("command", "");
  if (word == "failed") return request.value("retry", false);
  const auto found =
      std::find_if(commands().begin(), commands().end(), [&](const Command& c) { return c.name == word; });
  return found != commands().end() && found->acting;
}

std::vector<Target> targets_of(const json& request) {
  std::vector<Target> out;
  const std::string at = request.value("started_at", "");
  if (request.value("command", "") == "inspect") out.push_back({std::nullopt, request.at("pid").get<pid_t>(), at});
  for (const char* list : {"targets", "pids"}) {
    const auto found = request.find(list);
    if (found == request.end()) continue;
    for (const json& entry : *found) {
      Target& target = out.emplace_back();
      if (entry.is_string()) target.stage = entry.get<std::string>();
      if (entry.is_number()) target.pid = entry.get<pid_t>(), target.started_at = at;
      if (entry.is_object())
        target.pid = entry.at("pid").get<pid_t>(), target.started_at = entry.value("started_at", at);
    }
  }
  return out;
}

namespace {
struct SignalRow {
  std::string_view name;
  int number;
};
constexpr auto kSignals = std::to_array<SignalRow>({{"KILL", SIGKILL},
                                                    {"TERM", SIGTERM},
                                                    {"INT", SIGINT},
                                                    {"HUP", SIGHUP},
                                                    {"QUIT", SIGQUIT},
                                                    {"ABRT", SIGABRT},
                                                    {"USR1", SIGUSR1},
                                                    {"USR2", SIGUSR2}});
}  // namespace

std::optional<int> signal_named(std::string_view word) noexcept {
  if (word.starts_with("SIG")) word.remove_prefix(3);
  for (const SignalRow& row : kSignals)
    if (row.name == word) return row.number;
  return std::nullopt;
}

const std::vector<std::string_view>& signal_names() {
  static const std::vector<std::string_view> names = [] {
    std::vector<std::string_view> out;
    for (const SignalRow& row : kSignals) out.push_back(row.name);
    return out;
  }();
  return names;
}

int signal_of(const json& request) { return signal_named(request.value("signal", "KILL")).value_or(SIGKILL); }

}  // namespace pooltop
