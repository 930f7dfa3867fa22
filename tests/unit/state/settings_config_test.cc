// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include "tests/unit/state/settings_support.h"
#include "tui/state/diff_lines.h"

namespace pooltop {

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

TEST_CASE("state: of a line without end the beginning is shown, and how much more there is") {
  Driven ui = in_settings();
  ui.key(U'd');
  ui.event(compared(ui, {"+" + std::string(4'000'000, 'x')}));
  const auto lines = diff_lines(ui.state);
  CHECK(lines.size() < 300);
  CHECK(lines.back().text == "  .. and 3983617 bytes more: pooltop set --diff prints all");
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
