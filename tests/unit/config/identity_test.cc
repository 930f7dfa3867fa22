// SPDX-License-Identifier: MIT
#include "engine/config/identity.h"

#include <sys/stat.h>

#include <nlohmann/json.hpp>

#include "load_support.h"

using namespace pooltop;
using namespace pooltop::test;

namespace {

constexpr const char* kPlain = R"({"stages": [
  {"name": "in", "source": {"items": ["a", "b"]}},
  {"name": "work", "command": ["true"], "workers": 2},
  {"name": "out", "sink": {"lines": "out.txt"}}]})";

IdentityChange change_to(const std::string& text) {
  // As it comes back from its file.
  const auto before = nlohmann::ordered_json::parse(identity_of(good(kPlain), "/").dump());
  return compare_identities(before, identity_of(good(text), "/"));
}

std::string replaced(std::string_view what, std::string_view by) {
  std::string text = kPlain;
  text.replace(text.find(what), what.size(), by);
  return text;
}

}  // namespace

TEST_CASE("identity: a config that is the same is the same") {
  CHECK(change_to(kPlain).refused.empty());
  CHECK(change_to(kPlain).named.empty());
}

TEST_CASE("identity: other stages, kinds, sources and sinks are refused, each with what it was and is") {
  const auto refused = [](const std::string& text) {
    const auto change = change_to(text);
    REQUIRE(change.refused.size() == 1);
    return change.refused[0];
  };
  CHECK(refused(replaced("\"b\"", "\"c\"")) ==
        R"(stage in: its source was {"items":["a","b"]}, now it is {"items":["a","c"]})");
  CHECK(refused(replaced(R"("command": ["true"])", R"("op": "identity")")) ==
        "stage work: its kind was command, now it is op");
  CHECK(
      refused(replaced("out.txt\"}", "out.txt\"}, \"ordered\": true")) ==
      R"(stage out: its sink was {"lines":"out.txt","delimiter":"\n"}, now it is {"lines":"out.txt","delimiter":"\n","ordered":true})");
  CHECK(refused(replaced("\"work\"", "\"toil\"")) == "its stages were in, work, out, now they are in, toil, out");
}

TEST_CASE("identity: what may differ is named") {
  const auto change = change_to(replaced(R"(["true"], "workers": 2)", R"(["false"], "workers": 5, "timeout": "3s")"));
  CHECK(change.refused.empty());
  CHECK(
      change.named ==
      std::vector<std::string>{
          R"(work: work runs ["true"] per item, its stdout is an item -> runs ["false"] per item, its stdout is an item)",
          "work: workers 2 -> 5", "work: timeout none -> 3s"});
}

TEST_CASE("identity: what is no identity is refused, whatever it is") {
  const auto now = identity_of(good(kPlain), "/");
  for (const char* text : {"null", "[]", "{}", R"({"format": 2, "stages": []})", R"({"format": 1, "stages": {}})",
                           R"({"format": 1, "stages": [1, "x", null]})", R"({"format": 1, "stages": []})"})
    CHECK(compare_identities(nlohmann::ordered_json::parse(text), now).refused.size() == 1);
}

TEST_CASE("identity: it says which sources could not be read again, whatever became of their files") {
  const Directory directory;
  REQUIRE(::mkfifo(directory.path("pipe").c_str(), 0600) == 0);
  directory.file("file", "a\n");
  const auto config = good(R"({"stages": [
    {"name": "typed", "source": {"lines": "-"}}, {"name": "piped", "source": {"lines": "pipe"}},
    {"name": "ran", "source": {"command": ["true"]}}, {"name": "read", "source": {"lines": "file"}},
    {"name": "counted", "source": {"range": [0, 3]}},
    {"name": "out", "from": ["typed", "piped", "ran", "read", "counted"], "sink": {"discard": true}}]})");
  const auto identity = nlohmann::ordered_json::parse(identity_of(config, directory.path("")).dump());

  CHECK(sources_read_once(identity) == std::vector<std::string>{"typed", "piped", "ran"});
  CHECK(!can_read_again(config.stages[1], directory.path("")));
  CHECK(can_read_again(config.stages[3], directory.path("")));
  for (const char* text : {"null", "[]", "{}", R"({"stages": 1})", R"({"stages": [1, {"name": 2}, {"name": "a"}]})"})
    CHECK(sources_read_once(nlohmann::ordered_json::parse(text)).empty());
}
