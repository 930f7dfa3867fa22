// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <signal.h>

#include <filesystem>

#include "engine/base/io.h"
#include "engine/journal/spool.h"
#include "tests/unit/worker/kinds_support.h"

using namespace pooltop;
using namespace pooltop::testing;

namespace {

using Items = std::vector<std::string>;

WorkerSpec spooled(WorkerSpec spec, const TestFolder& folder, SpoolUse spool) {
  spec.stage.name = "come";
  spec.run_dir = folder.path();
  spec.spool = spool;
  return spec;
}

std::string kept(const TestFolder& folder) {
  std::string all;
  for (const std::string& file : spool_files(folder.path(), "come")) all += *read_file(file, 64u << 20);
  return all;
}

/// What a later life of the run reads, from item `skip` on.
Items read_kept(WorkerSpec spec, const TestFolder& folder, std::uint64_t skip = 0) {
  spec = spooled(std::move(spec), folder, SpoolUse::Read);
  spec.skip = skip;
  WorkerHarness worker(spec);
  CHECK(worker.wait_exit().is_success());
  CHECK(worker.has_ended);
  return worker.emitted;
}

/// Reads all of `text` as stdin.
void keep_stdin(WorkerSpec spec, const TestFolder& folder, const std::string& text) {
  PipeEnds pipe = make_pipe();
  WorkerHarness worker(spooled(std::move(spec), folder, SpoolUse::Keep), pipe.read.get());
  pipe.read.reset();
  std::string_view rest = text;
  set_nonblocking(pipe.write.get(), true);
  worker.wait(
      [&] {
        while (!rest.empty()) {
          const ssize_t n = ::write(pipe.write.get(), rest.data(), rest.size());
          if (n < 0) return false;
          rest.remove_prefix(static_cast<std::size_t>(n));
        }
        return true;
      },
      "the pipe to be read");
  pipe.write.reset();
  CHECK(worker.wait_exit().is_success());
}

WorkerSpec stdin_spec(const std::string& delimiter = "\n") { return source_spec(LinesSource{"-", delimiter}); }

}  // namespace

TEST_CASE("worker: what stdin gave is kept as it was, and read again from any item on") {
  Items items;
  std::string text;
  for (int i = 0; i < 30'000; ++i) text += items.emplace_back(std::to_string(i * 7919LL)) + "\n";
  const TestFolder folder;
  keep_stdin(stdin_spec(), folder, text);

  CHECK((kept(folder) == text));
  const auto end = read_spool_end(folder.path(), "come");
  REQUIRE(end.has_value());
  CHECK(end->items == items.size());
  for (const std::size_t skip : {std::size_t{0}, std::size_t{1}, std::size_t{12'345}, items.size() - 1, items.size()}) {
    const auto from = items.begin() + static_cast<std::ptrdiff_t>(skip);
    CHECK((read_kept(stdin_spec(), folder, skip) == Items(from, items.end())));
  }
}

TEST_CASE("worker: items that are kept have any bytes, an end without a newline, or are none") {
  for (const std::string& text :
       {std::string("a\nb\0\0c\xff\0last", 12), std::string(), std::string(1, '\0'), std::string(3, '\0')}) {
    const TestFolder folder;
    keep_stdin(stdin_spec(std::string(1, '\0')), folder, text);
    CHECK((kept(folder) == text));
    const TestFolder plain;
    const std::string file = plain.write("file", text);
    WorkerHarness expected(source_spec(LinesSource{file, std::string(1, '\0')}));
    CHECK(expected.wait_exit().is_success());
    CHECK((read_kept(stdin_spec(std::string(1, '\0')), folder) == expected.emitted));
  }
}

TEST_CASE("worker: a source that is kept up to its sentinel ends there again") {
  WorkerSpec spec = stdin_spec();
  std::get<SourceConfig>(spec.stage.work).sentinel = "END";
  const TestFolder folder;
  keep_stdin(spec, folder, "a\nb\nEND\nc\n");
  CHECK(read_spool_end(folder.path(), "come")->items == 2);
  CHECK(read_kept(spec, folder) == Items{"a", "b"});
}

TEST_CASE("worker: the lines of a command are kept; if it fails they have no end") {
  const TestFolder folder;
  const auto command = [](const std::string& shell) { return source_spec(CommandSource{{"sh", "-c", shell}}); };
  WorkerHarness good(spooled(command("seq 5; echo complaint >&2"), folder, SpoolUse::Keep));
  CHECK(good.wait_exit().is_success());
  CHECK(kept(folder) == "1\n2\n3\n4\n5\n");
  CHECK(read_kept(command("exit 1"), folder, 3) == Items{"4", "5"});

  const TestFolder other;
  WorkerHarness bad(spooled(command("seq 5; exit 3"), other, SpoolUse::Keep));
  CHECK(bad.wait_exit().code == 1);
  CHECK(kept(other) == "1\n2\n3\n4\n5\n");
  CHECK(!read_spool_end(other.path(), "come"));
}

TEST_CASE("worker: what it has handed over when it is killed is kept, and has no end") {
  const TestFolder folder;
  PipeEnds pipe = make_pipe();
  WorkerHarness worker(spooled(stdin_spec(), folder, SpoolUse::Keep), pipe.read.get());
  write_all(pipe.write.get(), "one\ntwo\nthr", "pipe");
  worker.wait_emitted(2);
  REQUIRE(::kill(worker.pid(), SIGKILL) == 0);
  CHECK(!worker.wait_exit().is_success());
  CHECK(kept(folder).starts_with("one\ntwo\n"));
  CHECK(!read_spool_end(folder.path(), "come"));
}

TEST_CASE("worker: a source whose spool is gone or in the way says so") {
  const TestFolder folder;
  WorkerHarness none(spooled(stdin_spec(), folder, SpoolUse::Read));
  CHECK(none.wait_exit().code == 1);
  REQUIRE(none.trouble.has_value());
  CHECK(none.trouble->first == "what it had read is not there any more");

  folder.write("spool", "");
  PipeEnds pipe = make_pipe();
  write_all(pipe.write.get(), "one\n", "pipe");
  pipe.write.reset();
  WorkerHarness blocked(spooled(stdin_spec(), folder, SpoolUse::Keep), pipe.read.get());
  CHECK(blocked.wait_exit().code == 1);
  CHECK(blocked.emitted.empty());
  REQUIRE(blocked.trouble.has_value());
  CHECK(blocked.trouble->first.find("Not a directory") != std::string::npos);
  CHECK(!blocked.trouble->second);
}
