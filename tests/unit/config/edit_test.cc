// SPDX-License-Identifier: MIT
#include "engine/config/edit.h"

#include "load_support.h"

using namespace pooltop;
using namespace pooltop::test;

namespace {

std::string edited(std::string_view text, const std::vector<ConfigChange>& changes) {
  EditedConfig result = edit_config(text, changes);
  CHECK(result.problem == "");
  CHECK(result.left_out.empty());
  return std::move(result.text);
}

// The stage "hash" of a text with only that stage gets a timeout, after workers have been 4.
std::string with_timeout(std::string_view stage) {
  const std::string text = edited(fmt::format("{{\"stages\": [{}]}}", stage), {{"hash", "timeout", "\"30s\""}});
  REQUIRE(text.starts_with("{\"stages\": ["));
  return text.substr(12, text.size() - 14);
}

}  // namespace

TEST_CASE("config: an edit changes the value's bytes and no other") {
  const std::string text =
      "// top\n{\"name\" : \"x\", /* here */ \"stages\":\n[ {\"name\":\"hash\",\"workers\" :\t4 , // cores\n"
      "  \"retries\": 2 } ]\n}\n\n";

  CHECK(edited(text, {{"hash", "workers", "16"}}) ==
        "// top\n{\"name\" : \"x\", /* here */ \"stages\":\n[ {\"name\":\"hash\",\"workers\" :\t16 , // cores\n"
        "  \"retries\": 2 } ]\n}\n\n");
  CHECK(edited(text, {}) == text);
  CHECK(edited(text, {{"hash", "retries", "0"}, {"hash", "workers", "\"auto\""}}) ==
        "// top\n{\"name\" : \"x\", /* here */ \"stages\":\n[ {\"name\":\"hash\",\"workers\" :\t\"auto\" , // cores\n"
        "  \"retries\": 0 } ]\n}\n\n");
}

TEST_CASE("config: a value of several tokens or lines is replaced whole") {
  const std::string text =
      "{\"stages\": [{\"name\": \"hash\", \"rate\": {\"a\": [1, \"]}\", {}], // }\n \"b\": {}}, \"x\": 1}]}";

  CHECK(edited(text, {{"hash", "rate", "null"}}) == "{\"stages\": [{\"name\": \"hash\", \"rate\": null, \"x\": 1}]}");
}

TEST_CASE("config: a new key of a stage on one line stands behind its last key, spaced as that one") {
  CHECK(with_timeout(R"({"name": "hash", "workers": 4})") == R"({"name": "hash", "workers": 4, "timeout": "30s"})");
  CHECK(with_timeout(R"({ "name": "hash", "workers": 4 })") == R"({ "name": "hash", "workers": 4, "timeout": "30s" })");
  CHECK(with_timeout(R"({"name":"hash","workers":4})") == R"({"name":"hash","workers":4,"timeout":"30s"})");
  CHECK(with_timeout(R"({"name" : "hash"})") == R"({"name" : "hash","timeout" : "30s"})");
  CHECK(with_timeout(R"({"name": "hash", "workers": 4 /* cores */ })") ==
        R"({"name": "hash", "workers": 4, /* cores */ "timeout": "30s" })");
}

TEST_CASE("config: a new key of a stage with a key a line gets a line of its own, indented as the last") {
  CHECK(with_timeout("{\n    \"name\": \"hash\",\n    \"workers\": 4\n  }") ==
        "{\n    \"name\": \"hash\",\n    \"workers\": 4,\n    \"timeout\": \"30s\"\n  }");
  CHECK(with_timeout("{\r\n\t\"name\": \"hash\",\r\n\t\"workers\": 4\r\n}") ==
        "{\r\n\t\"name\": \"hash\",\r\n\t\"workers\": 4,\r\n\t\"timeout\": \"30s\"\r\n}");
  CHECK(with_timeout("{\"name\": \"hash\",\n \"workers\": 4}") ==
        "{\"name\": \"hash\",\n \"workers\": 4,\n \"timeout\": \"30s\"}");
  CHECK(with_timeout("{\"name\": \"hash\",\n \"args\": {\n  \"a\": 1\n }\n}") ==
        "{\"name\": \"hash\",\n \"args\": {\n  \"a\": 1\n },\n \"timeout\": \"30s\"\n}");
}

TEST_CASE("config: a comment behind the last key stays with it, and the new key does not end in it") {
  CHECK(with_timeout("{\n    \"name\": \"hash\",\n    \"workers\": 4 // cores, not more\n  }") ==
        "{\n    \"name\": \"hash\",\n    \"workers\": 4, // cores, not more\n    \"timeout\": \"30s\"\n  }");
  CHECK(with_timeout("{\n    \"name\": \"hash\",\n    \"workers\": 4 /* a */ // b\n    // c\n  }") ==
        "{\n    \"name\": \"hash\",\n    \"workers\": 4, /* a */ // b\n    \"timeout\": \"30s\"\n    // c\n  }");
  CHECK(with_timeout("\n  {\"name\": \"hash\", \"workers\": 4 // cores\n  }") ==
        "\n  {\"name\": \"hash\", \"workers\": 4, // cores\n  \"timeout\": \"30s\"\n  }");
}

TEST_CASE("config: several new keys of a stage, and those of several stages, find their places together") {
  const std::string text = "{\"stages\": [\n  {\"name\": \"a\", \"workers\": 1},\n  {\"name\": \"b\"}\n]}\n";

  CHECK(edited(text, {{"b", "workers", "2"}, {"a", "rate", "\"5/s\""}, {"b", "retries", "3"}, {"a", "workers", "9"}}) ==
        "{\"stages\": [\n  {\"name\": \"a\", \"workers\": 9, \"rate\": \"5/s\"},\n"
        "  {\"name\": \"b\",\"workers\": 2,\"retries\": 3}\n]}\n");
}

TEST_CASE("config: an edit finds the stage, not what is called as it is called") {
  const std::string text =
      R"({"name": "hash", "defaults": {"workers": 3}, "stages": [)"
      R"({"name": "other", "workers": 5, "args": {"name": "hash", "workers": 6, "stages": [{"name": "hash"}]}},)"
      R"({"args": {"workers": 7}, "name": "h\u0061sh", "w\u006frkers": 8}]})";

  CHECK(edited(text, {{"hash", "workers", "1"}}) ==
        R"({"name": "hash", "defaults": {"workers": 3}, "stages": [)"
        R"({"name": "other", "workers": 5, "args": {"name": "hash", "workers": 6, "stages": [{"name": "hash"}]}},)"
        R"({"args": {"workers": 7}, "name": "h\u0061sh", "w\u006frkers": 1}]})");
}

TEST_CASE("config: a value from defaults is not touched, the stage gets a key of its own") {
  CHECK(edited(R"({"defaults": {"timeout": "9s"}, "stages": [{"name": "hash", "op": "square"}]})",
               {{"hash", "timeout", "null"}}) ==
        R"({"defaults": {"timeout": "9s"}, "stages": [{"name": "hash", "op": "square", "timeout": null}]})");
}

TEST_CASE("config: a byte order mark and texts with brackets, quotes and comments in them mislead no edit") {
  const std::string text =
      "\xef\xbb\xbf{\"description\": \"a \\\" // { [ \\\\\", \"stages\": [{\"name\": \"hash\", \"shell\": \"x /* } "
      "\"}]}";

  CHECK(
      edited(text, {{"hash", "workers", "2"}}) ==
      "\xef\xbb\xbf{\"description\": \"a \\\" // { [ \\\\\", \"stages\": [{\"name\": \"hash\", \"shell\": \"x /* } \", "
      "\"workers\": 2}]}");
}

TEST_CASE("config: a change of a stage that the text does not have is left out, with its name; the others are made") {
  const EditedConfig result =
      edit_config(R"({"stages": [{"name": "${X}"}, {"name": "hash", "op": "square"}]})",
                  std::vector<ConfigChange>{{"fetch", "workers", "2"}, {"hash", "workers", "3"}});

  CHECK(result.problem == "");
  REQUIRE(result.left_out.size() == 1);
  CHECK(result.left_out[0] == "fetch.workers: the config has no stage \"fetch\"");
  CHECK(result.text == R"({"stages": [{"name": "${X}"}, {"name": "hash", "op": "square", "workers": 3}]})");
}

TEST_CASE("config: a text that is no JSON is not edited, with the place of what is wrong") {
  const EditedConfig result = edit_config("{\n\"stages\": [,]}", std::vector<ConfigChange>{{"hash", "workers", "2"}});

  CHECK(result.text == "");
  CHECK(result.problem.starts_with("2:12: not JSON"));
}

TEST_CASE("config: an edit that would give a key two values is refused") {
  const EditedConfig result =
      edit_config(R"({"stages": [{"name": "hash"}]})",
                  std::vector<ConfigChange>{{"hash", "workers", "2"}, {"hash", "workers", "3"}});

  CHECK(result.text == "");
  CHECK(has(result.problem, "would say something else"));
}
