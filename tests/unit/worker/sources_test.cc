// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <fcntl.h>

#include "engine/base/io.h"
#include "tests/support/process_support.h"
#include "tests/unit/worker/kinds_support.h"

using namespace pooltop;
using namespace pooltop::testing;

namespace {

using Strings = std::vector<std::string>;

Strings emitted(WorkerSpec spec, int stream = -1) {
  WorkerHarness worker(std::move(spec), stream);
  CHECK(worker.wait_exit().is_success());
  CHECK(worker.has_ended);
  CHECK(!worker.trouble);
  return worker.emitted;
}

WorkerSpec lines_spec(const std::string& file, const std::string& delimiter = "\n") {
  return source_spec(LinesSource{file, delimiter});
}

WorkerSpec command_source(const std::string& shell) { return source_spec(CommandSource{{"sh", "-c", shell}}); }

std::string trouble_of(WorkerSpec spec, std::size_t items, int stream = -1) {
  WorkerHarness worker(std::move(spec), stream);
  CHECK(worker.wait_exit().code == 1);
  CHECK(!worker.has_ended);
  CHECK(worker.emitted.size() == items);
  REQUIRE(worker.trouble.has_value());
  CHECK(!worker.trouble->second);
  return worker.trouble->first;
}

}  // namespace

TEST_CASE("worker: inline items are emitted as they are, up to the sentinel") {
  Strings items = hard_items();
  items.emplace_back(20 << 20, 'x');
  CHECK((emitted(source_spec(ItemsSource{items})) == items));
  CHECK(emitted(source_spec(ItemsSource{})).empty());

  WorkerSpec spec = source_spec(ItemsSource{{"a", "STOP", "b"}});
  std::get<SourceConfig>(spec.stage.work).sentinel = "STOP";
  CHECK(emitted(spec) == Strings{"a"});
  std::get<SourceConfig>(spec.stage.work).sentinel = "";
  CHECK(emitted(spec).size() == 3);
}

TEST_CASE("worker: a range counts as Python's does, and a successor goes on behind what was handed over") {
  CHECK(emitted(source_spec(RangeSource{0, 5, 1})) == Strings{"0", "1", "2", "3", "4"});
  CHECK(emitted(source_spec(RangeSource{5, -6, -5})) == Strings{"5", "0", "-5"});
  CHECK(emitted(source_spec(RangeSource{5, 5, 1})).empty());
  CHECK(emitted(source_spec(RangeSource{0, 5, -1})).empty());
  CHECK(emitted(source_spec(RangeSource{INT64_MAX - 1, INT64_MAX, 1})) == Strings{"9223372036854775806"});
  CHECK(emitted(source_spec(RangeSource{INT64_MAX - 2, INT64_MAX, 100})) == Strings{"9223372036854775805"});
  CHECK(emitted(source_spec(RangeSource{INT64_MIN, INT64_MAX, INT64_MAX})).size() == 3);

  WorkerSpec spec = source_spec(RangeSource{0, 100'000, 1});
  spec.skip = 99'998;
  spec.is_successor = true;
  CHECK(emitted(spec) == Strings{"99998", "99999"});
  std::get<SourceConfig>(spec.stage.work).sentinel = "99999";
  CHECK(emitted(spec) == Strings{"99998"});
  spec.skip = UINT64_MAX;
  CHECK(emitted(spec).empty());
}

TEST_CASE("worker: lines of a file are items without their delimiter") {
  const TestFolder folder;
  CHECK(emitted(lines_spec(folder.write("a", "one\ntwo\n"))) == Strings{"one", "two"});
  CHECK(emitted(lines_spec(folder.write("b", "one\n\ntwo"))) == Strings{"one", "", "two"});
  CHECK(emitted(lines_spec(folder.write("c", ""))).empty());
  CHECK(emitted(lines_spec(folder.write("d", "\n"))) == Strings{""});
  CHECK(emitted(lines_spec(folder.write("e", "a\r\nb"))) == Strings{"a\r", "b"});
  CHECK(emitted(lines_spec(folder.write("f", std::string("a\nb\0c\0\xff", 7)), std::string(1, '\0'))) ==
        Strings{"a\nb", "c", "\xff"});
  Strings many;
  std::string text;
  for (int i = 0; i < 200'000; ++i) text += many.emplace_back(std::to_string(i * 7919LL)) + "\n";
  const std::string file = folder.write("many", text);
  CHECK((emitted(lines_spec(file)) == many));
  WorkerSpec spec = lines_spec("many");
  spec.start_dir = folder.path();
  spec.skip = 199'999;
  spec.is_successor = true;
  CHECK(emitted(spec) == Strings{many.back()});
}

TEST_CASE("worker: a line of 16 MiB is an item, a longer one stops the source by its number") {
  const TestFolder folder;
  const std::string file = folder.write("large", "a\n" + std::string(16 << 20, 'x') + "\nb");
  CHECK(emitted(lines_spec(file)).size() == 3);
  WorkerSpec spec = lines_spec(file);
  spec.max_item_bytes = 1 << 20;
  CHECK(trouble_of(spec, 1) == file + ": line 2 is longer than 1048576 bytes (max_item_bytes)");
}

TEST_CASE("worker: a file that cannot be read is told by its name") {
  const TestFolder folder;
  CHECK(trouble_of(lines_spec(folder / "none"), 0) == "open " + (folder / "none") + ": No such file or directory");
  CHECK(trouble_of(lines_spec(folder.path()), 0) == "read " + folder.path() + ": Is a directory");
}

TEST_CASE("worker: lines of stdin are emitted as they come; a successor says that they cannot be read again") {
  PipeEnds pipe = make_pipe();
  WorkerHarness worker(lines_spec("-"), pipe.read.get());
  write_all(pipe.write.get(), "one\ntw", "pipe");
  worker.wait_emitted(1);
  CHECK(worker.emitted == Strings{"one"});
  write_all(pipe.write.get(), "o\nlast", "pipe");
  worker.wait_emitted(2);
  pipe.write.reset();
  CHECK(worker.wait_exit().is_success());
  CHECK(worker.emitted == Strings{"one", "two", "last"});

  WorkerSpec spec = lines_spec("-");
  spec.is_successor = true;
  CHECK(trouble_of(spec, 0, pipe.read.get()).starts_with("standard input cannot be read again"));
}

TEST_CASE("worker: a glob emits paths as its pattern writes them") {
  const TestFolder folder;
  folder.write("a/x.c", "");
  folder.write("a/b/y.c", "");
  WorkerSpec spec = source_spec(GlobSource{{"**/*.c"}});
  spec.start_dir = folder.path();
  CHECK(emitted(spec) == Strings{"a/b/y.c", "a/x.c"});
  spec.skip = 1;
  CHECK(emitted(spec) == Strings{"a/x.c"});
  std::get<SourceConfig>(spec.stage.work).from = GlobSource{{"*.none"}};
  spec.skip = 0;
  WorkerHarness worker(spec);
  CHECK(worker.wait_exit().is_success());
  CHECK(worker.log().find("no file matches") != std::string::npos);
}

TEST_CASE("worker: a command's lines are items, its stderr is logged, its failure stops the source behind them") {
  CHECK(emitted(command_source("printf 'a\\nb\\n\\nc'")) == Strings{"a", "b", "", "c"});
  CHECK(emitted(command_source("seq 100000")).size() == 100'000);
  CHECK(trouble_of(command_source("echo a; exit 3"), 1) == "sh exited with 3");
  CHECK(trouble_of(command_source("echo a; kill -9 $$"), 1) == "sh ended by SIGKILL");
  CHECK(trouble_of(source_spec(CommandSource{{"no-such-program"}}), 0).starts_with("exec no-such-program"));
  WorkerHarness worker(command_source("echo a; echo complaint >&2"));
  CHECK(worker.wait_exit().is_success());
  CHECK(worker.log().find(" err complaint\n") != std::string::npos);
  WorkerSpec spec = command_source("echo a");
  spec.is_successor = true;
  CHECK(trouble_of(spec, 0).find("cannot be read again") != std::string::npos);
}

TEST_CASE("worker: a command that goes on behind the sentinel is ended") {
  const std::string marker = unique_marker();
  const auto marked = [&](WorkerSpec spec) {
    spec.stage.env["POOLTOP_TEST_MARK"] = marker.substr(marker.find('=') + 1);
    return spec;
  };
  WorkerSpec spec = marked(command_source("echo a; echo END; exec yes"));
  std::get<SourceConfig>(spec.stage.work).sentinel = "END";
  CHECK(emitted(spec) == Strings{"a"});
  CHECK(eventually([&] { return processes_with(marker).empty(); }));

  WorkerSpec deaf = marked(command_source("echo a; echo END; trap '' TERM; sleep 1000 & sleep 1000"));
  std::get<SourceConfig>(deaf.stage.work).sentinel = "END";
  CHECK(emitted(deaf) == Strings{"a"});
  CHECK(eventually([&] { return processes_with(marker).empty(); }));
}

TEST_CASE("worker: a process that a source's command leaves behind does not hold up the end") {
  CHECK(emitted(command_source("echo a; sleep 1000 >/dev/null & exit 0")) == Strings{"a"});
}
