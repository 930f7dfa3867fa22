// SPDX-License-Identifier: MIT
// Graphs that are refused.
#include "load_support.h"

using namespace pooltop;
using namespace pooltop::test;

namespace {

std::string errors_of_stages(std::string_view stages) { return errors_of(fmt::format("{{\"stages\": [{}]}}", stages)); }

constexpr std::string_view kIn = R"({"name": "in", "source": {"range": [0, 3]}})";

}  // namespace

TEST_CASE("config: a config without stages is refused") {
  CHECK(errors_of("{}") == "pipe.json:1:1: must have \"stages\", the list of its stages\n");
  CHECK(has(errors_of_stages(""), "pipe.json:1:12: /stages: must be a list of stages, not empty, got []"));
  CHECK(has(errors_of(R"({"stages": {}})"), "/stages: must be a list of stages"));
  CHECK(has(errors_of(R"({"stages": ["a"]})"), "/stages/0: must be an object, got \"a\""));
}

TEST_CASE("config: a pipeline without a source is refused") {
  CHECK(errors_of_stages(R"({"name": "a", "op": "square"})") ==
        "pipe.json:1:12: /stages: must have a source: none of its stages is one\n");
}

TEST_CASE("config: a pipeline without a sink prints its results and is good") {
  good(fmt::format("{{\"stages\": [{}, {}]}}", kIn, R"({"name": "a", "op": "square"})"));
}

TEST_CASE("config: a first stage that nothing feeds, and one behind a sink, are refused") {
  CHECK(has(errors_of_stages(fmt::format(R"({{"name": "a", "op": "square"}}, {})", kIn)),
            "/stages/0: nothing feeds it: the first stage must be a source, or say \"from\""));
  CHECK(has(errors_of_stages(fmt::format(
                R"({}, {{"name": "s", "sink": {{"discard": true}}}}, {{"name": "b", "op": "square"}})", kIn)),
            "/stages/2: nothing feeds it: the stage before it is a sink; say \"from\""));
}

TEST_CASE("config: a stage that reads one that is not defined is refused with those that are") {
  CHECK(has(errors_of_stages(fmt::format(R"({}, {{"name": "b", "op": "square", "from": ["inn"]}})", kIn)),
            "/stages/1/from: stage \"inn\" is not defined; did you mean \"in\"?; defined: in, b"));
}

TEST_CASE("config: a stage that reads a sink, itself, or one stage twice is refused") {
  const auto errors = [](std::string_view from) {
    return errors_of_stages(fmt::format(
        R"({}, {{"name": "b", "op": "square", "from": {}}}, {{"name": "s", "sink": {{"discard": true}}}})", kIn, from));
  };
  CHECK(has(errors(R"("s")"), "/stages/1/from: \"s\" is a sink: it has no output to read"));
  CHECK(has(errors(R"(["in", "b"])"), "/stages/1/from: \"b\" reads its own output"));
  CHECK(has(errors(R"(["in", "in"])"), "/stages/1/from: names \"in\" twice"));
  CHECK(has(errors("[]"), "/stages/1/from: must be a text or a list of texts, not empty"));
  CHECK(has(errors("5"), "/stages/1/from: must be a text or a list"));
}

TEST_CASE("config: a source that says what it reads is refused") {
  CHECK(has(errors_of_stages(R"({"name": "in", "source": {"range": [0, 3]}, "from": "x"})"),
            "/stages/0/from: does not fit a stage of kind \"source\""));
}

TEST_CASE("config: an output that nobody reads is refused, but for the last stage") {
  CHECK(has(
      errors_of_stages(fmt::format(
          R"({}, {{"name": "b", "op": "square"}}, {{"name": "s", "sink": {{"discard": true}}, "from": "in"}})", kIn)),
      "/stages/1: nobody reads the output of \"b\"; only the last stage may print its results"));
  CHECK(has(errors_of_stages(fmt::format(
                R"({}, {{"name": "in2", "source": {{"range": [0, 3]}}}}, {{"name": "b", "op": "square"}})", kIn)),
            "/stages/0: nobody reads the output of \"in\""));
}

TEST_CASE("config: a cycle is printed along its flow") {
  CHECK(has(
      errors_of_stages(fmt::format(
          R"({}, {{"name": "a", "op": "square", "from": ["in", "c"]}}, {{"name": "b", "op": "square"}}, {{"name": "c", "op": "square"}}, {{"name": "d", "op": "square"}})",
          kIn)),
      "/stages/1/from: is part of a cycle: a -> b -> c -> a"));
  CHECK(has(
      errors_of_stages(fmt::format(
          R"({}, {{"name": "b", "op": "square", "from": "a"}}, {{"name": "a", "op": "square", "from": "b"}}, {{"name": "s", "sink": {{"discard": true}}, "from": ["a", "in"]}})",
          kIn)),
      "is part of a cycle: b -> a -> b"));
}

TEST_CASE("config: the order of several sources is refused, that of one is not") {
  constexpr std::string_view kFrom =
      R"({}, {{"name": "in2", "source": {{"range": [0, 3]}}}}, {{"name": "b", "op": "square", "from": {}}},
    {{"name": "c", "op": "square", "from": "{}"}}, {{"name": "s", "sink": {{"discard": true}}, "ordered": true, "from": ["b", "c"]}})";
  CHECK(has(errors_of_stages(fmt::format(kFrom, kIn, R"(["in", "in2"])", "in")),
            "/stages/4/ordered: must not be true here: the order is that of one source, and in, in2 feed it"));
  CHECK(has(errors_of_stages(fmt::format(kFrom, kIn, "\"in\"", "in2")), "/stages/4/ordered"));
  CHECK(has(errors_of_stages(fmt::format(kFrom, kIn, "\"in\"", "in")), "nobody reads the output of \"in2\""));
  good(fmt::format(R"({{"stages": [{}, {{"name": "s", "sink": {{"discard": true}}, "ordered": true}}]}})", kIn));
}

TEST_CASE("config: two sinks on one file are refused, whatever they call it") {
  const auto errors = [](std::string_view a, std::string_view b) {
    return errors_of_stages(fmt::format(
        R"({}, {{"name": "s", "sink": {{"lines": "{}"}}}}, {{"name": "t", "sink": {{"jsonl": "{}"}}, "from": "in"}})",
        kIn, a, b));
  };
  CHECK(has(errors("a.txt", "a.txt"),
            "/stages/2/sink/jsonl: \"a.txt\" is written by stage \"s\" too; a file has one sink"));
  CHECK(has(errors("a.txt", "./x/../a.txt"), "written by stage \"s\" too"));
  CHECK(has(errors("-", "-"), "standard output is written by stage \"s\" too"));
  CHECK(errors("a.txt", "b.txt").empty());
}

TEST_CASE("config: a last stage that prints beside a sink on standard output is refused") {
  CHECK(
      has(errors_of_stages(fmt::format(
              R"({}, {{"name": "s", "sink": {{"lines": "-"}}}}, {{"name": "b", "op": "square", "from": "in"}})", kIn)),
          "/stages/2: prints its results on standard output, where stage \"s\" writes too"));
}

TEST_CASE("config: two sources that read standard input are refused") {
  CHECK(has(errors_of_stages(R"({"name": "a", "source": {"lines": "-"}}, {"name": "b", "source": {"lines": "-"}},
    {"name": "s", "sink": {"discard": true}, "from": ["a", "b"]})"),
            "/stages/1/source/lines: must be a file: another source reads standard input"));
}

TEST_CASE("config: ten thousand stages are read, one more is refused") {
  const auto chain = [](int count) {
    std::string stages(kIn);
    for (int i = 1; i < count; ++i) stages += fmt::format(R"(,{{"name":"s{}","op":"square"}})", i);
    return "{\"stages\": [" + stages + "]}";
  };
  CHECK(good(chain(10'000)).stages.size() == 10'000);
  CHECK(has(errors_of(chain(10'001)), "/stages: must be at most 10000 stages, got 10001"));
}
