// SPDX-License-Identifier: MIT
// What a good config says.
#include "engine/config/load.h"

#include <thread>

#include "load_support.h"

using namespace pooltop;
using namespace pooltop::test;

namespace {

template <class T>
T source_of(std::string_view inside) {
  const auto config = good(fmt::format(R"({{"stages": [{{"name": "in", "source": {{{}}}}}]}})", inside));
  return std::get<T>(std::get<SourceConfig>(config.stages.at(0).work).from);
}

template <class T>
T sink_of(std::string_view inside) {
  const auto config = good(fmt::format(
      R"({{"stages": [{{"name": "in", "source": {{"range": [0, 3]}}}}, {{"name": "out", "sink": {{{}}}}}]}})", inside));
  return std::get<T>(std::get<SinkConfig>(config.stages.at(1).work).to);
}

template <class T>
T work_of(std::string_view stage) {
  return std::get<T>(good_stage(stage).work);
}

std::string name_of(std::string_view file) {
  LoadOptions options = options_of(around(R"("op": "identity")"));
  options.file = file;
  return good(options).name;
}

}  // namespace

TEST_CASE("config: a config with every top-level key is read, comments and all") {
  const auto config = good(R"({
    // what it does
    "$schema": "pooltop.schema.json", "version": 1, "name": "checksums-2.0", "description": "sums",
    "defaults": {"capacity": 256}, "max_item_bytes": "1MiB", "durability": "fsync",
    "stages": [
      {"name": "files", "source": {"glob": "/usr/include/**/*.h"}},
      {"name": "hash", "command": ["sha256sum", "{}"], "workers": 4, "retries": 2, "timeout": "30s"},
      {"name": "save", "sink": {"lines": "checksums.txt"}}]})");

  CHECK(config.name == "checksums-2.0");
  CHECK(config.description == "sums");
  CHECK(config.max_item_bytes == 1u << 20);
  CHECK(config.durability == Durability::Fsync);
  REQUIRE(config.stages.size() == 3);
  CHECK(config.stages[1].capacity == 256);
  CHECK(config.stages[1].workers == 4);
  CHECK(config.stages[1].retries == 2);
  CHECK(config.stages[1].timeout == 30 * kSecond);
  CHECK(config.stages[1].from == std::vector<std::string>{"files"});
  CHECK(config.stages[2].from == std::vector<std::string>{"hash"});
  CHECK(config.text.find("what it does") != std::string::npos);
}

TEST_CASE("config: a stage that says nothing has the defaults of the contract") {
  const StageConfig stage = good_stage(R"("command": ["true", "{}"])");

  CHECK(stage.capacity == 1024);
  CHECK(stage.queue_bytes == 64u << 20);
  CHECK(stage.workers == 1);
  CHECK(stage.retries == 0);
  CHECK_FALSE(stage.timeout);
  CHECK(stage.on_failure.kind == FailurePolicy::Kind::Keep);
  CHECK(stage.start_method == StartMethod::Forkserver);
  CHECK(stage.crash_retries == 3);
  CHECK(stage.backoff_first == kSecond);
  CHECK(stage.backoff_max == 60 * kSecond);
  CHECK(stage.max_restarts == 5);
  CHECK(stage.restarts_within == 10 * kSecond);
  const auto config = good(around(R"("op": "square")"));
  CHECK(config.max_item_bytes == 16u << 20);
  CHECK(config.durability == Durability::Process);
}

TEST_CASE("config: every setting of a stage is read, as text and as a number") {
  const StageConfig stage = good_stage(R"("command": ["x", "{}"], "capacity": 1000000, "queue_bytes": "1GiB",
    "workers": 4096, "retries": 3, "timeout": 0.25, "max_items_per_worker": 100, "on_failure": {"stop_at": 20},
    "rate": "30/m", "start_method": "spawn", "crash_retries": 0, "backoff": {"first": "250ms", "max": 5},
    "max_restarts": {"count": 7, "within": "1m"}, "env": {"A": "b", "EMPTY": ""}, "clear_env": true, "cwd": "/tmp",
    "nice": 19, "memory_limit": 1048576)");

  CHECK(stage.capacity == 1'000'000);
  CHECK(stage.queue_bytes == 1u << 30);
  CHECK(stage.workers == 4096);
  CHECK(stage.timeout == 250 * kMillisecond);
  CHECK(stage.max_items_per_worker == 100);
  CHECK(stage.on_failure.kind == FailurePolicy::Kind::StopAtCount);
  CHECK(stage.on_failure.count == 20);
  CHECK(stage.rate_per_s == 0.5);
  CHECK(stage.start_method == StartMethod::Spawn);
  CHECK(stage.crash_retries == 0);
  CHECK(stage.backoff_first == 250 * kMillisecond);
  CHECK(stage.backoff_max == 5 * kSecond);
  CHECK(stage.max_restarts == 7);
  CHECK(stage.restarts_within == 60 * kSecond);
  CHECK(stage.env == std::map<std::string, std::string>{{"A", "b"}, {"EMPTY", ""}});
  CHECK(stage.clear_env);
  CHECK(stage.cwd == "/tmp");
  CHECK(stage.nice == 19);
  CHECK(stage.memory_limit == 1u << 20);
}

TEST_CASE("config: workers auto is one per core") {
  CHECK(good_stage(R"("op": "square", "workers": "auto")").workers == std::thread::hardware_concurrency());
}

TEST_CASE("config: a backoff that is a duration alone is the first wait, and the longest is never below it") {
  CHECK(good_stage(R"("op": "square", "backoff": "2s")").backoff_first == 2 * kSecond);
  CHECK(good_stage(R"("op": "square", "backoff": "2s")").backoff_max == 60 * kSecond);
  CHECK(good_stage(R"("op": "square", "backoff": "5m")").backoff_max == 300 * kSecond);
  CHECK(good_stage(R"("op": "square", "backoff": 0)").backoff_first == 0);
}

TEST_CASE("config: on_failure takes its words, a count and a share") {
  using Kind = FailurePolicy::Kind;
  CHECK(good_stage(R"("op": "square", "on_failure": "keep")").on_failure.kind == Kind::Keep);
  CHECK(good_stage(R"("op": "square", "on_failure": "stop")").on_failure.kind == Kind::Stop);
  const FailurePolicy share = good_stage(R"("op": "square", "on_failure": {"stop_at": "2.5%"})").on_failure;
  CHECK(share.kind == Kind::StopAtShare);
  CHECK(share.share == doctest::Approx(0.025));
}

TEST_CASE("config: a rate is per second, minute or hour") {
  CHECK(good_stage(R"("op": "square", "rate": "100/s")").rate_per_s == 100);
  CHECK(good_stage(R"("op": "square", "rate": "0.5/s")").rate_per_s == 0.5);
  CHECK(good_stage(R"("op": "square", "rate": "7200/h")").rate_per_s == 2);
  CHECK(good_stage(R"("op": "square", "rate": 8)").rate_per_s == 8);
}

TEST_CASE("config: every kind of source is read") {
  CHECK(source_of<ItemsSource>(R"("items": ["a b", 1.10, {"x": [1, 2]}, null, "", "${HOME}"])").items ==
        std::vector<std::string>{"a b", "1.10", R"({"x":[1,2]})", "null", "", "${HOME}"});
  CHECK(source_of<ItemsSource>(R"("items": [])").items.empty());
  const auto range = source_of<RangeSource>(R"("range": [10, -9223372036854775808, -3])");
  CHECK(range.start == 10);
  CHECK(range.stop == INT64_MIN);
  CHECK(range.step == -3);
  CHECK(source_of<LinesSource>(R"("lines": "-")").delimiter == "\n");
  CHECK(source_of<LinesSource>(R"("lines": "f", "delimiter": "\u0000")").delimiter == std::string(1, '\0'));
  CHECK(source_of<GlobSource>(R"("glob": "*.h")").patterns == std::vector<std::string>{"*.h"});
  CHECK(source_of<GlobSource>(R"("glob": ["*.h", "*.c"])").patterns.size() == 2);
  CHECK(source_of<CommandSource>(R"("command": ["ls", ""])").argv == std::vector<std::string>{"ls", ""});
}

TEST_CASE("config: a sentinel is compared as item bytes: a text as it is, the rest as compact JSON") {
  const auto sentinel_of = [](std::string_view value) {
    const auto config =
        good(fmt::format(R"({{"stages": [{{"name": "in", "source": {{"items": [1], "sentinel": {}}}}}]}})", value));
    return std::get<SourceConfig>(config.stages[0].work).sentinel;
  };
  CHECK(sentinel_of("\"STOP\"") == "STOP");
  CHECK(sentinel_of("-1") == "-1");
  CHECK(sentinel_of("null") == "null");
  CHECK(sentinel_of("{ \"end\": true }") == R"({"end":true})");
}

TEST_CASE("config: every kind of sink is read") {
  CHECK(sink_of<LinesSink>(R"("lines": "out.txt", "delimiter": "\t")").delimiter == "\t");
  CHECK(source_of<LinesSource>(R"("lines": "/dev/stdin")").file == "-");
  CHECK(sink_of<LinesSink>(R"("lines": "/dev/stdout")").file == "-");
  CHECK(sink_of<CsvSink>(R"("csv": "/dev/stdout")").file == "-");
  CHECK_FALSE(sink_of<JsonlSink>(R"("jsonl": "-")").embed_values);
  CHECK(sink_of<JsonlSink>(R"("jsonl": "-", "values": "json")").embed_values);
  CHECK(sink_of<CsvSink>(R"("csv": "t.csv")").file == "t.csv");
  CHECK(sink_of<CommandSink>(R"("command": ["sort", "-n"])").argv.size() == 2);
  sink_of<DiscardSink>(R"("discard": true)");
}

TEST_CASE("config: every kind of work is read") {
  CHECK(work_of<OpWork>(R"("op": "square")").args == "{}");
  const auto command = work_of<CommandWork>(R"("command": ["gzip", "-c"], "stdin": true, "output": "lines")");
  CHECK(command.item_on_stdin);
  CHECK(command.output == OutputMode::Lines);
  const auto shell = work_of<CommandWork>(R"("shell": "wc -c < \"$1\" | x ${HOME} $${X} '{}' a{}b", "output": "none")");
  CHECK(shell.argv ==
        std::vector<std::string>{"/bin/sh", "-c", "wc -c < \"$1\" | x ${HOME} $${X} '{}' a{}b", "sh", "{}"});
  CHECK(shell.is_shell);
  CHECK(shell.output == OutputMode::None);
  const auto worker = work_of<WorkerWork>(R"("worker": ["./w"], "protocol": "json", "window": 1)");
  CHECK(worker.protocol == WorkerProtocol::Json);
  CHECK(worker.window == 1);
  const auto python = work_of<PythonWork>(R"("python": "pkg.mod:make.item", "path": "lib", "decode": "bytes")");
  CHECK(python.module == "pkg.mod");
  CHECK(python.function == "make.item");
  CHECK(python.interpreter == "python3");
  CHECK(python.decode == Decode::Bytes);
  const auto plugin = work_of<OpWork>(R"("plugin": "libmine.so", "op": "anything", "args": {"b": 1.0, "a": []})");
  CHECK(plugin.plugin == "libmine.so");
  CHECK(plugin.args == R"({"b":1.0,"a":[]})");
}

TEST_CASE("config: operators get their durations as seconds") {
  CHECK(work_of<OpWork>(R"("op": "sleep", "args": {"seconds": "250ms"})").args == R"({"seconds":0.25})");
  CHECK(work_of<OpWork>(R"("op": "sleep", "args": {"min": 0, "max": "2m"})").args == R"({"min":0,"max":120})");
  CHECK(work_of<OpWork>(R"("op": "match", "args": {"regex": "^a+$"})").args == R"({"regex":"^a+$"})");
}

TEST_CASE("config: defaults fill every stage that they fit, and a stage's own word wins") {
  const auto config = good(R"({
    "defaults": {"workers": 3, "retries": 1, "timeout": "5s", "capacity": 9, "env": {"A": "1", "B": "2"},
                 "backoff": {"max": "9s"}, "on_failure": "stop", "rate": "5/s", "nice": 3},
    "stages": [{"name": "in", "source": {"range": [0, 3]}},
               {"name": "a", "op": "square"},
               {"name": "b", "op": "square", "workers": 2, "env": {"B": "3"}, "backoff": "3s"},
               {"name": "out", "sink": {"discard": true}}]})");

  CHECK(config.stages[0].workers == 1);
  CHECK(config.stages[0].retries == 0);
  CHECK(config.stages[0].nice == 3);
  CHECK(config.stages[1].workers == 3);
  CHECK(config.stages[1].capacity == 9);
  CHECK(config.stages[1].rate_per_s == 5);
  CHECK(config.stages[2].workers == 2);
  CHECK(config.stages[2].env == std::map<std::string, std::string>{{"A", "1"}, {"B", "3"}});
  CHECK(config.stages[2].backoff_first == 3 * kSecond);
  CHECK(config.stages[2].backoff_max == 9 * kSecond);
  CHECK(config.stages[3].workers == 1);
  CHECK_FALSE(config.stages[3].timeout);
  CHECK(config.stages[3].on_failure.kind == FailurePolicy::Kind::Keep);
  CHECK(config.stages[3].capacity == 9);
}

TEST_CASE("config: fan-in, fan-out and a stage that stands before what it reads are pipelines") {
  const auto config = good(R"({"stages": [
    {"name": "merge", "op": "identity", "from": ["a", "b"]},
    {"name": "x", "source": {"range": [0, 3]}},
    {"name": "y", "source": {"range": [0, 3]}},
    {"name": "a", "op": "square", "from": "x"},
    {"name": "b", "op": "double", "from": ["x", "y"]},
    {"name": "save", "sink": {"discard": true}, "from": "merge"},
    {"name": "copy", "sink": {"lines": "-"}, "from": "merge"}]})");

  CHECK(config.stages[0].from == std::vector<std::string>{"a", "b"});
  CHECK(config.stages[4].from == std::vector<std::string>{"x", "y"});
}

TEST_CASE("config: a run is named by --name, else by its config, else by its file") {
  LoadOptions options = options_of(R"({"name": "inside", "stages": [{"name": "in", "source": {"range": [0, 1]}}]})");
  CHECK(good(options).name == "inside");
  options.name = "given.1";
  CHECK(good(options).name == "given.1");
  CHECK(name_of("jobs/pipe.v2.json") == "pipe.v2");
  CHECK(name_of("pipe") == "pipe");
  CHECK(name_of("-") == "stdin");
  CHECK(name_of("/dev/fd/63") == "run-63");
  CHECK(name_of("2026 march.json") == "run-2026-march");
  CHECK(name_of(std::string(200, 'a') + ".json") == std::string(64, 'a'));
}

TEST_CASE("config: --set overrides keys of stages and of the defaults, at any depth, and adds what is not there") {
  LoadOptions options = options_of(R"({"stages": [
    {"name": "in", "source": {"range": [0, 3]}},
    {"name": "wait", "op": "sleep", "args": {"seconds": 1}},
    {"name": "run", "command": ["x", "{}", "a"]},
    {"name": "out", "sink": {"lines": "a.txt"}}]})");
  options.sets = {"wait.args.seconds=0.1",          "wait.workers=8",       "wait.timeout=30s",
                  "out.sink.lines=b=${HOME}.txt",   "run.command.2=b.c",    "defaults.retries=2",
                  "in.source={\"items\": [\"x\"]}", "run.backoff.first=3s", "run.cwd=${HOME}"};

  const auto config = good(options);

  CHECK(std::get<OpWork>(config.stages[1].work).args == R"({"seconds":0.1})");
  CHECK(config.stages[1].workers == 8);
  CHECK(config.stages[1].timeout == 30 * kSecond);
  CHECK(config.stages[1].retries == 2);
  CHECK(std::get<LinesSink>(std::get<SinkConfig>(config.stages[3].work).to).file == "b=/home/u.txt");
  CHECK(std::get<CommandWork>(config.stages[2].work).argv.at(2) == "b.c");
  CHECK(config.stages[2].backoff_first == 3 * kSecond);
  CHECK(config.stages[2].cwd == "/home/u");
  CHECK(std::holds_alternative<ItemsSource>(std::get<SourceConfig>(config.stages[0].work).from));
}

TEST_CASE("config: ${NAME} is asked of --var, then of the environment, and $${ stays a ${") {
  LoadOptions options = options_of(
      around(R"("command": ["x", "${HOME}/${DIR}", "$${HOME}", "$HOME $$ $", "{}"], "env": {"A": "${DIR}${DIR}"})"));
  options.vars = {{"DIR", "${HOME}"}, {"HOME2", "x"}};

  const LoadResult result = load_config(options);

  REQUIRE(result.config);
  const StageConfig& stage = result.config->stages[1];
  CHECK(std::get<CommandWork>(stage.work).argv ==
        std::vector<std::string>{"x", "/home/u/${HOME}", "${HOME}", "$HOME $$ $", "{}"});  // replaced once, not again
  CHECK(stage.env.at("A") == "${HOME}${HOME}");
  REQUIRE(result.warnings.size() == 1);
  CHECK(has(result.warnings[0], "--var \"HOME2\""));
}

TEST_CASE("config: a command that never gets its item is a warning") {
  const LoadResult result = load_config(options_of(around(R"("command": ["true"])")));

  CHECK(result.config);
  REQUIRE(result.warnings.size() == 1);
  CHECK(has(result.warnings[0], "stage work: the command does not get its item"));
  CHECK(load_config(options_of(around(R"("command": ["true"], "stdin": true)"))).warnings.empty());
}

TEST_CASE("config: who reads stdin and who writes stdout is known, a last stage that is no sink too") {
  const auto ends = [](std::string_view source, std::string_view sink) {
    return good(fmt::format(R"({{"stages": [{{"name": "in", "source": {}}}, {{"name": "out", {}}}]}})", source, sink));
  };
  CHECK(uses_stdin(ends(R"({"lines": "-"})", R"("sink": {"discard": true})")));
  CHECK_FALSE(uses_stdin(ends(R"({"lines": "f"})", R"("sink": {"discard": true})")));
  CHECK(uses_stdout(ends(R"({"range": [0, 1]})", R"("sink": {"jsonl": "-"})")));
  CHECK(uses_stdout(ends(R"({"range": [0, 1]})", R"("op": "square")")));
  CHECK_FALSE(uses_stdout(ends(R"({"range": [0, 1]})", R"("sink": {"command": ["cat"]})")));
}

TEST_CASE("config: a last stage that is no sink gets a sink of a free name, one that is a sink gets none") {
  PipelineConfig config =
      good(R"({"stages": [{"name": "results", "source": {"range": [0, 3]}}, {"name": "b", "op": "square"}]})");

  CHECK(add_results_sink(config, "/run/results"));

  CHECK(config.stages.size() == 3);
  CHECK(config.stages[2].name == "results-2");
  CHECK(config.stages[2].from == std::vector<std::string>{"b"});
  CHECK(std::get<LinesSink>(std::get<SinkConfig>(config.stages[2].work).to).file == "/run/results");
  CHECK_FALSE(add_results_sink(config, "-"));
  CHECK_FALSE(uses_stdout(config));
}
