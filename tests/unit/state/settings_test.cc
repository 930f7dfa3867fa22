// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include "tests/unit/state/settings_support.h"

namespace pooltop {

TEST_CASE("state: c shows the settings of the stage, asked for once a second while they are shown") {
  Driven ui;
  ui.key(U'c');
  CHECK(ui.state.overlay == Overlay::Settings);
  CHECK(ui.state.settings.stage == "fetch");
  CHECK(ui.state.settings.rows().empty());
  REQUIRE(asked_settings(ui) == 1);

  ui.event(settings_answer(ui.state));
  CHECK(ui.state.settings.rows().size() == 5);
  CHECK(ui.state.settings.key == "workers");
  ui.event(Ticked{});
  CHECK(asked_settings(ui) == 1);
  ui.now += kSecond;
  ui.event(Ticked{});
  CHECK(asked_settings(ui) == 2);
  ui.now += kSecond;
  ui.event(Ticked{});
  CHECK(asked_settings(ui) == 2);  // the one before was not answered

  ui.key(kKeyEsc);
  CHECK(ui.state.overlay == Overlay::None);
  ui.now += 10 * kSecond;
  ui.event(Ticked{});
  CHECK(asked_settings(ui) == 2);
  CHECK(ui.sent.empty());
}

TEST_CASE("state: c on a worker shows the settings of its stage; where no stage is, it says so") {
  Driven ui;
  ui.keys(U"2G");
  REQUIRE(ui.at() == 201);
  ui.key(U'c');
  CHECK(ui.state.settings.stage == "store");
  ui.keys(U"c4");
  CHECK(ui.state.overlay == Overlay::None);
  ui.key(U'c');
  CHECK(ui.state.overlay == Overlay::None);
  CHECK(ui.said() == "settings are a stage's: 1 and 2 show stages and workers");
}

TEST_CASE("state: Enter opens a line with the value, Enter sends it, and it closes when the engine took it") {
  Driven ui = in_settings("timeout");
  ui.key(kKeyEnter);
  REQUIRE(ui.state.prompt);
  CHECK(ui.state.prompt->label == "fetch.timeout (now 30s)");
  CHECK(ui.state.prompt->line.text == "30s");
  ui.key(ctrl('U'));
  ui.keys(U"1m\r");

  REQUIRE(ui.sent.size() == 1);
  CHECK(text_of(ui.sent[0]) == R"(set stage=fetch key=timeout value="1m")");
  REQUIRE(ui.state.prompt);
  CHECK(ui.state.prompt->hint == "setting..");
  ui.key(kKeyEnter);
  CHECK(ui.sent.size() == 1);  // it is on its way

  ui.event(set_answer(ui.sent[0].id, {{"fetch", "timeout", "\"1m\"", "\"30s\""}}));
  CHECK_FALSE(ui.state.prompt);
  CHECK(ui.said() == "fetch.timeout is 1m, was 30s");
  REQUIRE(ui.state.message);
  CHECK(ui.state.message->cli == "pooltop set crawl fetch.timeout=1m");
  REQUIRE_FALSE(ui.state.log.empty());
  CHECK(ui.state.log.back().cli == "pooltop set crawl fetch.timeout=1m");
  CHECK(ui.state.settings.selected()->value == "\"1m\"");
  CHECK(asked_settings(ui) == 2);  // at once: what else came of it
}

TEST_CASE("state: what the engine refuses is said beside the line, which stays with its text") {
  Driven ui = in_settings("timeout");
  ui.keys(U"\r");
  ui.key(ctrl('U'));
  ui.keys(U"soon\r");
  REQUIRE(ui.sent.size() == 1);

  ui.event(Answered{ui.sent[0].id, "fetch.timeout: must be a duration, got \"soon\" (bad_request)", {}, "", {}});
  REQUIRE(ui.state.prompt);
  CHECK(ui.state.prompt->line.text == "soon");
  CHECK(ui.state.settings.complaint == "fetch.timeout: must be a duration, got \"soon\" (bad_request)");
  CHECK_FALSE(ui.state.message);
  CHECK(ui.state.log.back().text == "refused: fetch.timeout: must be a duration, got \"soon\" (bad_request)");

  ui.key(kKeyBackspace);
  CHECK_FALSE(ui.state.settings.complaint.empty());
  ui.keys(U"\r");
  CHECK(ui.state.settings.complaint.empty());
  CHECK(ui.sent.size() == 2);
  ui.key(kKeyEsc);
  CHECK_FALSE(ui.state.prompt);
  CHECK(ui.state.overlay == Overlay::Settings);
  ui.event(Answered{ui.sent[1].id, "no (bad_request)", {}, "", {}});
  CHECK_FALSE(ui.state.prompt);  // whoever left the line does not get it back
  CHECK(ui.said() == "refused: no (bad_request)");
}

TEST_CASE("state: a value is JSON or a text, none is null; what a shell would take apart is quoted") {
  for (const auto& [typed, value, cli] :
       {std::tuple{U"none\r", "null", "fetch.timeout=none"}, std::tuple{U"30\r", "30", "fetch.timeout=30"},
        std::tuple{U"a b\r", "\"a b\"", "'fetch.timeout=a b'"},
        std::tuple{U"it's\r", "\"it's\"", "'fetch.timeout=it'\\''s'"}}) {
    Driven ui = in_settings("timeout");
    ui.key(kKeyEnter);
    ui.key(ctrl('U'));
    ui.keys(typed);
    REQUIRE(ui.sent.size() == 1);
    CHECK(text_of(ui.sent[0]) == fmt::format("set stage=fetch key=timeout value={}", value));
    CHECK(ui.state.pending[0].deed.cli == fmt::format("pooltop set crawl {}", cli));
  }
}

TEST_CASE("state: the cursor and what is typed stay with the key, whatever others change and whichever rows come") {
  Driven ui = in_settings("timeout");
  ui.key(kKeyEnter);
  RunSettings other = crawl_settings();
  std::swap(other.stages[0], other.stages[1]);
  auto& rows = other.stages[0].settings;
  std::rotate(rows.begin(), rows.begin() + 2, rows.end());
  rows[0].value = "\"45s\"";
  ui.now += kSecond;
  ui.event(Ticked{});
  ui.event(settings_answer(ui.state, other));

  CHECK(ui.state.settings.key == "timeout");
  CHECK(ui.state.settings.place == 0);
  CHECK(ui.state.prompt->label == "fetch.timeout (now 45s)");
  CHECK(ui.state.prompt->line.text == "30s");
  ui.keys(U"\r");
  REQUIRE(ui.sent.size() == 1);
  CHECK(text_of(ui.sent[0]) == R"(set stage=fetch key=timeout value="30s")");
}

TEST_CASE("state: + and - step the workers, counted from where the last one goes; other rows are not stepped") {
  Driven ui = in_settings("workers");
  ui.keys(U"++");
  REQUIRE(ui.sent.size() == 2);
  CHECK(text_of(ui.sent[1]) == "set stage=fetch key=workers value=6");
  ui.event(set_answer(ui.sent[0].id, {{"fetch", "workers", "5", "4"}}));
  ui.event(set_answer(ui.sent[1].id, {{"fetch", "workers", "6", "5"}}));
  ui.key(U'-');
  REQUIRE(ui.sent.size() == 3);
  CHECK(text_of(ui.sent[2]) == "set stage=fetch key=workers value=5");
  ui.key(kKeyDown);
  ui.key(U'+');
  CHECK(ui.sent.size() == 3);
  CHECK(ui.said() == "+ and - are for workers; Enter changes this one");
}

TEST_CASE("state: a key that comes before the settings are known changes nothing, and says why") {
  Driven ui;
  ui.keys(U"c+\r");
  ui.key(kKeyDelete);
  CHECK(ui.sent.empty());
  CHECK_FALSE(ui.state.prompt);
  CHECK(ui.said() == "the engine has not told the settings yet");
}

TEST_CASE("state: Del puts the one setting back to what it was when the run started, if it is not that") {
  Driven ui = in_settings("timeout");
  ui.key(kKeyDelete);
  REQUIRE(ui.sent.size() == 1);
  CHECK(text_of(ui.sent[0]) == "set stage=fetch key=timeout value=null");
  ui.event(set_answer(ui.sent[0].id, {{"fetch", "timeout", "null", "\"30s\""}}));
  CHECK(ui.said() == "fetch.timeout is none, was 30s");
  CHECK_FALSE(ui.state.settings.selected()->is_changed);
  ui.key(kKeyDelete);
  CHECK(ui.sent.size() == 1);
  CHECK(ui.said() == "fetch.timeout is none, as when the run started");
}

TEST_CASE("state: a monitor that only watches shows settings and the diff, and changes nothing") {
  Driven ui = in_settings("timeout", true);
  for (const Key key : {kKeyEnter, Key{U'W'}, Key{U'u'}, kKeyDelete}) {
    ui.state.message.reset();
    ui.key(key);
    CHECK(ui.said() == "this monitor only watches (--read-only)");
    CHECK_FALSE(ui.state.prompt);
    CHECK_FALSE(ui.state.dialog);
  }
  ui.keys(U"g+");
  ui.key(U'd');
  CHECK(ui.config);
  CHECK(ui.sent.empty());
}

TEST_CASE("state: a stage that has ended has settings that cannot be changed; with the run they close") {
  Driven ui = in_settings("workers");
  ui.run.stages[1].state = StageState::Done;
  ui.data();
  ui.keys(U"+\r");
  CHECK(ui.sent.empty());
  CHECK(ui.said() == "fetch has ended");
  ui.run.state = RunState::Done;
  ui.data();
  CHECK(ui.state.overlay == Overlay::None);
  ui.key(U'c');
  CHECK(ui.state.overlay == Overlay::None);
  CHECK(ui.state.message->cli == "pooltop set crawl");
}

TEST_CASE("state: a connection that is lost leaves the line with its text, and nothing waits any more") {
  Driven ui = in_settings("timeout");
  ui.keys(U"\r\r");
  REQUIRE(ui.state.settings.waiting != 0);
  ui.event(LinkChanged{Link::Lost});
  CHECK(ui.state.settings.waiting == 0);
  REQUIRE(ui.state.prompt);
  CHECK(ui.state.settings.complaint == "the connection was lost before the engine answered");
  ui.event(LinkChanged{Link::Up});
  ui.key(kKeyEnter);
  CHECK(ui.sent.size() == 2);
}

}  // namespace pooltop
