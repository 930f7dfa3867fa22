// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <sys/stat.h>

#include <csignal>

#include "engine/base/io.h"
#include "tests/unit/worker/kinds_support.h"

using namespace pooltop;
using namespace pooltop::testing;

namespace {

using Outputs = std::vector<std::string>;

/// A module `mine` and a worker that calls mine:f.
struct PythonCase {
  explicit PythonCase(const std::string& source, Decode decode = Decode::Auto) : spec(spec_of(PythonWork{})) {
    folder.write("mine.py", source);
    auto& work = std::get<PythonWork>(spec.stage.work);
    work.module = "mine";
    work.function = "f";
    work.path = folder.path();
    work.decode = decode;
  }
  std::vector<WorkerHarness::Answer> run(const std::vector<std::string>& items) {
    WorkerHarness worker(spec);
    auto answers = worker.run(items);
    log = worker.log();
    CHECK(worker.has_ended);
    return answers;
  }
  std::string one(const std::string& item) {
    auto answers = run({item});
    REQUIRE(answers.size() == 1);
    REQUIRE_MESSAGE(answers[0].outputs.size() == 1, log);
    return answers[0].outputs[0];
  }
  TestFolder folder;
  WorkerSpec spec;
  std::string log;
};

}  // namespace

TEST_CASE("worker: a python function gets JSON as values and the rest as text, and gives values back") {
  PythonCase c("def f(x): return [type(x).__name__, x]");
  const auto answers = c.run({"1", "-2.5", "\"s\"", "null", "[1, 2]", "{\"a\": 1}", "true", "plain", "", "007", "1 2",
                              " 3 ", "NaN", "\xc3\xa9", "123456789012345678901234567890", "{broken"});
  const Outputs expected = {
      R"(["int",1])",         R"(["float",-2.5])",      R"(["str","s"])",
      R"(["NoneType",null])", R"(["list",[1,2]])",      R"(["dict",{"a":1}])",
      R"(["bool",true])",     R"(["str","plain"])",     R"(["str",""])",
      R"(["str","007"])",     R"(["str","1 2"])",       R"(["int",3])",
      R"(["str","NaN"])",     "[\"str\",\"\xc3\xa9\"]", R"(["int",123456789012345678901234567890])",
      R"(["str","{broken"])"};
  REQUIRE(answers.size() == expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) CHECK(answers[i].outputs == Outputs{expected[i]});
}

TEST_CASE("worker: decode fixes what a python function gets") {
  CHECK(PythonCase("def f(x): return repr(x)", Decode::Text).one("1") == "'1'");
  CHECK(PythonCase("def f(x): return repr(x)", Decode::Bytes).one("\xff") == "b'\\xff'");
  CHECK(PythonCase("def f(x): return repr(x)", Decode::Json).one("[1]") == "[1]");
  const auto answers = PythonCase("def f(x): return x", Decode::Json).run({"x"});
  REQUIRE(answers[0].failure.has_value());
  CHECK(answers[0].failure->error.find("JSONDecodeError") != std::string::npos);
}

TEST_CASE("worker: python items of any bytes and 16 MiB go through unchanged as bytes and as text") {
  std::vector<std::string> items = hard_items();
  items.emplace_back(16 << 20, 'p');
  items.emplace_back(16 << 20, '\xff');
  for (const Decode decode : {Decode::Bytes, Decode::Text}) {
    const auto answers = PythonCase("def f(x): return x", decode).run(items);
    REQUIRE(answers.size() == items.size());
    for (std::size_t i = 0; i < items.size(); ++i) {
      REQUIRE(answers[i].outputs.size() == 1);
      CHECK((answers[i].outputs[0] == items[i]));
    }
  }
}

TEST_CASE("worker: a python function gives none, one or many items") {
  PythonCase c(
      "def f(x):\n"
      "  if x == 0: return None\n"
      "  if x == 1: return (i for i in ())\n"
      "  if x == 2: return ('a' * i for i in range(3))\n"
      "  if x == 3: return iter([1, None, b'\\xff'])\n"
      "  if x == 4: return False\n"
      "  if x == 5: return ('x' * 1000000 for i in range(100))\n");
  const auto answers = c.run({"0", "1", "2", "3", "4", "5"});
  REQUIRE(answers.size() == 6);
  CHECK(answers[0].outputs.empty());
  CHECK(answers[1].outputs.empty());
  CHECK(answers[2].outputs == Outputs{"", "a", "aa"});
  CHECK(answers[3].outputs == Outputs{"1", "\xff"});
  CHECK(answers[4].outputs == Outputs{"false"});
  CHECK(answers[5].outputs.size() == 100);
}

TEST_CASE("worker: an exception of a python function is its item's failure, with the traceback") {
  PythonCase c(
      "import sys\n"
      "def deeper(x): raise ValueError('bad \\x1b item')\n"
      "def gen():\n"
      "  yield 1\n"
      "  raise KeyError('late')\n"
      "def f(x):\n"
      "  if x == 1: deeper(x)\n"
      "  if x == 2: return object()\n"
      "  if x == 3: return gen()\n"
      "  if x == 4: sys.exit('out')\n"
      "  if x == 5: return float('nan')\n"
      "  if x == 6: return 'z' * 2000000\n"
      "  return x\n");
  c.spec.max_item_bytes = 1'000'000;
  const auto answers = c.run({"0", "1", "2", "3", "4", "5", "6", "7"});
  REQUIRE(answers.size() == 8);
  CHECK(answers[0].outputs == Outputs{"0"});
  CHECK(answers[7].outputs == Outputs{"7"});
  const auto error = [&](std::size_t i) { return answers[i].failure ? answers[i].failure->error : "none"; };
  CHECK(error(1) == "ValueError: bad \\x1b item");
  CHECK(answers[1].failure->stderr_tail.find("in deeper") != std::string::npos);
  CHECK(answers[1].failure->stderr_tail.find("_pooltop") == std::string::npos);
  CHECK(error(2).find("not JSON serializable") != std::string::npos);
  CHECK(error(3) == "KeyError: 'late'");
  CHECK(answers[3].outputs.empty());
  CHECK(error(4) == "SystemExit: out");
  CHECK(error(5).find("not JSON compliant") != std::string::npos);
  CHECK(error(6).find("larger than max_item_bytes") != std::string::npos);
}

TEST_CASE("worker: what python code prints goes to the log, whichever way it writes") {
  PythonCase c(
      "import os, sys, subprocess\n"
      "print('imported')\n"
      "def f(x):\n"
      "  print('printed', x)\n"
      "  os.write(1, b'raw\\n')\n"
      "  sys.stderr.write('error\\n')\n"
      "  subprocess.run(['sh', '-c', 'echo child; cat'])\n"
      "  return sys.stdin.read()\n");
  CHECK(c.one("1") == "");
  for (const char* line : {" out imported\n", " out printed 1\n", " out raw\n", " err error\n", " out child\n"})
    CHECK_MESSAGE(c.log.find(line) != std::string::npos, line);
}

TEST_CASE("worker: a module or function that is not there ends the worker before it takes an item") {
  for (const std::string source : {"import no_such_module\ndef f(x): pass", "def g(x): pass", "f = 7", "def f(:"}) {
    PythonCase c(source);
    WorkerHarness worker(c.spec);
    worker.give({"1"});
    CHECK(worker.wait_exit().code == 1);
    CHECK(worker.answers.empty());
    CHECK(!worker.current());
    CHECK(worker.log().find("python is gone before its work was") != std::string::npos);
  }
  PythonCase c("def f(x): pass");
  std::get<PythonWork>(c.spec.stage.work).interpreter = "no-such-python";
  CHECK(WorkerHarness(c.spec).wait_exit().code == 1);
}

TEST_CASE("worker: python's death names the very item it died of, and keeps every answer before it") {
  PythonCase c(
      "import os\n"
      "def f(x):\n"
      "  if x == 700: os.kill(os.getpid(), 11)\n"
      "  return x\n");
  std::vector<std::string> items;
  for (int i = 0; i < 1000; ++i) items.push_back(std::to_string(i));
  WorkerHarness worker(c.spec);
  worker.give(items);

  const ProcessEnd end = worker.wait_exit();

  CHECK(end.kind == ProcessEnd::Kind::Signaled);
  CHECK(end.code == SIGSEGV);
  CHECK(worker.answers.size() == 700);
  CHECK(worker.current() == 700);
}

TEST_CASE("worker: a slow python item does not hold back the answers before it") {
  PythonCase c(
      "import os\n"
      "def f(x):\n"
      "  if x == 300: open(os.environ['FIFO']).read()\n"
      "  return x\n");
  const std::string fifo = c.folder / "fifo";
  REQUIRE(::mkfifo(fifo.c_str(), 0600) == 0);
  c.spec.stage.env["FIFO"] = fifo;
  std::vector<std::string> items;
  for (int i = 0; i < 400; ++i) items.push_back(std::to_string(i));
  WorkerHarness worker(c.spec);
  worker.give(items);

  worker.wait_answers(300);
  CHECK(worker.answers.size() == 300);
  worker.wait([&] { return worker.current() == 300; }, "item 300 to be named");

  c.folder.write("fifo", "go");
  worker.wait_answers(400);
}

TEST_CASE("worker: python finds modules where pooltop was started, whatever the stage's working directory") {
  PythonCase c("import other\ndef f(x): return other.NAME");
  c.folder.write("other.py", "NAME = 'found'");
  std::get<PythonWork>(c.spec.stage.work).path = "";
  c.spec.start_dir = c.folder.path();
  c.spec.stage.cwd = "/";
  CHECK(c.one("1") == "found");
}

TEST_CASE("worker: python finds modules in the working directory without a path") {
  PythonCase c("import other\ndef f(x): return other.NAME");
  c.folder.write("other.py", "NAME = 'found'");
  std::get<PythonWork>(c.spec.stage.work).path = "";
  c.spec.stage.cwd = c.folder.path();
  CHECK(c.one("1") == "found");
}
