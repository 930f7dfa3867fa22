// SPDX-License-Identifier: MIT
#include "engine/record/recording.h"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include "engine/record/json_change.h"
#include "engine/record/recorder.h"
#include "tests/unit/record/crawl_run.h"

namespace pooltop {
namespace {

// Of the figures above a reader has three decimals; no clock is in them.
void check_same(const Snapshot& read, const Snapshot& wanted) {
  CHECK(read.elapsed_s == wanted.elapsed_s);
  CHECK(read.items == wanted.items);
  CHECK(read.stages == wanted.stages);
  CHECK(read.workers == wanted.workers);
}

RecordedEvent event_of(std::uint64_t number, const std::string& kind) {
  return {number, "2026-01-31T12:00:43.120Z", kind, "fetch", 21877, "17", "killed by SIGSEGV"};
}

}  // namespace

TEST_CASE("record: what was recorded is read back, forwards, backwards and at random") {
  const RunFolder run;
  Recorder recorder(run.open());
  record(recorder, 100, 5);

  const auto recording = Recording::of_run(run.path());

  REQUIRE(recording);
  REQUIRE(recording->size() == 100);
  CHECK(recording->length_s() == 99);
  for (std::size_t i = 0; i < 100; ++i) check_same(recording->at(i), crawl_at(static_cast<double>(i), 5));
  for (std::size_t i = 100; i-- > 0;) check_same(recording->at(i), crawl_at(static_cast<double>(i), 5));
  for (std::size_t i = 0; i < 100; ++i) {
    const std::size_t at = i * 37 % 100;
    check_same(recording->at(at), crawl_at(static_cast<double>(at), 5));
  }
}

TEST_CASE("record: the file is its owner's alone") {
  const RunFolder run;
  Recorder recorder(run.open());
  struct stat info {};
  REQUIRE(::stat(run.file().c_str(), &info) == 0);
  CHECK((info.st_mode & 0777) == 0600);
}

TEST_CASE("record: a time finds the sample that was the last one then") {
  const RunFolder run;
  Recorder recorder(run.open());
  record(recorder, 10, 1);
  const Recording recording = *Recording::of_run(run.path());

  CHECK(recording.at_time(-5) == 0);
  CHECK(recording.at_time(0) == 0);
  CHECK(recording.at_time(3) == 3);
  CHECK(recording.at_time(3.999) == 3);
  CHECK(recording.at_time(1e9) == 9);
}

TEST_CASE("record: events stand at the first sample after them") {
  const RunFolder run;
  Recorder recorder(run.open());
  record(recorder, 3, 1);
  const RecordedEvent events[] = {event_of(1, "crash"), event_of(2, "retry")};
  recorder.take(crawl_at(3, 1), true, events);

  const Recording recording = *Recording::of_run(run.path());

  REQUIRE(recording.events().size() == 2);
  CHECK(recording.events()[0].sample == 3);
  CHECK(recording.events()[0].event == events[0]);
  CHECK(recording.events()[1].event == events[1]);
}

TEST_CASE("record: of thousands of retries in a second a few are kept, and none of the rare events is left out") {
  const RunFolder run;
  Recorder recorder(run.open());
  std::vector<RecordedEvent> events;
  for (std::uint64_t i = 0; i < 500; ++i) events.push_back(event_of(i, i % 100 == 0 ? "crash" : "retry"));
  recorder.take(crawl_at(0, 1), true, events);

  const Recording recording = *Recording::of_run(run.path());

  std::size_t crashes = 0;
  for (const auto& happened : recording.events()) crashes += happened.event.kind == "crash";
  CHECK(crashes == 5);
  CHECK(recording.events().size() < 50);
}

TEST_CASE("record: however long the run and however many its workers, the file keeps to its bound and has all of the run") {
  struct Size {
    std::uint32_t workers;
    std::size_t bytes;  // small, as a test has no day
  };
  constexpr std::uint64_t kSeconds = 900;
  for (const Size size : {Size{20, 100'000}, Size{1000, 400'000}}) {
    const RecorderLimits limits{.bytes = size.bytes, .recent = 60};
    const RunFolder folder;
    Recorder recorder(folder.open(), limits);
    for (std::uint64_t second = 0; second < kSeconds; ++second) {
      const bool with_rows = recorder.wants_rows(size.workers);
      const RecordedEvent events[] = {event_of(second, "retry"), event_of(second, "crash")};
      Snapshot run = crawl_at(static_cast<double>(second), size.workers);
      if (!with_rows) run.workers.clear();
      recorder.take(run, with_rows, std::span(events).first(second % 10 == 0 ? 2 : 1));
      if (second % 97 == 0) REQUIRE(std::filesystem::file_size(folder.file()) <= limits.bytes);
    }
    REQUIRE(recorder.is_on());
    const auto recording = Recording::of_run(folder.path());
    REQUIRE(recording);
    CHECK(recording->elapsed_s(0) == 0);
    CHECK(recording->length_s() == static_cast<double>(kSeconds - 1));
    CHECK(recording->lost_samples() == 0);
    CHECK(recording->size() > 100);
    CHECK(!recording->events().empty());
    for (std::size_t i = recording->size() - limits.recent; i + 1 < recording->size(); ++i)
      CHECK(recording->elapsed_s(i + 1) - recording->elapsed_s(i) == 1);
    const std::size_t stride = recording->size() / 40;
    for (std::size_t i = 0; i < recording->size(); i += stride) {
      const Snapshot sample = recording->at(i);
      CHECK(sample.stages == crawl_at(recording->elapsed_s(i), size.workers).stages);
      CHECK(sample.workers.size() == size.workers);
    }
  }
}

TEST_CASE("record: a file cut anywhere gives the samples that are whole, and says what is not") {
  const RunFolder run;
  Recorder recorder(run.open());
  record(recorder, 12, 2);
  const std::string whole = run.bytes();
  std::size_t before = 0;
  for (std::size_t size = 0; size < whole.size(); ++size) {
    try {
      const Recording recording(whole.substr(0, size));
      CHECK(recording.size() >= before);
      CHECK(recording.size() < 12);
      before = recording.size();
      check_same(recording.at(before - 1), crawl_at(static_cast<double>(before - 1), 2));
    } catch (const BadRecording&) {
      CHECK(before == 0);
    }
  }
  CHECK(before == 11);
  CHECK(Recording(whole + "garbage").torn_bytes() == 7);
  CHECK(Recording(whole).torn_bytes() == 0);
}

TEST_CASE("record: a byte that was changed anywhere costs what comes after it, never a wrong sample") {
  const RunFolder run;
  Recorder recorder(run.open());
  record(recorder, 6, 2);
  const std::string whole = run.bytes();
  for (std::size_t at = 0; at < whole.size(); ++at) {
    std::string damaged = whole;
    damaged[at] = static_cast<char>(damaged[at] ^ 0x20);
    try {
      const Recording recording(damaged);
      for (std::size_t i = 0; i < recording.size(); ++i)
        check_same(recording.at(i), crawl_at(static_cast<double>(i), 2));
    } catch (const BadRecording&) {
    }
  }
}

TEST_CASE("record: a newer format, another file and an empty one are each refused by name") {
  const auto refusal = [](const std::string& bytes) -> std::string {
    try {
      const Recording recording(bytes);
    } catch (const BadRecording& error) {
      return error.what();
    }
    return "";
  };
  CHECK(refusal("pooltop samples 2\nS....").find("format 2, of a newer pooltop") != std::string::npos);
  CHECK(refusal("hello\n").find("first line") != std::string::npos);
  CHECK(refusal("").find("first line") != std::string::npos);
  CHECK(refusal(first_line()).find("no whole sample") != std::string::npos);
}

TEST_CASE("record: a run without a recording has none") {
  const RunFolder run;
  CHECK(!Recording::of_run(run.path()));
}

TEST_CASE("record: a recorder that may not write stops and says why") {
  const RunFolder run;
  std::filesystem::create_symlink("/dev/null", run.file());
  Recorder linked(run.open());
  CHECK(!linked.is_on());
  CHECK(linked.failure().find("open samples") != std::string::npos);
  linked.take(crawl_at(0, 1), true, {});

  Recorder nowhere(Fd{});
  CHECK(!nowhere.is_on());
}

TEST_CASE("record: one status is a recording too") {
  const Recording one = Recording::of_one(crawl_at(75, 3));
  CHECK(one.size() == 1);
  CHECK(one.length_s() == 75);
  CHECK(one.at(0) == crawl_at(75, 3));
}

}  // namespace pooltop
