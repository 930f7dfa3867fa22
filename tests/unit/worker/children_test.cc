// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <csignal>

#include "engine/base/clock.h"
#include "tests/support/process_support.h"
#include "tests/support/texts.h"
#include "tests/unit/worker/kinds_support.h"

using namespace pooltop;
using namespace pooltop::testing;

namespace {

using Outputs = std::vector<std::string>;

WorkerSpec lines(const std::string& shell, std::uint32_t window = 8) {
  return lasting_spec({"sh", "-c", shell}, WorkerProtocol::Lines, window);
}

WorkerSpec json(const std::string& python, std::uint32_t window = 8) {
  const std::string begin = "import sys,json,base64\nsay=lambda o:print(json.dumps(o),flush=True)\n";
  return lasting_spec({"python3", "-c", begin + python}, WorkerProtocol::Json, window);
}

const std::string kEcho =
    "for line in sys.stdin:\n"
    "  o=json.loads(line); i=o['item']; say({'id':o['id'],'items':[i]})\n";

bool has(const WorkerHarness& worker, const std::string& text) { return worker.log().find(text) != std::string::npos; }

}  // namespace

TEST_CASE("worker: a lines child answers each item in order, at any window") {
  for (const std::uint32_t window : {1u, 8u, 1000u}) {
    WorkerHarness worker(lines("exec sed -u s/^/a/", window));

    const auto answers = worker.run(numbers(3000));

    REQUIRE(answers.size() == 3000);
    for (int i = 0; i < 3000; ++i)
      CHECK(answers[static_cast<std::size_t>(i)].outputs == Outputs{"a" + std::to_string(i)});
    CHECK(worker.has_ended);
  }
}

TEST_CASE("worker: a lines child takes items of any size and bytes but newlines, which fail with a hint") {
  WorkerHarness worker(lines("exec cat"));
  std::vector<std::string> items = hard_items();
  items.emplace_back(16 << 20, 'x');
  items.emplace_back("\r");

  const auto answers = worker.run(items);

  REQUIRE(answers.size() == items.size());
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (items[i].find('\n') != std::string::npos) {
      REQUIRE(answers[i].failure.has_value());
      CHECK(answers[i].failure->error.ends_with("use protocol json"));
      CHECK(answers[i].failure->permanent);
    } else {
      REQUIRE(answers[i].outputs.size() == 1);
      CHECK((answers[i].outputs[0] == items[i]));
    }
  }
}

TEST_CASE("worker: a lines child's last answer needs no newline, its CR stays, its stderr is logged") {
  WorkerHarness worker(lines("echo hello >&2; read a; printf 'x\\r\\n'; read b; printf last"));
  const auto answers = worker.run({"1", "2"});
  REQUIRE(answers.size() >= 1);
  CHECK(answers[0].outputs == Outputs{"x\r"});
  CHECK(has(worker, " err hello\n"));
}

TEST_CASE("worker: an answer longer than max_item_bytes fails its item only") {
  WorkerSpec spec = lines("read a; head -c 3000000 /dev/zero; echo; exec cat");
  spec.max_item_bytes = 1'000'000;
  WorkerHarness worker(spec);

  const auto answers = worker.run({"1", "2"});

  REQUIRE(answers.size() == 2);
  REQUIRE(answers[0].failure.has_value());
  CHECK(answers[0].failure->error == "its answer is longer than 1000000 bytes (max_item_bytes)");
  CHECK(answers[1].outputs == Outputs{"2"});
}

TEST_CASE("worker: a line that no item asked for ends a lines worker with the line in its log") {
  WorkerHarness worker(lines("echo Welcome; exec cat"));

  const ProcessEnd end = worker.wait_exit();

  CHECK(end.kind == ProcessEnd::Kind::Exited);
  CHECK(end.code == 1);
  CHECK(has(worker, "said a line that no item asked for"));
  CHECK(has(worker, "Welcome"));
  REQUIRE(worker.trouble.has_value());  // answers before it may be those of other items: the run is not to go on
  CHECK(worker.trouble->first.ends_with("Welcome"));
  CHECK(!worker.trouble->second);
}

TEST_CASE("worker: lines after the last answer of a lines child put its answers in doubt") {
  for (const std::string after : {"echo more", "printf more", "echo more; echo again"}) {
    WorkerHarness worker(lines("read a; echo A; read b; echo B; read c; " + after));
    worker.give({"1", "2"});
    worker.give_end();

    const ProcessEnd end = worker.wait_exit();

    CHECK(end.code == 1);
    CHECK(worker.answers.size() == 2);
    REQUIRE(worker.trouble.has_value());
    CHECK(worker.trouble->first.find("more") != std::string::npos);
  }
}

TEST_CASE("worker: half a line of a lines child that was killed is no answer") {
  for (const std::string death : {"kill -KILL $$", "exit 3"}) {
    WorkerHarness worker(lines("read a; echo A; read b; printf 'half of it'; " + death));
    worker.give({"1", "2"});
    (void)worker.wait_exit();
    CHECK(worker.answers.size() == 1);
    CHECK(worker.current() == 1);
  }
}

TEST_CASE("worker: two answers to one item are found, the first one counts") {
  WorkerHarness worker(lines("read a; printf 'one\\ntwo\\n'; exec sleep 100", 1));
  worker.give({"x"});

  CHECK(worker.wait_exit().code == 1);
  CHECK(worker.answers[0].outputs == Outputs{"one"});
  CHECK(has(worker, "no item asked for"));
}

TEST_CASE("worker: the death of a lines child is its worker's, with the first unanswered item named") {
  WorkerHarness worker(lines("read a; echo A; read b; echo B; echo dying >&2; kill -SEGV $$"));
  worker.give({"a", "b", "c", "d"});

  const ProcessEnd end = worker.wait_exit();

  CHECK(end.kind == ProcessEnd::Kind::Signaled);
  CHECK(end.code == SIGSEGV);
  CHECK(worker.answers.size() == 2);
  CHECK(worker.answers[1].outputs == Outputs{"B"});
  CHECK(worker.current() == 2);
  CHECK(has(worker, " err dying\n"));
  CHECK(has(worker, "ended by SIGSEGV"));
}

TEST_CASE("worker: a lines child that exits early ends its worker with its status, 0 counts as 1") {
  for (const int code : {0, 3}) {
    WorkerHarness worker(lines("read a; echo A; exit " + std::to_string(code)));
    worker.give({"a", "b"});
    CHECK(worker.wait_exit().code == (code == 0 ? 1 : code));
    CHECK(worker.answers.size() == 1);
    CHECK(worker.current() == 1);
    CHECK(has(worker, "exited with " + std::to_string(code)));
  }
}

TEST_CASE("worker: a lines child that closes its stdout but lives is ended") {
  WorkerHarness worker(lines("read a; exec >&-; exec sleep 1000"));
  worker.give({"a"});
  CHECK(worker.wait_exit().code == 1);
  CHECK(has(worker, "gone before its work was"));
}

TEST_CASE("worker: a lines child that closes its stdin but lives is ended when it is given an item") {
  WorkerHarness worker(lines("exec <&-; echo deaf >&2; exec sleep 1000"));
  worker.wait([&] { return has(worker, "deaf"); }, "its word");
  worker.give({"a"});
  CHECK(worker.wait_exit().code == 1);
  CHECK(has(worker, "gone before its work was"));
}

TEST_CASE("worker: a lines child that floods stderr still answers") {
  WorkerHarness worker(lines("while read a; do head -c 1000000 /dev/zero | tr '\\0' '\\n' >&2; echo $a; done"));
  CHECK(worker.run({"1", "2", "3"}).size() == 3);
}

TEST_CASE("worker: a process left behind that holds a dead child's stdout does not hold up its worker") {
  WorkerHarness worker(lines("read a; sleep 1000 & exit 4"));
  worker.give({"a"});
  CHECK(worker.wait_exit().code == 4);
}

TEST_CASE("worker: a program that is not there ends the worker with 1 and its name in the log") {
  WorkerHarness worker(lasting_spec({"no-such-program"}, WorkerProtocol::Lines));
  CHECK(worker.wait_exit().code == 1);
  CHECK(has(worker, "exec no-such-program: No such file or directory"));
}

TEST_CASE("worker: a json child gets and gives any bytes") {
  std::vector<std::string> items = hard_items();
  items.emplace_back(16 << 20, 'x');
  items.emplace_back(1 << 20, '"');
  WorkerHarness worker(json(kEcho));

  const auto answers = worker.run(items);

  REQUIRE(answers.size() == items.size());
  for (std::size_t i = 0; i < items.size(); ++i) {
    REQUIRE(answers[i].outputs.size() == 1);
    CHECK((answers[i].outputs[0] == items[i]));
  }
}

TEST_CASE("worker: a json child answers in any order, with none, one, many or an error") {
  // Gathers all eight, then answers them backwards.
  WorkerHarness worker(
      json("q=[]\n"
           "for line in sys.stdin:\n"
           "  q.append(json.loads(line))\n"
           "  if len(q)<8: continue\n"
           "  for o in reversed(q):\n"
           "    n=int(o['item'])\n"
           "    if n==3: say({'id':o['id'],'error':'three\\nlines','permanent':True})\n"
           "    else: say({'id':o['id'],'items':[o['id']+'/'+str(o['attempt'])]*(n%3),'more':1})\n"
           "  q=[]\n"));
  const auto answers = worker.run(numbers(32), 3);

  REQUIRE(answers.size() == 32);
  for (std::size_t i = 0; i < 32; ++i) {
    if (i == 3) {
      REQUIRE(answers[i].failure.has_value());
      CHECK(answers[i].failure->error == "three\\nlines");
      CHECK(answers[i].failure->permanent);
    } else {
      CHECK(answers[i].outputs == Outputs(i % 3, std::to_string(i) + "/1"));
    }
  }
}

TEST_CASE("worker: what breaks the json protocol ends the worker, with the line in its log") {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"print('hello',flush=True)", "not JSON: hello"},
      {"print('[1]',flush=True)", "not a JSON object"},
      {"say({'items':[]})", "no \"id\""},
      {"say({'id':7,'items':[]})", "\"id\" is no string"},
      {"say({'id':'nobody','items':[]})", "no item of this id"},
      {"say({'id':'0'})", "neither or both"},
      {"say({'id':'0','items':[],'error':'x'})", "neither or both"},
      {"say({'id':'0','items':'x'})", "\"items\" is no list"},
      {"say({'id':'0','items':[7]})", "neither a string nor"},
      {"say({'id':'0','items':[{'base64':'?'}]})", "not base64"},
      {"say({'id':'0','items':[]});say({'id':'0','items':[]})", "answered before"},
  };
  for (const auto& [python, text] : cases) {
    WorkerHarness worker(json("line=sys.stdin.readline()\n" + python + "\nsys.stdin.read()"));
    worker.give({"x"});
    CHECK(worker.wait_exit().code == 1);
    CHECK_MESSAGE(has(worker, text), worker.log());
  }
}

TEST_CASE("worker: the death of a json child keeps the answers it gave") {
  WorkerHarness worker(
      json("import os,signal\n"
           "a=json.loads(sys.stdin.readline());b=json.loads(sys.stdin.readline())\n"
           "say({'id':a['id'],'items':['A']})\n"
           "os.kill(os.getpid(),signal.SIGKILL)"));
  worker.give({"a", "b", "c"});

  const ProcessEnd end = worker.wait_exit();

  CHECK(end.kind == ProcessEnd::Kind::Signaled);
  CHECK(end.code == SIGKILL);
  CHECK(worker.answers.size() == 1);
  CHECK(worker.current() == 1);
}

TEST_CASE("worker: a json item that is never answered reaches its time-out while others are answered") {
  WorkerSpec spec = json(
      "for line in sys.stdin:\n"
      "  o=json.loads(line)\n"
      "  if o['id']!='0': say({'id':o['id'],'items':[]})\n");
  spec.stage.timeout = 50 * kMillisecond;
  WorkerHarness worker(spec);
  worker.give(numbers(200'000), 1);

  worker.wait([&] { return worker.current() == 0 && monotonic_now() - worker.item_started() > 300 * kMillisecond; },
              "a clock that runs");

  CHECK(worker.answers.size() < 199'999);
}

TEST_CASE("worker: ten seconds without an answer are explained in the log, once") {
  WorkerHarness worker(lines("exec awk '{print}'"));  // answers a pipe when it is full, or at its end
  worker.give({"a"});

  worker.wait([&] { return has(worker, "no answer from process"); }, "the hint");

  CHECK(has(worker, "is its stdout buffered?"));
  CHECK(worker.answers.empty());
}
