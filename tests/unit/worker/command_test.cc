// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <sys/stat.h>

#include <csignal>

#include "engine/process/process_tree.h"
#include "tests/support/process_support.h"
#include "tests/unit/worker/kinds_support.h"

using namespace pooltop;
using namespace pooltop::testing;

namespace {

using Outputs = std::vector<std::string>;

WorkerHarness::Answer one(WorkerSpec spec, const std::string& item) {
  WorkerHarness worker(std::move(spec));
  auto answers = worker.run({item});
  REQUIRE(answers.size() == 1);
  CHECK(worker.has_ended);
  return answers[0];
}

ItemFailure failure_of(WorkerSpec spec, const std::string& item) {
  auto answer = one(std::move(spec), item);
  CHECK(answer.outputs.empty());
  REQUIRE(answer.failure.has_value());
  return *answer.failure;
}

}  // namespace

TEST_CASE("worker: a command gets the item inside its arguments and its stdout is the output") {
  CHECK(one(command_spec({"echo", "<{}|{}>", "end"}), "a b").outputs == Outputs{"<a b|a b> end"});
  CHECK(one(command_spec({"printf", "%s", "{}"}), "").outputs == Outputs{""});
  CHECK(one(command_spec({"printf", "a\n\n"}), "x").outputs == Outputs{"a\n"});
  CHECK(one(command_spec({"true"}), "x").outputs == Outputs{""});
}

TEST_CASE("worker: an item never becomes shell text") {
  for (const std::string item : {"; touch /tmp/pwned", "$(id)", "`id`", "' ; id '", "\" ; id \"", "-n", "--help"}) {
    CHECK(one(shell_spec("printf '%s' \"$1\""), item).outputs == Outputs{item});
    CHECK(one(command_spec({"printf", "%s", "{}"}), item).outputs == Outputs{item});
  }
}

TEST_CASE("worker: output modes make lines items, or pass the input on") {
  CHECK(one(shell_spec("printf 'a\\n\\nb'", OutputMode::Lines), "x").outputs == Outputs{"a", "", "b"});
  CHECK(one(shell_spec("true", OutputMode::Lines), "x").outputs.empty());
  CHECK(one(shell_spec("echo noise", OutputMode::None), "x\ny").outputs == Outputs{"x\ny"});
}

TEST_CASE("worker: a command's exit status, signal and last stderr are the item's failure") {
  const ItemFailure exit = failure_of(shell_spec("echo one >&2; echo two >&2; exit 3"), "x");
  CHECK(exit.error == "exited with 3: two");
  CHECK(exit.exit == 3);
  CHECK(exit.stderr_tail == "one\ntwo\n");
  CHECK(exit.pid > 0);
  CHECK(!exit.permanent);
  CHECK(failure_of(shell_spec("exit 100"), "x").permanent);
  const ItemFailure signal = failure_of(shell_spec("kill -SEGV $$"), "x");
  CHECK(signal.error == "ended by SIGSEGV");
  CHECK(signal.signal == SIGSEGV);
  CHECK(signal.exit == -1);
  CHECK(failure_of(shell_spec("head -c 100000 /dev/zero | tr '\\0' e >&2; exit 1"), "x").stderr_tail ==
        std::string(4096, 'e'));
}

TEST_CASE("worker: what cannot stand in an argument fails the item with the hint to use stdin") {
  CHECK(failure_of(command_spec({"echo", "{}"}), std::string("a\0b", 3)).error.ends_with("use stdin"));
  CHECK(failure_of(command_spec({"echo", "{}"}), std::string(131'072, 'x')).error.ends_with("use stdin"));
  CHECK(failure_of(command_spec({"echo", "a{}"}), std::string(131'071, 'x')).error.ends_with("use stdin"));
  CHECK(failure_of(command_spec({"echo", "{}"}), std::string("a\0b", 3)).permanent);  // it will not fit next time
  CHECK(failure_of(command_spec({"echo", "{}"}), std::string(131'072, 'x')).permanent);
  CHECK(one(shell_spec("printf '%s' \"$1\" | wc -c"), std::string(131'071, 'x')).outputs == Outputs{"131071"});
  std::vector<std::string> many(60, "{}");
  many[0] = "echo";
  CHECK(failure_of(command_spec(many), std::string(100'000, 'x')).error.ends_with("use stdin"));
}

TEST_CASE("worker: a program that is not there fails the item by name") {
  CHECK(failure_of(command_spec({"no-such-program", "{}"}), "x").error ==
        "exec no-such-program: No such file or directory");
}

TEST_CASE("worker: stdin takes any bytes of any size while output is read") {
  for (const std::string& item : hard_items()) {
    auto answer = one(command_spec({"sh", "-c", "cat; echo"}, OutputMode::Whole, true), item);
    REQUIRE(answer.outputs.size() == 1);
    CHECK((answer.outputs[0] == item));
  }
  const std::string large(16 << 20, 'z');
  auto answer = one(command_spec({"cat"}, OutputMode::Whole, true), large);
  REQUIRE(answer.outputs.size() == 1);
  CHECK((answer.outputs[0] == large));
  CHECK(one(command_spec({"true"}, OutputMode::Whole, true), large).outputs == Outputs{""});
  CHECK(one(command_spec({"head", "-c", "3"}, OutputMode::Whole, true), large).outputs == Outputs{"zzz"});
}

TEST_CASE("worker: without stdin a command reads nothing") {
  CHECK(one(command_spec({"wc", "-c"}), "x").outputs == Outputs{"0"});
}

TEST_CASE("worker: output beyond max_item_bytes fails the item and ends its process") {
  WorkerSpec spec = command_spec({"yes"});
  spec.max_item_bytes = 100'000;
  CHECK(failure_of(spec, "x").error == "its output is larger than 100000 bytes (max_item_bytes)");
  spec = shell_spec("head -c 100000 /dev/zero; echo");
  spec.max_item_bytes = 100'000;
  CHECK(one(spec, "x").outputs[0].size() == 100'000);
  spec = shell_spec("head -c 100001 /dev/zero");
  spec.max_item_bytes = 100'000;
  CHECK(failure_of(spec, "x").error == "its output is larger than 100000 bytes (max_item_bytes)");
}

TEST_CASE("worker: an item ends with its process, and what that left behind is killed") {
  const std::string marker = unique_marker();
  WorkerSpec spec =
      shell_spec("sleep 1000 & setsid sleep 1000 & (setsid sh -c 'sleep 1000 & sleep 1000' &); echo done");
  spec.stage.env["POOLTOP_TEST_MARK"] = marker.substr(marker.find('=') + 1);
  WorkerHarness worker(spec);

  worker.give({"x", "y"});
  worker.wait_answers(2);

  CHECK(worker.answers[0].outputs == Outputs{"done"});
  CHECK(worker.answers[1].outputs == Outputs{"done"});
  CHECK(children_of(worker.pid()).empty());
  CHECK(processes_with(marker, "sleep").empty());
}

TEST_CASE("worker: a command that floods stderr neither blocks nor loses its end") {
  WorkerSpec spec = shell_spec("head -c 3000000 /dev/zero | tr '\\0' '\\n' >&2; echo last >&2; exit 7");
  CHECK(failure_of(spec, "x").error == "exited with 7: last");
}

TEST_CASE("worker: a command finds run, stage, slot, item and attempt in its environment") {
  WorkerSpec spec =
      shell_spec("echo $POOLTOP_RUN/$POOLTOP_STAGE/$POOLTOP_SLOT/$POOLTOP_ITEM_ID/$POOLTOP_ATTEMPT/$MINE");
  spec.run = "r";
  spec.stage.name = "s";
  spec.slot = 3;
  spec.stage.env = {{"MINE", "m"}};
  CHECK(one(spec, "x").outputs == Outputs{"r/s/3/0/1/m"});

  spec.stage.clear_env = true;
  ::setenv("POOLTOP_TEST_SECRET", "s3cret", 1);
  CommandWork work;
  work.argv = {"/usr/bin/env"};
  work.output = OutputMode::Lines;
  spec.stage.work = work;
  for (const std::string& line : one(spec, "x").outputs) {
    const std::string name = line.substr(0, line.find('='));
    const bool known = name.starts_with("POOLTOP_") || name == "MINE" || name == "PATH" || name == "HOME" ||
                       name == "LANG" || name == "TERM" || name == "TZ";
    CHECK_MESSAGE(known, line);
    CHECK(name != "POOLTOP_TEST_SECRET");
  }
}

TEST_CASE("worker: cwd and nice hold for the work, and ./tool is looked for where pooltop was started") {
  const TestFolder folder;
  const std::string tool = folder.write("tool", "#!/bin/sh\npwd; nice\n");
  ::chmod(tool.c_str(), 0755);
  folder.write("sub/x", "");
  WorkerSpec spec = command_spec({"./tool"}, OutputMode::Lines);
  spec.start_dir = folder.path();
  spec.stage.cwd = "sub";
  spec.stage.nice = 7;
  CHECK(one(spec, "x").outputs == Outputs{folder / "sub", "7"});
  spec.stage.cwd = "none";
  WorkerHarness worker(spec);
  CHECK(worker.wait_exit().code == 1);
  CHECK(worker.log().find("chdir " + (folder / "none") + ": No such file or directory") != std::string::npos);
}

TEST_CASE("worker: a worker killed with its command leaves the item named and no process") {
  const std::string marker = unique_marker();
  WorkerSpec spec = command_spec({"sleep", "1000"});
  spec.stage.env["POOLTOP_TEST_MARK"] = marker.substr(marker.find('=') + 1);
  WorkerHarness worker(spec);
  worker.give({"x"});
  worker.wait([&] { return worker.child() > 0 && worker.current() == 0; }, "the command");
  REQUIRE(eventually([&] { return processes_with(marker, "sleep").size() == 1; }));

  send_signal(worker.worker().pidfd, SIGKILL);
  const ProcessEnd end = worker.wait_exit();

  CHECK(end.code == SIGKILL);
  CHECK(worker.current() == 0);
  CHECK(eventually([&] { return processes_with(marker).empty(); }));
}
