// SPDX-License-Identifier: MIT
#include "engine/config/settings.h"

#include "engine/config/keys.h"
#include "load_support.h"

using namespace pooltop;
using namespace pooltop::test;

namespace {

// The value that the stage has after `value` was put in, or what is wrong with it.
std::string put(std::string_view key, std::string_view value, std::string_view config = R"("op": "square")") {
  StageConfig stage = good_stage(config);
  const std::string wrong = put_setting(stage, key, value, stage);
  return wrong.empty() ? setting_of(stage, key) : wrong;
}

}  // namespace

TEST_CASE("config: every key that can be changed is a key of stages, and has a value of every stage that it fits") {
  const PipelineConfig config = good(around(R"("op": "square")"));
  for (const std::string_view key : live_keys()) {
    CAPTURE(key);
    const auto keys = stage_keys();
    CHECK(std::any_of(keys.begin(), keys.end(), [&](const Key& row) { return row.name == key; }));
    for (const StageConfig& stage : config.stages) CHECK_FALSE(setting_of(stage, key).empty());
  }
}

TEST_CASE("config: which stage has which setting") {
  const PipelineConfig config = good(around(R"("op": "square")"));
  const auto fitting = [&](std::size_t stage) {
    std::string text;
    for (const std::string_view key : live_keys())
      if (fits_stage(key, config.stages[stage])) text += std::string(key) + " ";
    return text;
  };
  CHECK(fitting(0) == "crash_retries ");
  CHECK(fitting(1) == "workers rate timeout retries crash_retries max_items_per_worker capacity ");
  CHECK(fitting(2) == "crash_retries capacity ");
}

TEST_CASE("config: a setting is read as the config reads it") {
  CHECK(put("workers", "8") == "8");
  CHECK(put("retries", "0") == "0");
  CHECK(put("crash_retries", "1000") == "1000");
  CHECK(put("capacity", "1") == "1");
  CHECK(put("max_items_per_worker", "7") == "7");
  CHECK(put("timeout", "\"90s\"") == "\"90s\"");
  CHECK(put("timeout", "0.25") == "\"250ms\"");
  CHECK(put("rate", "8") == "\"8/s\"");
  CHECK(put("rate", "\"30/m\"") == "\"30/m\"");
}

TEST_CASE("config: a wrong value is refused in the words of the config, and changes nothing") {
  CHECK(put("workers", "0") == R"(must be 1..4096 or "auto", got 0)");
  CHECK(put("timeout", "\"soon\"") ==
        R"(must be null or a duration above 0: "500ms", "5s", "2m", "1h" or seconds, got "soon")");
  CHECK(put("retries", "null") == "must be 0..1000, got null");
  CHECK(put("rate", "true") == R"(must be null or a rate above 0: "100/s", "30/m" or "5/h", got true)");
  CHECK(put("retries", "99999999999999999999") == "number out of range: 99999999999999999999 does not fit 64 bits");
  CHECK(put("wrokers", "1") == "unknown key; did you mean \"workers\"?");
  CHECK(put("shell", "1").starts_with("cannot be changed while it runs; what can: workers, rate, "));

  StageConfig stage = good_stage(R"("op": "square", "timeout": "5s")");
  CHECK_FALSE(put_setting(stage, "timeout", "0", stage).empty());
  CHECK(put_setting(stage, "retries", "2", stage) == "");
  CHECK(stage.retries == 2);
}

TEST_CASE("config: a setting that does not fit the stage's kind is refused as in the config") {
  const PipelineConfig config = good(around(R"("op": "square")"));
  StageConfig out;

  CHECK(put_setting(config.stages[2], "timeout", "1", out)
            .starts_with("does not fit a stage of kind \"sink\"; it goes "));
  CHECK(
      put_setting(config.stages[0], "capacity", "1", out).starts_with("does not fit a stage of kind \"source\"; it "));
}

TEST_CASE("config: null is none, in the config too, where defaults has a value") {
  const PipelineConfig config =
      good(R"({"defaults": {"timeout": "5s", "rate": "3/s", "max_items_per_worker": 4}, "stages": [
    {"name": "in", "source": {"range": [0, 3]}},
    {"name": "a", "op": "square", "timeout": null, "rate": null, "max_items_per_worker": null},
    {"name": "b", "op": "square"}]})");

  for (const char* key : {"timeout", "rate", "max_items_per_worker"}) {
    CAPTURE(key);
    CHECK(setting_of(config.stages[1], key) == "null");
    CHECK(setting_of(config.stages[2], key) != "null");
    CHECK(put(key, "null", R"("op": "square", "timeout": 1, "rate": 1, "max_items_per_worker": 1)") == "null");
  }
}

TEST_CASE("config: every duration and rate is said so that it is read back as the same") {
  StageConfig stage = good_stage(R"("op": "square")");
  const StageConfig asked = stage;
  for (const Nanos timeout : {Nanos{1}, Nanos{1500}, kMillisecond, 250 * kMillisecond, 1500 * kMillisecond, kSecond,
                              90 * kSecond, 3600 * kSecond, 3600 * kSecond + 1, 86400 * kSecond + 123456789}) {
    CAPTURE(timeout);
    stage.timeout = timeout;
    const std::string text = setting_of(stage, "timeout");
    CAPTURE(text);
    stage.timeout.reset();
    CHECK(put_setting(asked, "timeout", text, stage) == "");
    CHECK(stage.timeout == timeout);
  }
  for (const char* rate : {"1/s", "100/s", "0.5/s", "30/m", "7/m", "5/h", "1/h", "0.1/h", "12345.678/s", "1e9/s"}) {
    CAPTURE(rate);
    REQUIRE(put_setting(asked, "rate", fmt::format("\"{}\"", rate), stage) == "");
    const double per_s = stage.rate_per_s;
    const std::string text = setting_of(stage, "rate");
    CAPTURE(text);
    CHECK(put_setting(asked, "rate", text, stage) == "");
    CHECK(stage.rate_per_s == per_s);
  }
}

TEST_CASE("config: what a setting accepts is said in the config's words, and what it is for") {
  CHECK(accepted_by_setting("workers") == "1..4096 or \"auto\"");
  CHECK(accepted_by_setting("timeout").starts_with("none or a duration above 0: "));
  CHECK(accepted_by_setting("nosuch").empty());
  for (const std::string_view key : live_keys()) {
    CAPTURE(key);
    CHECK_FALSE(accepted_by_setting(key).empty());
    CHECK_FALSE(about_setting(key).empty());
  }
}

TEST_CASE("config: what a user writes is JSON, else a text; none is null") {
  CHECK(value_from_words("8") == "8");
  CHECK(value_from_words("30s") == "\"30s\"");
  CHECK(value_from_words("\"30s\"") == "\"30s\"");
  CHECK(value_from_words("none") == "null");
  CHECK(value_from_words("") == "\"\"");
  CHECK(value_in_words("null") == "none");
  CHECK(value_in_words("\"30s\"") == "30s");
  CHECK(value_in_words("8") == "8");
}

TEST_CASE("config: which settings came from --set is known, from the stage's words or from those about the defaults") {
  LoadOptions options = options_of(R"({"defaults": {"capacity": 9}, "stages": [
    {"name": "in", "source": {"range": [0, 3]}},
    {"name": "a", "op": "square", "retries": 1},
    {"name": "b", "op": "square"}]})");
  options.sets = {"a.workers=3", "defaults.retries=5"};

  const PipelineConfig config = good(options);

  CHECK(config.stages[0].set_on_start.empty());
  CHECK(config.stages[1].set_on_start == std::vector<std::string>{"workers"});
  CHECK(config.stages[2].set_on_start == std::vector<std::string>{"retries"});
}
