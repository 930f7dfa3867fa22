// SPDX-License-Identifier: MIT
// The arguments of built-in operators, checked against their table.
#include <fmt/format.h>

#include <algorithm>
#include <regex>

#include "engine/base/text.h"
#include "engine/config/load_steps.h"
#include "engine/config/operators.h"

namespace pooltop {

namespace {

constexpr std::size_t kMaxRegex = 4096;

bool is_pointer(std::string_view text) {
  if (!text.empty() && text.front() != '/') return false;
  for (std::size_t i = 0; i < text.size(); ++i)
    if (text[i] == '~' && (i + 1 == text.size() || (text[i + 1] != '0' && text[i + 1] != '1'))) return false;
  return true;
}

// Why `text` is no regular expression; empty if it is one.
std::string regex_problem(const std::string& text) {
  if (text.size() > kMaxRegex) return fmt::format("must be an expression of at most {} bytes", kMaxRegex);
  try {
    const std::regex compiled(text, std::regex::ECMAScript);
    return "";
  } catch (const std::regex_error& error) {
    return fmt::format("must be an ECMAScript regular expression, got {}: {}", in_quotes(text), error.what());
  }
}

// What is wrong with an argument's value; empty if it is good.
std::string problem_of(const OperatorArg& arg, const JsonValue& value) {
  const bool is_text = value.is(JsonType::Text) && is_utf8(value.text);
  const auto must_be = [&](std::string_view what) { return fmt::format("must be {}, got {}", what, shown(value)); };
  switch (arg.type) {
    case ArgType::Text:
      return is_text ? "" : must_be("a text");
    case ArgType::Regex:
      return is_text ? regex_problem(value.text) : must_be("a text: a regular expression");
    case ArgType::Pointer:
      return is_text && is_pointer(value.text) ? "" : must_be("a JSON pointer: \"/user/name\", \"\" is the whole");
    case ArgType::Count:
      return as_integer(value).value_or(0) >= 1 ? "" : must_be("a whole number from 1");
    case ArgType::Duration:
      return as_duration(value) ? "" : must_be("a duration: \"500ms\", \"5s\" or seconds");
  }
  return "";
}

// As the operator reads it: durations are seconds.
std::string argument_json(const OperatorArg& arg, const JsonValue& value) {
  if (arg.type != ArgType::Duration || value.is(JsonType::Number)) return compact_json(value);
  return fmt::format("{}", static_cast<double>(as_duration(value).value_or(0)) / kSecond);
}

std::vector<std::string_view> names_of(std::span<const OperatorArg> args) {
  std::vector<std::string_view> names;
  for (const OperatorArg& arg : args) names.push_back(arg.name);
  return names;
}

// Either "seconds", or "min" and "max".
void check_sleep(const Section& section, const JsonValue& args, const std::string& place) {
  const JsonValue* const min = args.find("min");
  const JsonValue* const max = args.find("max");
  const bool is_fixed = args.find("seconds") != nullptr;
  if (is_fixed ? min != nullptr || max != nullptr : min == nullptr || max == nullptr)
    section.reporter().value(place, "must have either \"seconds\", or \"min\" and \"max\"");
  else if (!is_fixed && as_duration(*min) > as_duration(*max))
    section.reporter().value(place, "\"max\" must not be below \"min\"");
}

const OperatorInfo* known_operator(const Section& section, std::string_view op) {
  const OperatorInfo* const info = find_operator(op);
  if (info != nullptr) return info;
  std::vector<std::string_view> names;
  for (const OperatorInfo& known : operators()) names.push_back(known.name);
  const std::string near = did_you_mean(op, names);
  section.refuse("op", fmt::format("there is no operator {}{}", in_quotes(op),
                                   near.empty() ? fmt::format("; there are {}", fmt::join(names, ", ")) : near));
  return nullptr;
}

}  // namespace

std::string read_operator_args(const Section& section, std::string_view op) {
  static const JsonValue kNoArgs(JsonType::Object, {});
  const OperatorInfo* const info = known_operator(section, op);
  const JsonValue* const given = section.find("args");
  if (info == nullptr) return "{}";
  if (given != nullptr && !given->is(JsonType::Object)) return section.refuse("args"), "{}";

  const JsonValue& args = given == nullptr ? kNoArgs : *given;
  const std::string place = section.pointer(given == nullptr ? "op" : "args");
  const std::size_t before = section.reporter().count();
  std::string json;
  for (const JsonMember& member : *args.members) {
    const auto arg = std::find_if(info->args.begin(), info->args.end(),
                                  [&](const OperatorArg& known) { return known.name == member.key; });
    const std::string pointer = place + "/" + pointer_step(member.key);
    if (arg == info->args.end()) {
      section.reporter().key(pointer, fmt::format("operator {} has no such argument{}", op,
                                                  did_you_mean(member.key, names_of(info->args))));
    } else if (std::string problem = problem_of(*arg, member.value); !problem.empty()) {
      section.reporter().value(pointer, std::move(problem));
    } else {
      json += fmt::format("{}\"{}\":{}", json.empty() ? "" : ",", arg->name, argument_json(*arg, member.value));
    }
  }
  for (const OperatorArg& arg : info->args)
    if (arg.required && args.find(arg.name) == nullptr)
      section.reporter().value(place, fmt::format("operator {} needs the argument \"{}\" ({}): {}", op, arg.name,
                                                  name_of(arg.type), arg.help));
  if (op == "sleep" && section.reporter().count() == before) check_sleep(section, args, place);
  return "{" + json + "}";
}

}  // namespace pooltop
