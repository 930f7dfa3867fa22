// SPDX-License-Identifier: MIT
#include "engine/config/describe.h"

#include <sys/stat.h>

#include <fstream>

#include "load_support.h"

using namespace pooltop;
using namespace pooltop::test;

TEST_CASE(
    "config: the description of a pipeline has every stage, its queue, every argv and how often a sink gets an item") {
  const auto config = good(R"({"name": "sums", "stages": [
    {"name": "files", "source": {"command": ["find", ".", "-name", "*.h"]}},
    {"name": "hash", "command": ["sha256sum", "{}"], "workers": 4, "retries": 2, "timeout": "30s", "capacity": 256},
    {"name": "size", "shell": "wc -c < \"$1\"", "from": "files", "output": "lines"},
    {"name": "ask", "worker": ["./w", "a b"], "from": ["hash", "size"]},
    {"name": "py", "python": "m:f", "path": "lib", "cwd": "/tmp"},
    {"name": "save", "sink": {"lines": "sums.txt"}},
    {"name": "out", "sink": {"jsonl": "-"}, "from": "py"},
    {"name": "sort", "sink": {"command": ["sort"]}, "from": "py"}]})");

  CHECK(describe(config, "").text ==
        R"(run sums: 8 stages
  files  source
         runs ["find", ".", "-name", "*.h"], each line is an item
         cannot be read again: what it has read is kept in the run's directory until it is done
  hash   command  from files; 4 workers; queue of 256, 67108864 bytes; 2 retries; timeout 30s
         runs ["sha256sum", "{}"] per item, its stdout is an item
  size   shell    from files; 1 worker; queue of 1024, 67108864 bytes
         runs ["/bin/sh", "-c", "wc -c < \"$1\"", "sh", "{}"] per item, each line of its stdout is an item
  ask    worker   from hash, size; 1 worker; queue of 1024, 67108864 bytes
         runs ["./w", "a b"], which stays; protocol lines, 8 items ahead
  py     python   from ask; 1 worker; queue of 1024, 67108864 bytes; in "/tmp"
         runs ["python3"], which stays and calls m:f from "lib"
  save   sink     from py; queue of 1024, 67108864 bytes
         lines to "sums.txt"; each item at most once
  out    sink     from py; queue of 1024, 67108864 bytes
         JSON lines to standard output; each item at least once
  sort   sink     from py; queue of 1024, 67108864 bytes
         runs ["sort"], each item is a line on its stdin; each item at least once
)");
}

TEST_CASE("config: the description shows bytes that a terminal must not get as escapes") {
  const std::string text = describe(good(around(R"("command": ["\u001b[31m", "\u202e", "{}"])")), "").text;

  CHECK(text.find('\x1b') == text.npos);
  CHECK(text.find("\u202e") == text.npos);
}

TEST_CASE("config: a pipe as a sink gets items at least once, a last stage that prints too") {
  const Directory directory;
  REQUIRE(::mkfifo(directory.path("pipe").c_str(), 0600) == 0);
  const auto of = [&](std::string_view stage) {
    const auto config = good(fmt::format(
        R"({{"stages": [{{"name": "in", "source": {{"range": [0, 3]}}}}, {{"name": "out", {}}}]}})", stage));
    return describe(config, directory.path()).text;
  };
  CHECK(has(of(R"("sink": {"lines": "pipe"})"), "lines to \"pipe\"; each item at least once"));
  CHECK(has(of(R"("op": "square")"), "results of out to standard output; each item at least once"));
}

TEST_CASE("config: a glob that matches nothing is a warning, one that does not match yet deeper is none") {
  const Directory directory;
  directory.file("a.h", "");
  std::filesystem::create_directory(directory.path("folder.c"));
  const auto warnings = [&](std::string_view patterns) {
    return describe(good(fmt::format(R"({{"stages": [{{"name": "in", "source": {{"glob": {}}}}}]}})", patterns)),
                    directory.path())
        .warnings;
  };
  CHECK(warnings(R"("*.h")").empty());
  CHECK(warnings(R"("**/*.x")").empty());
  CHECK(warnings(R"("*.c")") ==
        std::vector<std::string>{"stage in: no file matches \"*.c\""});  // a directory is no file
  CHECK(warnings(R"(["none/**/*.h", "a.h"])") == std::vector<std::string>{"stage in: no file matches \"none/**/*.h\""});
}

TEST_CASE("config: the description says of what cannot be read again whether it is kept") {
  const Directory directory;
  REQUIRE(::mkfifo(directory.path("pipe").c_str(), 0600) == 0);
  std::ofstream(directory.path("file")) << "a\n";
  const auto of = [&](std::string_view file, std::string_view durability) {
    const auto config = good(fmt::format(
        R"({{"durability": "{}", "stages": [{{"name": "in", "source": {{"lines": "{}"}}}}, {{"name": "out", "sink": {{"discard": true}}}}]}})",
        durability, file == "-" ? "-" : directory.path(std::string(file))));
    return describe(config, directory.path("")).text;
  };
  CHECK(has(of("-", "process"), "cannot be read again: what it has read is kept"));
  CHECK(has(of("pipe", "fsync"), "cannot be read again: what it has read is kept"));
  CHECK(has(of("pipe", "none"), "cannot be read again; nothing of it is kept (durability \"none\")"));
  CHECK(!has(of("file", "process"), "cannot be read again"));
}
