// SPDX-License-Identifier: MIT
#include "engine/config/schema.h"

#include "engine/base/io.h"
#include "engine/config/json_document.h"
#include "engine/config/keys.h"
#include "engine/config/operators.h"
#include "load_support.h"

using namespace pooltop;
using namespace pooltop::test;

namespace {

// tests/unit/config/schema_test.cc lies three folders below the root.
std::filesystem::path source_root() {
  return std::filesystem::path(__FILE__).parent_path().parent_path().parent_path().parent_path();
}

void check_described(const JsonValue& properties) {
  for (const JsonMember& member : *properties.members) {
    CAPTURE(member.key);
    REQUIRE(member.value.find("description") != nullptr);
    CHECK_FALSE(member.value.find("description")->text.empty());
  }
}

}  // namespace

TEST_CASE("config: configs/pooltop.schema.json is what pooltop schema prints") {
  const auto file = read_file(source_root() / "configs/pooltop.schema.json", 1u << 20);

  REQUIRE(file);
  CHECK(*file == config_schema());
}

TEST_CASE("config: the schema is JSON and describes every key of every object") {
  const JsonDocument schema = parse_json(config_schema());

  REQUIRE(schema.errors.empty());
  check_described(*schema.root.find("properties"));
  for (const char* name : {"stage", "source", "sink", "defaults"})
    check_described(*schema.root.find("$defs")->find(name)->find("properties"));
  CHECK(schema.root.find("$defs")->find("stage")->find("properties")->members->size() == stage_keys().size());
}

TEST_CASE("config: docs/config.md names every key and every operator") {
  const auto docs = read_file(source_root() / "docs/config.md", 1u << 20);
  REQUIRE(docs);
  const auto check = [&](std::string_view name) {
    CAPTURE(name);
    CHECK((docs->find(fmt::format("`{}`", name)) != docs->npos ||
           docs->find(fmt::format("`\"{}\":", name)) != docs->npos));
  };

  for (const auto& keys : {pipeline_keys(), stage_keys(), source_keys(), sink_keys()})
    for (const Key& key : keys) check(key.name);
  for (const OperatorInfo& info : operators()) {
    check(info.name);
    for (const OperatorArg& arg : info.args) check(arg.name);
  }
}

TEST_CASE("config: the fallbacks that the key tables tell are what a config of just them says") {
  std::string settings;
  for (const Key& key : stage_keys())
    if ((key.fits & stage_kind::kInDefaults) != 0 && !key.fallback.empty())
      settings += fmt::format(", \"{}\": {}", key.name, key.fallback);

  const StageConfig stage = good_stage("\"op\": \"square\"" + settings);

  const StageConfig plain = good_stage(R"("op": "square")");
  CHECK(stage.capacity == plain.capacity);
  CHECK(stage.queue_bytes == plain.queue_bytes);
  CHECK(stage.workers == plain.workers);
  CHECK(stage.retries == plain.retries);
  CHECK(stage.on_failure.kind == plain.on_failure.kind);
  CHECK(stage.start_method == plain.start_method);
  CHECK(stage.crash_retries == plain.crash_retries);
  CHECK(stage.backoff_first == plain.backoff_first);
  CHECK(stage.backoff_max == plain.backoff_max);
  CHECK(stage.max_restarts == plain.max_restarts);
  CHECK(stage.restarts_within == plain.restarts_within);
  CHECK(stage.clear_env == plain.clear_env);
}

TEST_CASE("config: every example in configs is a good config") {
  int count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(source_root() / "configs")) {
    if (entry.path().extension() != ".json" || entry.path().filename() == "pooltop.schema.json") continue;
    const auto text = read_file(entry.path(), kMaxConfigBytes);
    REQUIRE(text);
    LoadOptions options = options_of(*text);
    options.file = entry.path().filename();
    options.environment = [](const std::string&) { return std::optional<std::string>("x"); };

    const LoadResult result = load_config(options);

    for (const Diagnostic& error : result.errors) FAIL_CHECK(format(error));
    CHECK(result.warnings.empty());
    ++count;
  }
  CHECK(count > 0);
}

TEST_CASE("config: every operator has a name, help, and arguments with help; find_operator finds each") {
  for (const OperatorInfo& info : operators()) {
    CHECK(find_operator(info.name) == &info);
    CHECK_FALSE(info.help.empty());
    for (const OperatorArg& arg : info.args) CHECK_FALSE(arg.help.empty());
  }
  CHECK(find_operator("nosuch") == nullptr);
}
