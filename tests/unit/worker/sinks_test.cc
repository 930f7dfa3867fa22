// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <filesystem>
#include <functional>

#include "engine/base/error.h"
#include "engine/base/io.h"
#include "tests/support/texts.h"
#include "tests/unit/worker/kinds_support.h"

using namespace pooltop;
using namespace pooltop::testing;

namespace {

bool disk_is_broken = false;

using Strings = std::vector<std::string>;

}  // namespace

// In place of the C library's: the sink's worker is a fork of this program.
extern "C" int fdatasync(int fd) {
  if (!disk_is_broken) return ::fsync(fd);
  errno = EIO;
  return -1;
}

TEST_CASE("worker: a lines sink writes items as they are and acknowledges the file's length") {
  const TestFolder folder;
  const std::string file = folder.write("out", "old content that is longer than the new one");
  WorkerHarness worker(sink_spec(LinesSink{file, "\n"}));

  const auto answers = worker.run({"a", "", "b\nc"});

  CHECK(content(file) == "a\n\nb\nc\n");
  REQUIRE(answers.size() == 3);
  CHECK(answers[2].written == 7);
  CHECK(worker.has_ended);
}

TEST_CASE("worker: a file sink takes many items, of any size, and makes its file at the start") {
  const TestFolder folder;
  const std::string file = folder / "out";
  WorkerSpec spec = sink_spec(LinesSink{"out", std::string(1, '\0')});
  spec.start_dir = folder.path();
  Strings items = numbers(20'000);
  items.emplace_back(16 << 20, 'x');
  std::string expected;
  for (const std::string& item : items) (expected += item) += '\0';
  WorkerHarness worker(spec);

  const auto answers = worker.run(items);

  CHECK(answers.size() == items.size());
  CHECK((content(file) == expected));
  CHECK(answers.back().written == expected.size());
  WorkerHarness second(spec);
  second.give_end();
  CHECK(second.wait_exit().is_success());
  CHECK(content(file).empty());
}

TEST_CASE("worker: a sink's successor cuts what was not acknowledged and goes on behind the rest") {
  const TestFolder folder;
  const std::string file = folder.write("out", "one\ntwo\nthr");
  WorkerSpec spec = sink_spec(LinesSink{file, "\n"});
  spec.written = 4;
  spec.is_successor = true;
  WorkerHarness worker(spec);

  const auto answers = worker.run({"two", "three"});

  CHECK(content(file) == "one\ntwo\nthree\n");
  CHECK(answers[1].written == 14);
  spec.written = 100;
  WorkerHarness changed(spec);
  CHECK(changed.wait_exit().code == 1);
  REQUIRE(changed.trouble.has_value());
  CHECK(changed.trouble->first.find("is shorter (14 bytes)") != std::string::npos);
}

TEST_CASE("worker: jsonl lines hold the id and the item as string, bytes or value") {
  const TestFolder folder;
  const std::string file = folder / "out";
  CHECK(WorkerHarness(sink_spec(JsonlSink{file, false})).run({"a\"b\n", "\xff", "{\"k\": 1}"}, 2).size() == 3);
  CHECK(content(file) == R"({"id":"0","value":"a\"b\n"}
{"id":"1","base64":"/w=="}
{"id":"2","value":"{\"k\": 1}"}
)");
  CHECK(WorkerHarness(sink_spec(JsonlSink{file, true})).run({"{\"k\":\n 1.50}", "plain", "\xff"}).size() == 3);
  CHECK(content(file) == R"({"id":"0","value":{"k":1.50}}
{"id":"1","value":"plain"}
{"id":"2","base64":"/w=="}
)");
}

TEST_CASE("worker: a csv sink's successor knows the header that its predecessor wrote") {
  const TestFolder folder;
  const std::string file = folder / "out";
  const auto first = WorkerHarness(sink_spec(CsvSink{file})).run({R"({"a,b":1,"c":2})", R"({"d":3})", R"({"c":4})"});
  REQUIRE(first.size() == 3);
  REQUIRE(first[1].failure.has_value());
  CHECK(first[1].failure->error == "key \"d\" is not in the header, which the first object gave");
  WorkerSpec spec = sink_spec(CsvSink{file});
  spec.written = first[2].written;
  spec.is_successor = true;
  CHECK(!WorkerHarness(spec).run({R"({"c":"x y","a,b":null})"})[0].failure.has_value());
  CHECK(content(file) == "\"a,b\",c\r\n1,2\r\n,4\r\n,x y\r\n");
}

TEST_CASE("worker: a full disk is told as trouble that may pass, and nothing half written stays") {
  // A file size limit gives EFBIG where a full disk gives ENOSPC: /dev/full for the one, the limit for the other.
  WorkerHarness full(sink_spec(LinesSink{"/dev/full", "\n"}));
  full.give({"a"});
  CHECK(full.wait_exit().code == 1);
  REQUIRE(full.trouble.has_value());
  CHECK(full.trouble->first == "write /dev/full: No space left on device");
  CHECK(full.trouble->second);
  CHECK(full.answers.empty());

  const TestFolder folder;
  const std::string file = folder / "out";
  const rlimit limit{100'000, 100'000};
  WorkerSpec spec = sink_spec(LinesSink{file, "\n"});
  spec.log_file = "/dev/null";
  rlimit before{};
  ::getrlimit(RLIMIT_FSIZE, &before);
  const rlimit soft{limit.rlim_cur, before.rlim_max};
  ::setrlimit(RLIMIT_FSIZE, &soft);
  // The region is a file too: its size would be limited, so the limit is set for the worker only.
  ::setrlimit(RLIMIT_FSIZE, &before);
  WorkerHarness worker(spec);
  REQUIRE(::prlimit(worker.pid(), RLIMIT_FSIZE, &soft, nullptr) == 0);
  worker.give({std::string(60'000, 'a')});
  worker.wait_answers(1);
  worker.give({std::string(60'000, 'b')});
  CHECK(worker.wait_exit().code == 1);
  REQUIRE(worker.trouble.has_value());
  CHECK(worker.trouble->first == "write " + file + ": File too large");
  CHECK(!worker.trouble->second);
  CHECK(worker.answers.size() == 1);
  CHECK(content(file).size() == 60'001);
}

TEST_CASE(
    "worker: with durability fsync nothing is acknowledged that is not on the disk, without it nothing is synced") {
  const TestFolder folder;
  WorkerSpec spec = sink_spec(LinesSink{folder / "out", "\n"});
  disk_is_broken = true;
  CHECK(WorkerHarness(spec).run({"a", "b"}).size() == 2);

  spec.syncs = true;
  WorkerHarness broken(spec);
  broken.give({"a", "b"});
  CHECK(broken.wait_exit().code == 1);
  REQUIRE(broken.trouble.has_value());
  CHECK(broken.trouble->first == "fdatasync " + (folder / "out") + ": Input/output error");
  CHECK(broken.answers.empty());
  CHECK(content(folder / "out").empty());

  disk_is_broken = false;
  CHECK(WorkerHarness(spec).run({"a", "b"}).size() == 2);
  CHECK(content(folder / "out") == "a\nb\n");
}

TEST_CASE("worker: a sink that cannot open its file says so") {
  WorkerHarness worker(sink_spec(LinesSink{"/no/such/folder/out", "\n"}));
  CHECK(worker.wait_exit().code == 1);
  REQUIRE(worker.trouble.has_value());
  CHECK(worker.trouble->first == "open /no/such/folder/out: No such file or directory");
}

TEST_CASE("worker: standard output is written, never cut, and its reader's end is told as EPIPE") {
  PipeEnds pipe = make_pipe();
  WorkerSpec spec = sink_spec(LinesSink{"-", "\n"});
  WorkerHarness worker(spec, pipe.write.get());
  const auto answers = worker.run({"a", "b"});
  REQUIRE(answers.size() == 2);
  CHECK(answers[1].written == 0);
  char text[16];
  CHECK(std::string(text, static_cast<std::size_t>(::read(pipe.read.get(), text, sizeof text))) == "a\nb\n");

  pipe.read.reset();
  WorkerHarness gone(spec, pipe.write.get());
  gone.give({"a"});
  CHECK(gone.wait_exit().code == 1);
  REQUIRE(gone.trouble.has_value());
  CHECK(gone.trouble->first == "EPIPE");

  const TestFolder folder;
  const std::string file = folder.write("out", "before\n");
  const Fd append(::open(file.c_str(), O_WRONLY | O_APPEND));
  spec.written = 0;
  CHECK(WorkerHarness(spec, append.get()).run({"a"}).size() == 1);
  CHECK(content(file) == "before\na\n");
}

TEST_CASE("worker: a standard output that somebody made non-blocking gets everything") {
  PipeEnds pipe = make_pipe(O_NONBLOCK);
  set_nonblocking(pipe.read.get(), false);
  WorkerHarness worker(sink_spec(LinesSink{"-", "\n"}), pipe.write.get());
  pipe.write.reset();
  worker.give({std::string(300'000, 'x')});
  worker.give_end();
  const pid_t reader = ::fork();
  if (reader == 0) {
    const auto all = read_to_end(pipe.read.get(), 1 << 20, "pipe");
    ::_exit(all && all->size() == 300'001 ? 0 : 1);
  }
  worker.wait_answers(1);
  CHECK(worker.wait_exit().is_success());
  const Child child{reader, open_pidfd(reader)};
  const auto end = wait_end(child.pidfd, 10 * kSecond);
  REQUIRE(end.has_value());
  CHECK(end->is_success());
}

TEST_CASE("worker: a command sink gets a line per item and its failure at the end is trouble") {
  const TestFolder folder;
  const std::string file = folder / "out";
  WorkerHarness worker(sink_spec(CommandSink{{"sh", "-c", "cat > " + file + "; echo said; echo complained >&2"}}));
  const Strings items = numbers(50'000);
  const auto answers = worker.run(items);
  CHECK(answers.size() == items.size());
  CHECK(content(file).size() == 288'890);
  CHECK(worker.log().find(" out said\n") != std::string::npos);
  CHECK(worker.log().find(" err complained\n") != std::string::npos);

  WorkerHarness failing(sink_spec(CommandSink{{"sh", "-c", "cat >/dev/null; exit 3"}}));
  failing.give({"a"});
  failing.give_end();
  CHECK(failing.wait_exit().code == 1);
  CHECK(failing.answers.size() == 1);
  REQUIRE(failing.trouble.has_value());
  CHECK(failing.trouble->first == "sh exited with 3");
}

TEST_CASE("worker: items that a dying command sink had not read are not acknowledged") {
  // Reads exactly two lines of 30,000 bytes, then dies with more in its pipe.
  WorkerHarness worker(sink_spec(CommandSink{{"sh", "-c", "head -c 60002 >/dev/null; kill -9 $$"}}));
  worker.give(Strings(5, std::string(30'000, 'x')), 1);

  const ProcessEnd end = worker.wait_exit();

  CHECK(end.kind == ProcessEnd::Kind::Signaled);
  CHECK(end.code == SIGKILL);
  CHECK(worker.answers.size() == 2);
  CHECK(worker.current() == 2);
}

TEST_CASE("worker: discard acknowledges everything") {
  CHECK(WorkerHarness(sink_spec(DiscardSink{})).run(numbers(10'000)).size() == 10'000);
}

TEST_CASE("worker: a sink killed at any time has acknowledged nothing that is not in the file") {
  for (int round = 0; round < 30; ++round) {
    const TestFolder folder;
    const std::string file = folder / "out";
    WorkerHarness worker(sink_spec(LinesSink{file, "\n"}));
    worker.give(numbers(20'000), 8);
    worker.wait_answers(static_cast<std::size_t>(1 + round * 300));
    send_signal(worker.worker().pidfd, SIGKILL);
    (void)worker.wait_exit();

    std::uint64_t written = 0;
    std::uint64_t expected = 0;
    for (const auto& [number, answer] : worker.answers) {
      written = std::max(written, answer.written);
      expected += std::to_string(number).size() + 1;
    }
    CHECK(written == expected);
    CHECK(content(file).size() >= written);
  }
}
