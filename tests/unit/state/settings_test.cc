// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include "tests/unit/state/crawl.h"
#include "tui/state/diff_lines.h"

namespace pooltop {
namespace {

Answered settings_answer(const UiState& state, const RunSettings& settings = crawl_settings()) {
  Answered answer{state.settings.asked, {}, {}, "", {}};
  answer.settings = settings;
  return answer;
}

/// The settings of fetch are shown, the cursor is on `key`.
Driven in_settings(std::string_view key = "workers", bool read_only = false) {
  Driven ui;
  ui.state.read_only = read_only;
  ui.key(U'c');
  ui.event(settings_answer(ui.state));
  while (ui.state.settings.key != key) ui.key(kKeyDown);
  return ui;
}

Answered set_answer(std::uint64_t id, std::vector<SettingChange> changes) {
  Answered answer{id, {}, {}, "", {}};
  answer.changes = std::move(changes);
  return answer;
}

ConfigDone compared(const Driven& ui, std::vector<std::string> lines = {"--- a", "+++ a", "@@ -1 +1 @@", "-a", "+b"}) {
  ConfigDone done;
  done.job = ui.config.value_or(ConfigJob{});
  done.diff = {"/home/me/crawl.json", std::move(lines), {}, ""};
  return done;
}

std::size_t asked_settings(const Driven& ui) {
  return static_cast<std::size_t>(std::ranges::count(ui.looks, "settings", &ControlRequest::command));
}

}  // namespace

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

TEST_CASE("state: u drops all after a dialog, Cancel first, that says what goes back to what") {
  Driven ui = in_settings();
  ui.key(U'u');
  REQUIRE(ui.state.dialog);
  CHECK(ui.state.dialog->title == "Drop 1 setting of crawl?");
  CHECK(ui.state.dialog->lines == std::vector<std::string>{"fetch.timeout goes back from 30s to none"});
  ui.key(kKeyEnter);
  CHECK(ui.sent.empty());
  ui.keys(U"ud");
  REQUIRE(ui.sent.size() == 1);
  CHECK(text_of(ui.sent[0]) == "set drop=true");
  ui.event(set_answer(ui.sent[0].id, {{"fetch", "timeout", "null", "\"30s\""}}));
  CHECK(ui.state.log.back().cli == "pooltop set crawl --drop");
  ui.key(U'u');
  CHECK_FALSE(ui.state.dialog);
  CHECK(ui.said() == "no setting was changed while the run went on");
}

TEST_CASE("state: d shows the diff of the config, looked at anew with the settings, and scrolls") {
  Driven ui = in_settings();
  ui.event(Resized{10, 40, Charset::Ascii});
  ui.key(U'd');
  REQUIRE(ui.config);
  CHECK(ui.config->what == ConfigJob::What::Compare);
  CHECK(ui.config->settings == crawl_settings());
  ui.event(compared(ui, std::vector<std::string>(30, "+x")));
  CHECK(ui.state.settings.shows_diff);
  ui.key(U'j');
  CHECK(ui.state.settings.top == 1);
  ui.key(U'G');
  CHECK(ui.state.settings.top == 22);

  ui.now += kSecond;
  ui.event(Ticked{});
  ui.event(settings_answer(ui.state));
  CHECK(ui.config);
  ui.keys(U"\r+");  // what is not shown is not changed
  ui.key(kKeyDelete);
  CHECK(ui.sent.empty());
  ui.key(kKeyEsc);
  CHECK_FALSE(ui.state.settings.shows_diff);
  CHECK(ui.state.overlay == Overlay::Settings);
}

TEST_CASE("state: what is too long in the diff goes on below it, at a space where one is near") {
  Driven ui = in_settings();
  ui.event(Resized{10, 40, Charset::Utf8});
  ui.key(U'd');
  ConfigDone done = compared(ui, {"+" + std::string(60, 'x'), "+    \"seconds\": \"100ms\", \"workers\": 16}"});
  done.diff.left_out = {"results.capacity: the config has no stage \"results\""};
  ui.event(done);
  std::vector<std::string> lines;
  for (const DiffLine& line : diff_lines(ui.state)) lines.push_back(line.text);
  CHECK(lines == std::vector<std::string>{"left out: results.capacity: the ", "  config has no stage \"results\"",
                                          "+" + std::string(35, 'x'), "  " + std::string(25, 'x'),
                                          "+    \"seconds\": \"100ms\", \"workers\": ", "  16}"});
}

TEST_CASE("state: W compares, asks, Cancel first, and writes what was asked about") {
  Driven ui = in_settings();
  ui.key(U'W');
  REQUIRE(ui.config);
  CHECK(ui.config->what == ConfigJob::What::Compare);
  ui.event(compared(ui));
  REQUIRE(ui.state.dialog);
  CHECK(ui.state.dialog->title == "Write 1 setting into crawl.json?");
  CHECK(ui.state.dialog->lines == std::vector<std::string>{"/home/me/crawl.json", "fetch.timeout 30"});
  ui.key(kKeyEnter);
  CHECK_FALSE(ui.config);
  ui.key(U'W');
  ui.event(compared(ui));
  ui.key(U'w');
  REQUIRE(ui.config);
  CHECK(ui.config->what == ConfigJob::What::Write);
  CHECK(ui.config->settings == crawl_settings());
  CHECK(ui.sent.empty());

  ui.event(compared(ui));
  CHECK(ui.said() == "written to crawl.json: fetch.timeout 30");
  CHECK(ui.state.message->cli == "pooltop set crawl --write");
  CHECK(ui.state.log.back().text == "written to /home/me/crawl.json: fetch.timeout 30");
  CHECK(ui.state.log.back().cli == "pooltop set crawl --write");
}

TEST_CASE("state: what cannot be written is not asked about, and what was not written is an error") {
  Driven ui = in_settings();
  ui.key(U'W');
  ConfigDone done = compared(ui);
  done.diff.cannot_write = "/home/me/crawl.json was changed since the run read it";
  ui.event(done);
  CHECK_FALSE(ui.state.dialog);
  CHECK(ui.said() == "/home/me/crawl.json was changed since the run read it");
  CHECK(ui.state.message->is_error);

  ui.key(U'W');
  ui.event(compared(ui, {}));
  CHECK_FALSE(ui.state.dialog);
  CHECK(ui.said() == "crawl.json: nothing to change in it");

  ui.key(U'W');
  ui.event(compared(ui));
  ui.key(U'w');
  ConfigDone failed = compared(ui);
  failed.failed = "rename crawl.json: No space left on device; nothing was written";
  ui.event(failed);
  CHECK(ui.said() == failed.failed);
  CHECK(ui.state.message->is_error);
}

TEST_CASE("state: d, W and u work without c before them, as soon as the settings are known") {
  Driven ui;
  ui.key(U'd');
  CHECK(ui.state.overlay == Overlay::Settings);
  CHECK_FALSE(ui.config);
  ui.event(settings_answer(ui.state));
  CHECK(ui.config);
  CHECK(ui.state.settings.shows_diff);
  Driven other;
  other.keys(U"4u");
  other.event(settings_answer(other.state));
  CHECK(other.state.dialog);
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

TEST_CASE("state: the dialog of q says what was changed and is in no file, as soon as that is known") {
  Driven ui;
  ui.key(U'q');
  REQUIRE(ui.state.dialog);
  const std::size_t lines = ui.state.dialog->lines.size();
  REQUIRE(asked_settings(ui) == 1);
  ui.event(settings_answer(ui.state));
  REQUIRE(ui.config);
  CHECK(ui.config->what == ConfigJob::What::Unsaved);
  ConfigDone done;
  done.job = *ui.config;
  done.text = "1 setting changed, not in the config: pooltop set crawl --diff";
  ui.event(done);
  REQUIRE(ui.state.dialog->lines.size() == lines + 1);
  CHECK(ui.state.dialog->lines.back() == done.text);
  ui.now += 5 * kSecond;
  ui.event(Ticked{});
  CHECK(asked_settings(ui) == 1);
  ui.key(kKeyEsc);
  ui.event(done);
  CHECK_FALSE(ui.state.dialog);
}

}  // namespace pooltop
