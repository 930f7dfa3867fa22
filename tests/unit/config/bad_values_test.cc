// SPDX-License-Identifier: MIT
// Types, ranges and names that are refused: where, what is accepted, what was found.
#include "load_support.h"

using namespace pooltop;
using namespace pooltop::test;

namespace {

// The one error of a stage, without its place.
std::string error_of_stage(std::string_view stage) {
  const LoadResult result = load_config(options_of(around(stage)));
  REQUIRE(result.errors.size() == 1);
  CHECK_FALSE(result.config);
  CHECK(result.errors[0].line == 2);
  return result.errors[0].pointer + ": " + result.errors[0].message;
}

std::string error_of_name(std::string_view name) {
  return error_of_stage(fmt::format(R"("name": {}, "op": "square")", name));
}

std::string errors_of_source(std::string_view inside) {
  return errors_of(fmt::format(R"({{"stages": [{{"name": "in", "source": {}}}]}})", inside));
}

std::string errors_of_sink(std::string_view inside) {
  return errors_of(fmt::format(
      R"({{"stages": [{{"name": "in", "source": {{"range": [0, 3]}}}}, {{"name": "out", "sink": {}}}]}})", inside));
}

}  // namespace

TEST_CASE("config: workers that are no whole number of 1 to 4096 are refused with the value") {
  const auto error = [](std::string_view value) {
    return error_of_stage(fmt::format(R"("op": "square", "workers": {})", value));
  };
  CHECK(error("0") == R"(/stages/1/workers: must be 1..4096 or "auto", got 0)");
  CHECK(has(error("-1"), "got -1"));
  CHECK(has(error("1.5"), "got 1.5"));
  CHECK(has(error("\"4\""), "got \"4\""));
  CHECK(has(error("\"Auto\""), "got \"Auto\""));
  CHECK(has(error("true"), "got true"));
  CHECK(has(error("null"), "got null"));
  CHECK(has(error("4097"), "got 4097"));
  CHECK(has(error("18446744073709551615"), "got 18446744073709551615"));
  CHECK(has(errors_of(around(R"("op": "square", "workers": 99999999999999999999)")),
            "/stages/1/workers: number out of range: 99999999999999999999 does not fit 64 bits"));
}

TEST_CASE("config: the message has the file, the line and the column of the value") {
  CHECK(errors_of(around(R"("op": "square", "workers": 0)")) ==
        "pipe.json:2:45: /stages/1/workers: must be 1..4096 or \"auto\", got 0\n");
}

TEST_CASE("config: a capacity beyond 1 to 1,000,000 is refused") {
  CHECK(error_of_stage(R"("op": "square", "capacity": 0)") == "/stages/1/capacity: must be 1..1000000, got 0");
  CHECK(has(error_of_stage(R"("op": "square", "capacity": 1099511627776)"), "got 1099511627776"));
  CHECK(has(error_of_stage(R"("op": "square", "capacity": 1e3)"), "got 1e3"));
}

TEST_CASE("config: a timeout that is no duration above 0 is refused with the ways to write one") {
  const std::string hint = R"("500ms", "5s", "2m", "1h" or seconds, got )";
  CHECK(has(error_of_stage(R"("op": "square", "timeout": -1)"), hint + "-1"));
  CHECK(has(error_of_stage(R"("op": "square", "timeout": 0)"), hint + "0"));
  CHECK(has(error_of_stage(R"("op": "square", "timeout": "5 parsecs")"), hint + "\"5 parsecs\""));
  CHECK(has(error_of_stage(R"("op": "square", "timeout": [])"), hint + "[]"));
  CHECK(has(error_of_stage(R"("op": "square", "timeout": 1e300)"), hint));
  CHECK(has(error_of_stage(R"("op": "square", "timeout": "")"), hint));
}

TEST_CASE("config: negative and fractional retries are refused") {
  CHECK(has(error_of_stage(R"("op": "square", "retries": -1)"), "must be 0..1000, got -1"));
  CHECK(has(error_of_stage(R"("op": "square", "crash_retries": 0.5)"), "must be 0..1000, got 0.5"));
  CHECK(has(error_of_stage(R"("op": "square", "max_items_per_worker": 0)"), "got 0"));
}

TEST_CASE("config: a backoff whose longest wait is below its first is refused") {
  CHECK(error_of_stage(R"("op": "square", "backoff": {"first": "5s", "max": "1s"})") ==
        "/stages/1/backoff: \"max\" must not be below \"first\"");
  CHECK(has(error_of_stage(R"("op": "square", "backoff": {"frist": "5s"})"),
            "/stages/1/backoff/frist: unknown key; did you mean \"first\"?"));
  CHECK(has(error_of_stage(R"("op": "square", "backoff": "soon")"), "got \"soon\""));
}

TEST_CASE("config: max_restarts, on_failure and rate refuse what they do not know") {
  CHECK(has(error_of_stage(R"("op": "square", "max_restarts": 5)"), R"(must be {"count": 5, "within": "10s"}, got 5)"));
  CHECK(has(error_of_stage(R"("op": "square", "max_restarts": {"count": -1})"),
            "/max_restarts/count: must be 0..1000000, got -1"));
  CHECK(has(error_of_stage(R"("op": "square", "max_restarts": {"within": 0})"),
            "/max_restarts/within: must be a duration above 0"));
  for (const char* value : {"\"halt\"", "3", "{}", "null"})
    CHECK(has(error_of_stage(fmt::format(R"("op": "square", "on_failure": {})", value)), "must be \"keep\", \"stop\""));
  for (const char* value : {"0", "\"0%\"", "\"101%\"", "\"10\"", "\"%\"", "1.5", "-1"})
    CHECK(has(error_of_stage(fmt::format(R"("op": "square", "on_failure": {{"stop_at": {}}})", value)),
              "/on_failure/stop_at: must be"));
  for (const char* value : {"\"100\"", "\"/s\"", "\"-1/s\"", "0", "\"0/s\"", "\"5/d\"", "\"5 /s\"", "true"})
    CHECK(has(error_of_stage(fmt::format(R"("op": "square", "rate": {})", value)), "/rate: must be null or a rate above 0"));
}

TEST_CASE("config: a queue that could not hold the largest item is refused where that item's size is given") {
  CHECK(has(
      errors_of(
          R"({"max_item_bytes": "100MiB", "stages": [{"name": "in", "source": {"range": [0, 1]}}, {"name": "b", "op": "square"}]})"),
      "pipe.json:1:20: /max_item_bytes: must be at most the \"queue_bytes\" of every stage (b has 67108864), got "
      "\"100MiB\""));
  good_stage(R"("op": "square", "queue_bytes": "1KiB")");  // nobody named the larger one
}

TEST_CASE("config: sizes that are none, or out of range, are refused") {
  for (const char* value : {"0", "-1", "\"64 KiB\"", "\"KiB\"", "1.5", "\"2TiB\"", "true"})
    CHECK(has(error_of_stage(fmt::format(R"("op": "square", "queue_bytes": {})", value)),
              "/queue_bytes: must be a size of 1..1024GiB"));
  CHECK(has(errors_of(R"({"max_item_bytes": 3, "stages": [{"name": "in", "source": {"items": ["abc", 1234]}}]})"),
            "/stages/0/source/items/1: must be at most max_item_bytes (3), its item has 4"));
  CHECK(has(errors_of(R"({"max_item_bytes": "2GiB", "stages": [{"name": "in", "source": {"range": [0, 1]}}]})"),
            "must be a size of 1..1GiB"));
}

TEST_CASE("config: an unknown key is refused at the key, with the nearest that fits the stage") {
  CHECK(errors_of(around(R"("op": "square", "wrokers": 4)")) ==
        "pipe.json:2:34: /stages/1/wrokers: unknown key; did you mean \"workers\"?\n");
  CHECK(has(error_of_stage(R"("op": "square", "worker_count": 4)"), "/stages/1/worker_count: unknown key"));
  CHECK(has(error_of_stage(R"("op": "square", "zzz": 4)"), "/stages/1/zzz: unknown key; known are name, op, from, "));
  CHECK(has(errors_of(R"({"q": 1, "stages": [{"name": "in", "source": {"range": [0, 1]}}]})"),
            "/q: unknown key; known are $schema, "));
  CHECK(has(errors_of(R"({"stage": [], "stages": [{"name": "in", "source": {"range": [0, 1]}}]})"),
            "pipe.json:1:2: /stage: unknown key; did you mean \"stages\"?"));
  CHECK(has(errors_of(R"({"defaults": {"capasity": 1}, "stages": [{"name": "in", "source": {"range": [0, 1]}}]})"),
            "/defaults/capasity: unknown key; did you mean \"capacity\"?"));
}

TEST_CASE("config: of an unknown key that only another kind has the like of, that is named") {
  CHECK(has(
      errors_of(
          R"({"stages": [{"name": "in", "source": {"range": [0, 1]}}, {"name": "out", "sink": {"discard": true}, "wrokers": 2}]})"),
      "/stages/1/wrokers: unknown key; did you mean \"workers\"? (which does not fit a stage of kind \"sink\")"));
}

TEST_CASE("config: a key that does not fit the stage's kind is refused with the kinds that it goes with") {
  const std::string source =
      errors_of(R"({"stages": [{"name": "in", "source": {"range": [0, 1]}, "retries": 2, "capacity": 4}]})");
  CHECK(has(source,
            "/stages/0/retries: does not fit a stage of kind \"source\"; it goes with \"op\", \"command\", \"shell\", "
            "\"worker\", \"python\" or \"plugin\""));
  CHECK(has(source, "/stages/0/capacity: does not fit"));
  CHECK(has(
      errors_of(
          R"({"stages": [{"name": "in", "source": {"range": [0, 1]}}, {"name": "out", "sink": {"discard": true}, "workers": 2}]})"),
      "/stages/1/workers: does not fit a stage of kind \"sink\""));
  CHECK(has(error_of_stage(R"("op": "square", "stdin": true)"), "it goes with \"command\" or \"shell\""));
  CHECK(has(error_of_stage(R"("command": ["x", "{}"], "window": 2)"), "it goes with \"worker\""));
  CHECK(has(error_of_stage(R"("op": "square", "ordered": true)"), "it goes with \"sink\""));
  CHECK(has(errors_of(R"({"defaults": {"command": ["x"]}, "stages": [{"name": "in", "source": {"range": [0, 1]}}]})"),
            "/defaults/command: does not fit \"defaults\""));
}

TEST_CASE("config: a stage of no kind, of an unknown kind and of two kinds is refused with the kinds there are") {
  const std::string list =
      R"(must have one of "source", "op", "command", "shell", "worker", "python", "plugin" or "sink")";
  CHECK(error_of_stage(R"("workers": 2)") == "/stages/1: " + list);
  CHECK(error_of_stage(R"("command": ["x", "{}"], "shell": "y")") ==
        "/stages/1: " + list + R"(, not "command" and "shell" together)");
  const std::string misspelt = errors_of(around(R"("comand": ["x", "{}"])"));
  CHECK(has(misspelt, R"(/stages/1/comand: unknown key; did you mean "command"?)"));
  CHECK(has(misspelt, "/stages/1: " + list));
  const std::string more = errors_of(around(R"("comand": ["x", "{}"], "workers": -2, "retries": "many")"));
  CHECK(has(more, "/stages/1/workers: "));
  CHECK(has(more, "/stages/1/retries: "));
  CHECK(has(error_of_stage(R"("plugin": "libx.so")"), "needs \"op\""));
}

TEST_CASE("config: a stage without a name, or with one that is none, is refused") {
  CHECK(has(errors_of(R"({"stages": [{"source": {"range": [0, 1]}}]})"),
            "pipe.json:1:13: /stages/0: must have a \"name\""));
  const std::string accepted =
      "/stages/1/name: must be a name: a letter, then letters, digits, \"_\" or \"-\", at most 64, got ";
  CHECK(error_of_name("\"\"") == accepted + "\"\"");
  CHECK(error_of_name("\"a/b\"") == accepted + "\"a/b\"");
  CHECK(error_of_name("\"..\"") == accepted + "\"..\"");
  CHECK(error_of_name("\"a.b\"") == accepted + "\"a.b\"");
  CHECK(error_of_name("\"1a\"") == accepted + "\"1a\"");
  CHECK(error_of_name("7") == accepted + "7");
  CHECK(has(error_of_name("\"a\\u001b[31m\""), accepted));
  CHECK(error_of_name("\"a\\u001b[31m\"").find('\x1b') == std::string::npos);
  CHECK(has(error_of_name("\"" + std::string(300, 'a') + "\""), accepted));
  CHECK(error_of_name("\"defaults\"") ==
        "/stages/1/name: \"defaults\" is no name for a stage: --set uses it for the defaults");
  good(around("\"name\": \"" + std::string(64, 'a') + "\", \"op\": \"square\""));
}

TEST_CASE("config: a name used twice is refused at the second stage") {
  CHECK(error_of_name("\"in\"") == "/stages/1/name: \"in\" is the name of two stages, /stages/0 too");
}

TEST_CASE("config: a run's name that is none is refused, in the config and as --name") {
  const std::string stages = R"("stages": [{"name": "in", "source": {"range": [0, 1]}}]})";
  CHECK(has(errors_of("{\"name\": \"a b\", " + stages),
            "pipe.json:1:10: /name: must be a name: a letter, then letters, digits, \".\""));
  CHECK(has(errors_of("{\"name\": 5, " + stages), "got 5"));
  CHECK(has(errors_of("{\"name\": \"\", " + stages), "got \"\""));
  LoadOptions options = options_of("{" + stages);
  options.name = "../x";
  CHECK(has(errors_of(options), "pipe.json: --name must be a name"));
}

TEST_CASE("config: an environment that is no object of texts is refused") {
  CHECK(
      has(error_of_stage(R"("op": "square", "env": {"A": 1})"), "/stages/1/env/A: must be a text without NUL, got 1"));
  CHECK(has(error_of_stage(R"("op": "square", "env": {"A=B": "1"})"), "\"A=B\" is no name of a variable"));
  CHECK(has(error_of_stage(R"("op": "square", "env": {"A": "\u0000"})"), "without NUL"));
  CHECK(has(error_of_stage(R"("op": "square", "env": ["A=1"])"), "must be an object of texts"));
}

TEST_CASE("config: commands that are no list of texts are refused") {
  for (const char* value : {"\"ls -l\"", "[]", "[\"\"]", "5", "{}"})
    CHECK(has(error_of_stage(fmt::format(R"("command": {})", value)),
              "/stages/1/command: must be a program and its arguments"));
  CHECK(
      has(error_of_stage(R"("command": ["head", "-n", 5])"), "/stages/1/command/2: must be a text without NUL, got 5"));
  CHECK(has(error_of_stage(R"("worker": ["a\u0000b"])"), "/stages/1/worker/0: must be a text without NUL"));
  CHECK(has(error_of_stage(R"("worker": ["cat"], "protocol": "xml")"), "must be \"lines\" or \"json\", got \"xml\""));
  CHECK(has(error_of_stage(R"("worker": ["cat"], "window": 0)"), "must be 1..10000, got 0"));
  CHECK(has(error_of_stage(R"("command": ["x", "{}"], "output": "all")"),
            "must be \"whole\", \"lines\" or \"none\", got \"all\""));
  CHECK(has(error_of_stage(R"("command": ["x", "{}"], "stdin": "yes")"), "must be true or false, got \"yes\""));
}

TEST_CASE("config: {} as a word of a shell command is refused with the hint to use $1") {
  for (const char* text :
       {"gzip {}", "{}", "cat < {} | wc", "cat <{}", "grep \\\"{}\\\" x", "echo \\\"it's {}\\\"", "(cat {})", "a;{};b"})
    CHECK(error_of_stage(fmt::format(R"("shell": "{}")", text)) ==
          "/stages/1/shell: the item is not {} in a shell command: use \"$1\"");
  for (const char* text : {"awk '{}'", "f() { true; }", "a{}b", "x.{}", "echo \\\\{}", "${#1}"})
    good_stage(fmt::format(R"("shell": "{}")", text));
  CHECK(has(error_of_stage(R"("shell": " ")"), "blank"));
  CHECK(has(error_of_stage(R"("shell": ["ls"])"), "must be a text"));
}

TEST_CASE("config: a Python function that is none is refused") {
  for (const char* value :
       {"\"mod\"", "\"mod:\"", "\":f\"", "\"a b:f\"", "\"m:f()\"", "\"m:1f\"", "\"a..b:f\"", "7", "\"./m.py:f\""})
    CHECK(has(error_of_stage(fmt::format(R"("python": {})", value)),
              "/stages/1/python: must be \"module:function\", got"));
  CHECK(has(error_of_stage(R"("python": "mod.py:f")"), "must name the module without .py: \"mod:f\""));
  CHECK(
      has(error_of_stage(R"("python": "m:f", "decode": "utf8")"), "must be \"auto\", \"json\", \"text\" or \"bytes\""));
}

TEST_CASE("config: operators that there are not, and arguments that they do not take, are refused") {
  CHECK(error_of_stage(R"("op": "squre")") == "/stages/1/op: there is no operator \"squre\"; did you mean \"square\"?");
  CHECK(has(error_of_stage(R"("op": "zzzzzz")"), "there are identity, square, double, sum_range"));
  CHECK(has(error_of_stage(R"("op": "")"), "/stages/1/op: must be the name of an operator"));
  CHECK(has(error_of_stage(R"("op": 7)"), "/stages/1/op: must be a text, got 7"));
  CHECK(has(error_of_stage(R"("op": "square", "args": {"n": 1})"),
            "/stages/1/args/n: operator square has no such argument"));
}

TEST_CASE("config: arguments of operators are checked by their types") {
  CHECK(
      has(errors_of(around(R"("op": "match")")), "/stages/1/op: operator match needs the argument \"regex\" (regex)"));
  CHECK(has(errors_of(around(R"("op": "match", "args": {"regx": "a"})")),
            "/stages/1/args/regx: operator match has no such argument; did you mean \"regex\"?"));
  CHECK(has(error_of_stage(R"("op": "match", "args": {"regex": "a(b"})"),
            "/stages/1/args/regex: must be an ECMAScript regular expression, got \"a(b\""));
  CHECK(has(error_of_stage(R"("op": "match", "args": {"regex": 5})"), "must be a text: a regular expression, got 5"));
  CHECK(has(error_of_stage(R"("op": "sleep", "args": {})"), "must have either \"seconds\", or \"min\" and \"max\""));
  CHECK(has(error_of_stage(R"("op": "sleep")"), "must have either"));
  CHECK(has(error_of_stage(R"("op": "sleep", "args": {"seconds": 1, "min": 1})"), "must have either"));
  CHECK(has(error_of_stage(R"("op": "sleep", "args": {"min": 2, "max": 1})"), "\"max\" must not be below \"min\""));
  CHECK(has(error_of_stage(R"("op": "sleep", "args": {"seconds": -1})"), "must be a duration"));
  CHECK(has(error_of_stage(R"("op": "fail", "args": {"every": 0})"), "must be a whole number from 1, got 0"));
  CHECK(has(error_of_stage(R"("op": "json_pick", "args": {"pointer": "a/b"})"), "must be a JSON pointer"));
  CHECK(has(error_of_stage(R"("op": "json_pick", "args": {"pointer": "/a~2"})"), "must be a JSON pointer"));
  CHECK(has(error_of_stage(R"("op": "square", "args": [])"), "/stages/1/args: must be an object, got []"));
}

TEST_CASE("config: sources that are none are refused") {
  const std::string kinds = R"(must have one of "items", "range", "lines", "glob" or "command")";
  CHECK(has(errors_of_source("{}"), "/stages/0/source: " + kinds));
  CHECK(has(errors_of_source("\"items\""), "/stages/0/source: must be an object, got \"items\""));
  CHECK(has(errors_of_source(R"({"items": [], "range": [0, 1]})"), kinds + R"(, not both "items" and "range")"));
  CHECK(has(errors_of_source(R"({"itms": []})"), "/stages/0/source/itms: unknown key; did you mean \"items\"?"));
  CHECK(has(errors_of_source(R"({"items": "a"})"), "/source/items: must be a list, got \"a\""));
  for (const char* value : {"[]", "[1]", "[1, 2, 3, 4]", "5", "[0, 1.5]", "[0, \"5\"]", "[0, 9223372036854775808]"})
    CHECK(has(errors_of_source(fmt::format(R"({{"range": {}}})", value)),
              "must be [start, stop] or [start, stop, step], 64-bit integers, got"));
  CHECK(has(errors_of_source(R"({"range": [0, 5, 0]})"), "a step that is not 0"));
  CHECK(has(errors_of_source(R"({"lines": ""})"), "/source/lines: must be a text, not empty"));
  CHECK(
      has(errors_of_source(R"({"lines": "f", "delimiter": "\r\n"})"), "/source/delimiter: must be a text of one byte"));
  CHECK(has(errors_of_source(R"({"lines": "f", "delimiter": "ü"})"), "one byte"));
  CHECK(has(errors_of_source(R"({"items": [], "delimiter": ","})"),
            "/source/delimiter: does not fit a source of \"items\"; it goes with \"lines\""));
  CHECK(has(errors_of_source(R"({"glob": []})"), "/source/glob: must be a text or a list of texts, not empty"));
  CHECK(has(errors_of_source(R"({"glob": [1]})"), "/source/glob/0: must be a text"));
  CHECK(has(errors_of_source(R"({"command": "ls"})"), "/source/command: must be a program"));
}

TEST_CASE("config: sinks that are none are refused, xlsx with what to use instead") {
  CHECK(has(errors_of_sink("{}"),
            R"(/stages/1/sink: must have one of "lines", "jsonl", "csv", "xlsx", "command" or "discard")"));
  CHECK(has(errors_of_sink(R"({"line": "x"})"), "/sink/line: unknown key; did you mean \"lines\"?"));
  CHECK(has(errors_of_sink(R"({"xlsx": "t.xlsx"})"),
            "/stages/1/sink/xlsx: xlsx is not available in this version; use csv"));
  CHECK(has(errors_of_sink(R"({"discard": false})"), "/sink/discard: must be true, got false"));
  CHECK(has(errors_of_sink(R"({"discard": 1})"), "/sink/discard: must be true, got 1"));
  CHECK(has(errors_of_sink(R"({"jsonl": "-", "values": "yaml"})"), "must be \"text\" or \"json\", got \"yaml\""));
  CHECK(has(errors_of_sink(R"({"csv": "a.csv", "delimiter": ";"})"), "does not fit a sink of \"csv\""));
}

TEST_CASE("config: top-level values of wrong types are refused") {
  const std::string stages = R"("stages": [{"name": "in", "source": {"range": [0, 1]}}]})";
  CHECK(has(errors_of("{\"version\": 2, " + stages), "/version: must be 1, got 2"));
  CHECK(has(errors_of("{\"description\": [], " + stages), "/description: must be a text, got []"));
  CHECK(has(errors_of("{\"durability\": \"disk\", " + stages),
            "must be \"process\", \"fsync\" or \"none\", got \"disk\""));
  CHECK(has(errors_of("{\"defaults\": 5, " + stages), "/defaults: must be an object, got 5"));
  CHECK(has(errors_of("{\"defaults\": {\"workers\": 0}, " + stages), "/defaults/workers: must be 1..4096"));
}

TEST_CASE("config: a top level that is no object is refused") {
  CHECK(errors_of("[]") == "pipe.json:1:1: must be an object, got []\n");
  CHECK(errors_of("\"x\"") == "pipe.json:1:1: must be an object, got \"x\"\n");
  CHECK(errors_of("") == "pipe.json:1:1: empty config\n");
}

TEST_CASE("config: doubled keys are told beside the other errors") {
  const std::string errors = errors_of(around("\"op\": \"square\", \"workers\": 0,\n\"retries\": -1,\n\"workers\": 2"));
  CHECK(has(errors, "pipe.json:4:1: /stages/1/workers: key \"workers\" given twice (line 2 and 4)"));
  CHECK(has(errors, "pipe.json:3:12: /stages/1/retries: must be 0..1000, got -1"));
}

TEST_CASE("config: twenty errors are told in the order of the file, the rest is counted") {
  std::string stages;
  for (int i = 0; i < 30; ++i)
    stages += fmt::format("{}\n{{\"name\": \"s{}\", \"op\": \"square\", \"workers\": 0}}", i ? "," : "", i);

  const LoadResult result = load_config(options_of("{\"stages\": [" + stages + "]}"));

  REQUIRE(result.errors.size() == 20);
  CHECK(result.errors_left_out >= 10);
  for (std::size_t i = 1; i < result.errors.size(); ++i) CHECK(result.errors[i - 1].line <= result.errors[i].line);
}

TEST_CASE("config: a hundred thousand errors are counted without looking each of them up") {
  std::string keys;
  for (int i = 0; i < 100'000; ++i) keys += fmt::format("\"key{}\": 0,", i);

  const LoadResult result = load_config(options_of("{" + keys + "\"version\": 2}"));  // squared, this would not end

  CHECK(result.errors.size() == 20);
  CHECK(result.errors_left_out == 100'000 + 2 - 20);
}

TEST_CASE("config: a --set that is wrong is named as the place of its error") {
  LoadOptions options = options_of(around(R"("op": "square")"));
  options.sets = {"work.workers=0", "wrok.workers=1", "work",         "work.=1",
                  "work.op.x=1",    "work.wrokers=2", "out.from.3=x", "nosuch.workers=1"};

  const std::string errors = errors_of(options);

  CHECK(has(errors, "--set work.workers=0: /stages/1/workers: must be 1..4096"));
  CHECK(has(errors, "--set wrok.workers=1: there is no stage \"wrok\"; did you mean \"work\"?"));
  CHECK(has(errors, "--set nosuch.workers=1: there is no stage \"nosuch\"; the stages are in, work, out"));
  CHECK(has(errors, "--set work: must be STAGE.KEY=VALUE"));
  CHECK(has(errors, "--set work.=1: must be STAGE.KEY=VALUE"));
  CHECK(has(errors, "--set work.op.x=1: work.op has no \"x\""));
  CHECK(has(errors, "--set work.wrokers=2: /stages/1/wrokers: unknown key; did you mean \"workers\"?"));
}

TEST_CASE("config: ${NAME} that is not set, and one that is no name, are refused where they stand") {
  CHECK(has(
      errors_of(around(R"("command": ["x", "{}", "${NOPE}"])")),
      "pipe.json:2:41: /stages/1/command/2: ${NOPE} is not set: give --var NOPE=VALUE or set it in the environment"));
  CHECK(errors_of(R"({"stages": [{"name": "in", "source": {"lines": "${NOPE}"}}]})") ==
        "pipe.json:1:48: /stages/0/source/lines: ${NOPE} is not set: give --var NOPE=VALUE or set it in the "
        "environment\n");  // and not that an empty text is no file
  for (const char* text : {"${", "a${}", "${1}", "${A B}", "${A"})
    CHECK(
        has(errors_of(around(fmt::format(R"("command": ["x", "{{}}", "{}"])", text))), "\"$${\" is a literal \"${\""));
}
