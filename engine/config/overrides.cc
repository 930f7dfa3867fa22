// SPDX-License-Identifier: MIT
// What the command line and the environment put into a config before its keys are read: --set and ${NAME}.
#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "engine/base/text.h"
#include "engine/config/load_steps.h"

namespace pooltop {

namespace {

// Every value of the tree came from the `number`-th --set.
void mark(JsonValue& value, std::uint32_t number) {
  value.at = {0, number};
  if (!value.members) return;
  for (JsonMember& member : *value.members) {
    member.key_at = value.at;
    mark(member.value, number);
  }
}

JsonValue parse_set_value(const std::string& text, std::uint32_t number) {
  JsonDocument document = parse_json(text);
  JsonValue value = document.errors.empty() ? std::move(document.root) : JsonValue(JsonType::Text, {}, text);
  mark(value, number);
  return value;
}

// The member `key` of an object, made if it is not there; of a list, the element of that number. nullptr: there is
// none.
JsonValue* step_into(JsonValue& value, const std::string& key, std::uint32_t number) {
  if (value.is(JsonType::Array)) {
    std::size_t index = 0;
    const bool there = read_number(key, index) && index < value.members->size();
    return there ? &(*value.members)[index].value : nullptr;
  }
  if (!value.is(JsonType::Object)) return nullptr;
  if (JsonValue* const member = value.find(key)) return member;
  value.members->push_back({key, {0, number}, JsonValue(JsonType::Object, {0, number})});
  return &value.members->back().value;
}

std::vector<std::string> split(std::string_view text, char at) {
  std::vector<std::string> parts;
  for (;;) {
    const std::size_t end = text.find(at);
    parts.emplace_back(text.substr(0, end));
    if (end == text.npos) return parts;
    text.remove_prefix(end + 1);
  }
}

// The object of that stage, or of the defaults (made if need be); nullptr if there is none.
JsonValue* find_stage(JsonValue& root, const std::string& name, std::uint32_t number) {
  if (name == "defaults") return step_into(root, name, number);
  JsonValue* const stages = root.find("stages");
  if (stages == nullptr || !stages->is(JsonType::Array)) return nullptr;
  for (JsonMember& stage : *stages->members) {
    const JsonValue* const has = stage.value.find("name");
    if (has != nullptr && has->is(JsonType::Text) && has->text == name) return &stage.value;
  }
  return nullptr;
}

std::string no_such_stage(const JsonValue& root, const std::string& name) {
  std::vector<std::string_view> names;
  const JsonValue* const stages = root.find("stages");
  if (stages != nullptr && stages->is(JsonType::Array))
    for (const JsonMember& stage : *stages->members)
      if (const JsonValue* const has = stage.value.find("name")) names.push_back(has->text);
  std::string known = did_you_mean(name, names);
  if (known.empty() && !names.empty()) known = fmt::format("; the stages are {}", fmt::join(names, ", "));
  return fmt::format("there is no stage {}{}", in_quotes(name), printable(known, 300));
}

void apply_set(JsonValue& root, std::string_view text, std::size_t index, Reporter& reporter) {
  const auto number = static_cast<std::uint32_t>(index + 1);
  const std::size_t equals = text.find('=');
  const std::vector<std::string> path = split(text.substr(0, equals), '.');
  const bool has_blank = std::any_of(path.begin(), path.end(), [](const std::string& part) { return part.empty(); });
  if (equals == text.npos || path.size() < 2 || has_blank)
    return reporter.set(index, "must be STAGE.KEY=VALUE: hash.workers=8");
  JsonValue* target = find_stage(root, path[0], number);
  if (target == nullptr) return reporter.set(index, no_such_stage(root, path[0]));
  for (std::size_t i = 1; i < path.size(); ++i) {
    JsonValue* const next = step_into(*target, path[i], number);
    if (next == nullptr)
      return reporter.set(index,
                          fmt::format("{} has no {}", fmt::join(path.begin(), path.begin() + static_cast<long>(i), "."),
                                      in_quotes(path[i])));
    target = next;
  }
  *target = parse_set_value(std::string(text.substr(equals + 1)), number);
}

bool is_variable_name(std::string_view text) {
  const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
  return !text.empty() && letter(text.front()) &&
         std::all_of(text.begin(), text.end(), [&](char c) { return letter(c) || (c >= '0' && c <= '9'); });
}

class Replacer {
 public:
  Replacer(const LoadOptions& options, Reporter& reporter) : options_(options), reporter_(reporter) {}

  void replace(JsonValue& value, const std::string& pointer) {
    if (value.is(JsonType::Text) && value.text.find("${") != std::string::npos) {
      value.text = expand(value.text, pointer);
      if (std::exchange(is_refused_, false)) reporter_.told(pointer);
    }
    if (!value.members) return;
    std::size_t index = 0;
    for (JsonMember& member : *value.members) {
      const std::string step = value.is(JsonType::Array) ? std::to_string(index) : pointer_step(member.key);
      ++index;
      if (!is_literal(pointer, step)) replace(member.value, pointer + "/" + step);
    }
  }

  std::vector<std::string> take_used() { return std::move(used_); }

 private:
  // /stages/N/shell and /stages/N/source/items: the shell has a ${NAME} of its own, items are data.
  static bool is_literal(std::string_view pointer, std::string_view step) {
    constexpr std::string_view kStages = "/stages/";
    if (!pointer.starts_with(kStages)) return false;
    const std::string_view inside = pointer.substr(std::min(pointer.find('/', kStages.size()), pointer.size()));
    return (inside.empty() && step == "shell") || (inside == "/source" && step == "items");
  }

  std::string expand(std::string_view text, const std::string& pointer) {
    std::string out;
    while (!text.empty()) {
      const std::size_t dollar = std::min(text.find('$'), text.size());
      out += text.substr(0, dollar);
      text.remove_prefix(dollar);
      if (text.starts_with("$${")) {
        out += "${";
        text.remove_prefix(3);
      } else if (text.starts_with("${")) {
        const std::size_t end = text.find('}');
        const std::string_view name = text.substr(2, end == text.npos ? end : end - 2);
        if (end == text.npos || !is_variable_name(name)) {
          refuse(pointer, "\"${\" must be followed by a name and \"}\"; \"$${\" is a literal \"${\"");
          return out;
        }
        out += look_up(std::string(name), pointer);
        text.remove_prefix(end + 1);
      } else if (!text.empty()) {
        out += '$';
        text.remove_prefix(1);
      }
    }
    return out;
  }

  std::string look_up(const std::string& name, const std::string& pointer) {
    used_.push_back(name);
    if (const auto var = options_.vars.find(name); var != options_.vars.end()) return var->second;
    if (auto value = options_.environment(name)) return std::move(*value);
    refuse(pointer, fmt::format("${{{0}}} is not set: give --var {0}=VALUE or set it in the environment", name));
    return "";
  }

  // What the text would have become nobody knows: that it is no good value is not told as well.
  void refuse(const std::string& pointer, std::string message) {
    reporter_.value(pointer, std::move(message));
    is_refused_ = true;
  }

  const LoadOptions& options_;
  Reporter& reporter_;
  std::vector<std::string> used_;
  bool is_refused_ = false;  // the text being expanded
};

}  // namespace

void apply_sets(JsonValue& root, std::span<const std::string> sets, Reporter& reporter) {
  if (!root.is(JsonType::Object)) return;
  for (std::size_t i = 0; i < sets.size(); ++i) apply_set(root, sets[i], i, reporter);
}

std::vector<std::string> replace_variables(JsonValue& root, const LoadOptions& options, Reporter& reporter) {
  Replacer replacer(options, reporter);
  replacer.replace(root, "");
  return replacer.take_used();
}

}  // namespace pooltop
