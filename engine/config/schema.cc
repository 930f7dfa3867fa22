// SPDX-License-Identifier: MIT
#include "engine/config/schema.h"

#include <nlohmann/json.hpp>
#include <span>
#include <string_view>

#include "engine/config/keys.h"
#include "engine/config/operators.h"

namespace pooltop {

namespace {

using Json = nlohmann::ordered_json;

// A text of that pattern, or one that ${NAME} makes.
Json pattern(std::string_view expression) {
  return {{"type", "string"}, {"pattern", "^(" + std::string(expression) + ")$|\\$\\{"}};
}

Json any_of(std::initializer_list<Json> schemas) {
  Json list = Json::array();
  for (const Json& schema : schemas) list.push_back(schema);
  return {{"anyOf", list}};
}

Json list_of(const Json& items, int at_least) { return {{"type", "array"}, {"items", items}, {"minItems", at_least}}; }

Json reference(std::string_view name) { return {{"$ref", "#/$defs/" + std::string(name)}}; }

Json properties_of(std::span<const Key> keys, Kinds fits);

Json object_of(std::span<const Key> keys, Kinds fits = ~Kinds{0}) {
  return {{"type", "object"}, {"properties", properties_of(keys, fits)}, {"additionalProperties", false}};
}

Json choices_of(std::string_view choices) {
  Json list = Json::array();
  for (;;) {
    const std::size_t end = choices.find('|');
    list.push_back(choices.substr(0, end));
    if (end == choices.npos) return {{"enum", list}};
    choices.remove_prefix(end + 1);
  }
}

Json integer_of(const Key& key) { return {{"type", "integer"}, {"minimum", key.min}, {"maximum", key.max}}; }

Json on_failure_schema() {
  Json stop_at = object_of(on_failure_keys());
  stop_at["required"] = {"stop_at"};
  return any_of({{{"enum", {"keep", "stop"}}}, stop_at});
}

Json text_schema(const Key& key) {
  if (key.name != "op") return {{"type", "string"}};
  Json names = Json::array();
  for (const OperatorInfo& info : operators()) names.push_back(info.name);
  return any_of({{{"enum", names}}, {{"type", "string"}}});  // a plugin's own names too
}

Json value_schema(const Key& key) {
  const Json text = {{"type", "string"}};
  const Json number = {{"type", "number"}, {"exclusiveMinimum", 0}};
  switch (key.type) {
    case KeyType::Any:
      return Json::object();
    case KeyType::Text:
      return text_schema(key);
    case KeyType::Name:
      return pattern(key.fits == 0 ? "[A-Za-z][A-Za-z0-9._-]{0,63}" : "[A-Za-z][A-Za-z0-9_-]{0,63}");
    case KeyType::Byte:
      return {{"type", "string"}, {"minLength", 1}, {"maxLength", 1}};
    case KeyType::File:
      return {{"type", "string"}, {"minLength", 1}};
    case KeyType::Flag:
      return {{"type", "boolean"}};
    case KeyType::Integer:
      return integer_of(key);
    case KeyType::Size:
      return any_of({integer_of(key), pattern("[0-9]+(\\.[0-9]+)?(B|KB|MB|GB|KiB|MiB|GiB)?")});
    case KeyType::Duration:
      return reference("duration");
    case KeyType::Choice:
      return choices_of(key.choices);
    case KeyType::Argv:
      return list_of(text, 1);
    case KeyType::Texts:
      return any_of({text, list_of(text, 1)});
    case KeyType::TextMap:
      return {{"type", "object"}, {"additionalProperties", text}};
    case KeyType::Values:
      return {{"type", "array"}};
    case KeyType::Range:
      return {{"type", "array"}, {"items", {{"type", "integer"}}}, {"minItems", 2}, {"maxItems", 3}};
    case KeyType::Function:
      return pattern("[^:]+:[^:]+");
    case KeyType::Rate:
      return any_of({number, pattern("[0-9.]+/[smh]")});
    case KeyType::Workers:
      return any_of({integer_of(key), {{"const", "auto"}}});
    case KeyType::OnFailure:
      return on_failure_schema();
    case KeyType::StopAt:
      return any_of({{{"type", "integer"}, {"minimum", 1}}, pattern("[0-9.]+%")});
    case KeyType::Backoff:
      return any_of({reference("duration"), object_of(backoff_keys())});
    case KeyType::MaxRestarts:
      return object_of(max_restarts_keys());
    case KeyType::Args:
      return {{"type", "object"}};
    case KeyType::Source:
      return reference("source");
    case KeyType::Sink:
      return reference("sink");
    case KeyType::Defaults:
      return reference("defaults");
    case KeyType::Stages:
      return list_of(reference("stage"), 1);
  }
  return Json::object();
}

Json properties_of(std::span<const Key> keys, Kinds fits) {
  Json properties = Json::object();
  for (const Key& key : keys) {
    if (key.fits != 0 && (key.fits & fits) == 0) continue;
    Json schema = value_schema(key);
    if (key.or_null) schema = any_of({schema, {{"type", "null"}}});
    schema["description"] = key.help;
    if (!key.fallback.empty()) schema["default"] = Json::parse(key.fallback);
    properties[std::string(key.name)] = schema;
  }
  return properties;
}

Json requires_one(std::span<const Key> keys, Kinds kinds) {
  Json list = Json::array();
  for (const Key& key : keys)
    if (kinds & kind_of_key(keys, key.name)) list.push_back({{"required", {key.name}}});
  return list;
}

// An object with exactly one key that says its kind, and no key that does not fit that kind.
Json object_of_kinds(std::span<const Key> keys, Kinds every) {
  Json schema = object_of(keys);
  schema["oneOf"] = requires_one(keys, every);
  for (const Key& key : keys)
    if (kind_of_key(keys, key.name) == 0 && (key.fits & every) != every)
      schema["dependentSchemas"][std::string(key.name)] = {{"anyOf", requires_one(keys, key.fits)}};
  return schema;
}

Json stage_schema() {
  Json schema = object_of_kinds(stage_keys(), stage_kind::kEvery & ~stage_kind::kOp);
  schema["oneOf"].push_back({{"required", {"op"}}, {"not", {{"required", {"plugin"}}}}});
  schema["dependentRequired"] = {{"plugin", {"op"}}};
  schema["required"] = {"name"};
  return schema;
}

}  // namespace

std::string config_schema() {
  Json schema = {{"$schema", "https://json-schema.org/draft/2020-12/schema"},
                 {"title", "pooltop pipeline"},
                 {"description", "Stages of worker processes, joined by bounded queues; docs/config.md says more."}};
  schema.update(object_of(pipeline_keys()));
  schema["required"] = {"stages"};
  schema["$defs"] = {
      {"duration", any_of({{{"type", "number"}, {"minimum", 0}}, pattern("[0-9]+(\\.[0-9]+)?(ms|s|m|h)?")})},
      {"defaults", object_of(stage_keys(), stage_kind::kInDefaults)},
      {"stage", stage_schema()},
      {"source", object_of_kinds(source_keys(), source_kind::kEvery)},
      {"sink", object_of_kinds(sink_keys(), sink_kind::kEvery)},
  };
  return schema.dump(2) + "\n";
}

}  // namespace pooltop
