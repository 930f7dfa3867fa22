// SPDX-License-Identifier: MIT
#include "tui/app/replay_link.h"

#include <doctest/doctest.h>

#include "engine/record/json_change.h"
#include "engine/record/recorder.h"
#include "tests/unit/record/crawl_run.h"

namespace pooltop {
namespace {

// A recording of a hundred seconds, and a clock that goes when it is told to.
struct Playing {
  RunFolder folder;
  Nanos now = 1000 * kSecond;
  std::unique_ptr<ReplayLink> link;

  Playing() {
    Recorder recorder(folder.open());
    const RecordedEvent crash{1, "2026-01-31T12:00:30.100Z", "crash", "fetch", 20001, "", "slot 1: killed by SIGSEGV"};
    for (int second = 0; second < 100; ++second)
      recorder.take(crawl_at(second, 2), true, std::span(&crash, second == 30 ? 1 : 0));
    ReplaySource source;
    source.recording = std::make_shared<const Recording>(*Recording::of_run(folder.path()));
    source.logs_dir = folder.path() + "/logs";
    source.note = "to be said";
    link = std::make_unique<ReplayLink>(std::move(source), [this] { return now; });
  }
  Replayed take() {
    for (const Event& event : link->take_events())
      if (const auto* replayed = std::get_if<Replayed>(&event)) return *replayed;
    return {};
  }
  void ask(const char* what, std::int64_t by = 0) {
    link->send({0, "replay", {{"do", std::string(what)}, {"by", by}}});
  }
  [[nodiscard]] double shown() const { return link->snapshot().elapsed_s; }
  // What the monitor's loop does: whenever something is due, it is taken.
  std::vector<double> play_for(Nanos time) {
    std::vector<double> seen;
    const Nanos end = now + time;
    while (link->due() && *link->due() <= end) {
      now = std::max(now, *link->due());
      (void)take();
      if (seen.empty() || seen.back() != shown()) seen.push_back(shown());
    }
    now = end;
    (void)take();
    return seen;
  }
};

}  // namespace

TEST_CASE("app: a replay begins at the start, says its note, and plays second by second") {
  Playing replay;
  const Replayed first = replay.take();
  CHECK(first.note == "to be said");
  CHECK(first.replay.length_s == 99);
  CHECK(!first.replay.paused);
  CHECK(replay.shown() == 0);
  CHECK(replay.play_for(5 * kSecond) == std::vector<double>{1, 2, 3, 4, 5});
}

TEST_CASE("app: a paused replay stands and asks for no time; played again it goes on from there") {
  Playing replay;
  (void)replay.take();
  (void)replay.play_for(3 * kSecond);
  replay.ask("play");
  CHECK(replay.take().replay.paused);
  CHECK(!replay.link->due());
  replay.now += 50 * kSecond;
  (void)replay.take();
  CHECK(replay.shown() == 3);
  replay.ask("play");
  (void)replay.take();
  CHECK(replay.play_for(2 * kSecond) == std::vector<double>{4, 5});
}

TEST_CASE("app: twice the speed is twice the seconds; a fast replay shows a frame in a tenth of a second at most") {
  Playing replay;
  (void)replay.take();
  for (int i = 0; i < 4; ++i) replay.ask("speed", 1);
  CHECK(replay.take().replay.speed == 16);
  const auto seen = replay.play_for(2 * kSecond);
  CHECK(replay.shown() == 32);
  CHECK(seen.size() <= 21);
  for (int i = 0; i < 20; ++i) replay.ask("speed", -1);
  CHECK(replay.take().replay.speed == 0.25);
}

TEST_CASE("app: steps pause and go a sample back and on, and stop at both ends") {
  Playing replay;
  (void)replay.take();
  replay.ask("step", 1);
  CHECK(replay.take().replay.paused);
  CHECK(replay.shown() == 1);
  replay.ask("step", -1);
  replay.ask("step", -1);
  (void)replay.take();
  CHECK(replay.shown() == 0);
  replay.ask("end");
  replay.ask("step", 1);
  (void)replay.take();
  CHECK(replay.shown() == 99);
}

TEST_CASE("app: a place is gone to with all that came before it; forwards, with what lies between") {
  Playing replay;
  (void)replay.take();
  replay.ask("seconds", 60);
  Replayed moved = replay.take();
  CHECK(!moved.jumped);
  CHECK(moved.passed.size() == 59);
  CHECK(moved.happened.size() == 1);
  CHECK(replay.shown() == 60);

  replay.ask("seconds", -20);
  moved = replay.take();
  CHECK(moved.jumped);
  REQUIRE(moved.passed.size() == 40);
  CHECK(moved.passed.back().elapsed_s == 39);
  REQUIRE(moved.happened.size() == 1);
  CHECK(moved.happened[0].time == "12:00:30");
  CHECK(moved.happened[0].text == "crash in fetch pid 20001: slot 1: killed by SIGSEGV");

  replay.ask("start");
  moved = replay.take();
  CHECK(moved.jumped);
  CHECK(moved.passed.empty());
  CHECK(moved.happened.empty());
}

TEST_CASE("app: at its end a replay pauses; played there it begins again") {
  Playing replay;
  (void)replay.take();
  (void)replay.play_for(200 * kSecond);
  CHECK(replay.shown() == 99);
  CHECK(!replay.link->due());
  replay.ask("play");
  CHECK(!replay.take().replay.paused);
  CHECK(replay.shown() == 0);
}

TEST_CASE("app: a replay shows the output that was there then, and refuses what was not recorded") {
  Playing replay;
  std::filesystem::create_directory(replay.folder.path() + "/logs");
  std::ofstream(replay.folder.path() + "/logs/fetch.1.log") << "2026-01-31T12:00:05.000Z 20001 out early\n"
                                                            << "2026-01-31T12:00:50.000Z 20999 err late\n";
  (void)replay.take();
  const auto tail = [&](const std::string& cursor) {
    replay.link->send({7, "tail", {{"pid", std::int64_t{20001}}, {"cursor", cursor}}});
    for (const Event& event : replay.link->take_events())
      if (const auto* answered = std::get_if<Answered>(&event)) return *answered;
    return Answered{};
  };
  CHECK(tail("").lines.empty());
  replay.ask("seconds", 10);
  (void)replay.take();
  Answered answer = tail("0");
  REQUIRE(answer.lines.size() == 1);
  CHECK(answer.lines[0].text == "early");
  replay.ask("end");
  (void)replay.take();
  answer = tail(answer.cursor);
  REQUIRE(answer.lines.size() == 1);
  CHECK(answer.lines[0].text == "late");

  replay.link->send({8, "peek", {}});
  const auto events = replay.link->take_events();
  REQUIRE(!events.empty());
  CHECK(std::get<Answered>(events[0]).error == "\"peek\" is not recorded");
}

}  // namespace pooltop
