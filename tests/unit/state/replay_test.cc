// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include "tests/unit/state/crawl.h"
#include "tui/keys/key_table.h"

namespace pooltop {
namespace {

// A monitor on a recording, ten seconds into it.
struct Replayer : Driven {
  Replayer() : Driven(/*owns_run=*/false) { replayed({}); }
  void replayed(Replayed what) {
    what.replay.length_s = 60;
    what.replay.position_s = run.elapsed_s;
    event(what);
    data();
  }
  void jump(double elapsed_s, std::vector<Snapshot> passed = {}) {
    run.elapsed_s = elapsed_s;
    Replayed what;
    what.jumped = true;
    what.passed = std::move(passed);
    replayed(what);
  }
};

Snapshot at_second(double elapsed_s, std::uint64_t out) {
  Snapshot run = crawl_run();
  run.elapsed_s = elapsed_s;
  for (StageStatus& stage : run.stages) stage.out = out;
  return run;
}

}  // namespace

TEST_CASE("state: the keys of a replay ask its link to play, step, go slower and faster, and to other places") {
  Replayer ui;
  ui.keys(U"z,.<>[]{}");
  std::vector<std::string> asked;
  for (const ControlRequest& request : ui.sent) asked.push_back(text_of(request));
  CHECK(asked == std::vector<std::string>{"replay do=play", "replay do=step by=-1", "replay do=step by=1",
                                          "replay do=speed by=-1", "replay do=speed by=1", "replay do=seconds by=-60",
                                          "replay do=seconds by=60", "replay do=start", "replay do=end"});
  CHECK(!ui.state.frozen_since);
}

TEST_CASE("state: in a replay nothing that changes a run is sent, and it is said why") {
  Replayer ui;
  ui.key(kKeyEnter);
  for (const KeyRow& row : key_table()) {
    if (!row.changes_run) continue;
    ui.state.message.reset();
    ui.key(row.keys[0]);
    CHECK(ui.said() == "this is a recording: nothing in it can be changed");
    CHECK(!ui.state.dialog);
  }
  CHECK(ui.sent.empty());
}

TEST_CASE("state: q and Ctrl-C leave a replay at once") {
  for (const Key key : {Key{U'q'}, ctrl('C')}) {
    Replayer ui;
    ui.key(key);
    CHECK(ui.effect == Effect::Leave);
    CHECK(!ui.state.dialog);
  }
}

TEST_CASE("state: the keys of a replay say what they are for where a run is watched") {
  Driven ui;
  ui.key(U'<');
  CHECK(ui.said() == "< is for recordings: pooltop replay crawl shows that of this run");
  CHECK(ui.sent.empty());
}

TEST_CASE("state: after a jump back the history is that of the time before, not of what was seen") {
  Replayer ui;
  for (int second = 11; second < 40; ++second) {
    ui.run = at_second(second, static_cast<std::uint64_t>(second) * 1000);
    Replayed on;
    ui.replayed(on);
  }
  CHECK(ui.state.history.out_rates(1).back() == doctest::Approx(1000));

  std::vector<Snapshot> before;
  for (int second = 0; second < 5; ++second) before.push_back(at_second(second, static_cast<std::uint64_t>(second) * 7));
  ui.run = at_second(5, 35);
  ui.jump(5, before);

  CHECK(ui.state.history.out_rates(60) == std::vector<double>(5, 7.0));
}

TEST_CASE("state: samples that were played over are in the history too") {
  Replayer ui;
  Replayed fast;
  for (int second = 11; second < 15; ++second)
    fast.passed.push_back(at_second(second, static_cast<std::uint64_t>(second) * 3));
  ui.run = at_second(15, 45);
  ui.replayed(fast);
  const auto rates = ui.state.history.out_rates(4);
  CHECK(rates == std::vector<double>(4, 3.0));
}

TEST_CASE("state: a replay that goes back from the end shows the run again, not its verdict") {
  Replayer ui;
  const Snapshot alive = ui.run;
  ui.run.state = RunState::Done;
  ui.run.workers.clear();
  ui.replayed({});
  CHECK(ui.state.ended_seen);
  ui.run = alive;
  ui.jump(9);
  CHECK(!ui.state.ended_seen);
}

TEST_CASE("state: what happened is told as it is played over, and listed; a jump lists what came before it") {
  Replayer ui;
  Replayed on;
  on.happened = {{"12:00:43", "crash in fetch pid 102: killed by SIGSEGV", ""}};
  ui.replayed(on);
  CHECK(ui.said() == "12:00:43 crash in fetch pid 102: killed by SIGSEGV");
  CHECK(ui.state.log.size() == 1);

  ui.state.message.reset();
  ui.jump(3);
  CHECK(ui.state.log.empty());
  CHECK(ui.said().empty());
}

TEST_CASE("state: a worker that is not there yet is not said to be gone") {
  Replayer ui;
  ui.key(kKeyEnter);
  REQUIRE(ui.at() != 0);
  ui.state.message.reset();
  ui.run.workers.clear();
  ui.jump(1);
  CHECK(ui.said().empty());
}

TEST_CASE("state: after a jump no output of another time is shown, counted or found") {
  Replayer ui;
  OutputLine late;
  late.text = "written later";
  add_lines(ui.state.output, {late, late});
  REQUIRE(ui.state.output.shown.size() == 2);
  ui.state.output.cursor = "2";

  ui.jump(3);

  CHECK(ui.state.output.lines.empty());
  CHECK(ui.state.output.shown.empty());
  CHECK(ui.state.output.cursor.empty());
}

TEST_CASE("state: a replay that stands is no silent engine") {
  Replayer ui;
  ui.now += 60 * kSecond;
  ui.event(Ticked{});
  CHECK(!ui.changed);
}

}  // namespace pooltop
