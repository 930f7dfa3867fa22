// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include "tests/unit/state/crawl.h"
#include "tui/state/fuzzy.h"
#include "tui/state/line_edit.h"

namespace pooltop {
namespace {

LineEdit typed(const std::u32string& keys, std::string start = "") {
  LineEdit line(std::move(start));
  for (const Key key : keys) edit(line, key);
  return line;
}

std::string first_shown(const Menu& menu) { return menu.entries[menu.shown.at(0)].label; }

}  // namespace

TEST_CASE("state: a typed line takes characters of any length and is edited as in a shell") {
  CHECK(typed(U"häß漢🙂").text == "häß漢🙂");
  CHECK(typed({U'a', U'b', kKeyLeft, U'c'}).text == "acb");
  CHECK(typed({kKeyBackspace, kKeyBackspace}, "aß漢").text == "a");
  CHECK(typed({kKeyHome, kKeyDelete, kKeyDelete}, "ß漢x").text == "x");
  CHECK(typed({ctrl('W')}, "state:busy stage:fetch ").text == "state:busy ");
  CHECK(typed({ctrl('A'), kKeyRight, ctrl('K')}, "abc").text == "a");
  CHECK(typed({kKeyLeft, ctrl('U')}, "abc").text == "c");
}

TEST_CASE("state: what is no text does not get into a typed line, and it has an end") {
  LineEdit line("x");

  CHECK(edit(line, ctrl('B')) == Edited::Unchanged);
  CHECK(edit(line, Key{0x9B}) == Edited::Unchanged);
  CHECK(edit(line, Key{0xD800}) == Edited::Unchanged);
  CHECK(edit(line, kKeyF1) == Edited::Unchanged);
  for (int i = 0; i < 2000; ++i) edit(line, U'漢');

  CHECK(line.text.size() <= 1024);
}

TEST_CASE("state: Backspace in an empty line leaves it, as Esc does") {
  LineEdit line;

  CHECK(edit(line, kKeyBackspace) == Edited::Cancelled);
  CHECK(edit(line, kKeyEsc) == Edited::Cancelled);
  CHECK(edit(line, kKeyEnter) == Edited::Accepted);
}

TEST_CASE("state: what is typed fits texts that have its characters in order, beginnings of words best") {
  CHECK_FALSE(fuzzy_score("kill the worker", "kx"));
  CHECK(fuzzy_score("kill the worker", "KW"));
  CHECK(fuzzy_score("kill the worker", "worker kill"));
  CHECK(*fuzzy_score("mark all", "mark") > *fuzzy_score("unmark all", "mark"));
  CHECK(*fuzzy_score("restart", "rest") > *fuzzy_score("resist", "rest"));
  CHECK(fuzzy_score("anything", "") == 0);
}

TEST_CASE("state: the palette does what its key would do, to what is under the cursor") {
  Driven monitor;

  monitor.key(kKeyEnter);  // to the workers of fetch
  monitor.keys(U":kill");
  REQUIRE(monitor.state.menu);
  CHECK(first_shown(*monitor.state.menu) == "kill the worker");
  CHECK(monitor.state.menu->entries[monitor.state.menu->shown[0]].note == "$ pooltop kill crawl 101");
  monitor.key(kKeyEnter);

  CHECK_FALSE(monitor.state.menu);
  REQUIRE(monitor.state.dialog);
  CHECK(monitor.state.dialog->title == "Kill worker 101 (fetch slot 0)?");
  CHECK(monitor.sent.empty());
}

TEST_CASE("state: letters typed into the palette are no keys, and Esc closes it without doing anything") {
  Driven monitor;

  monitor.keys(U":qpKD");
  CHECK(monitor.state.menu);
  monitor.key(kKeyEsc);

  CHECK_FALSE(monitor.state.menu);
  CHECK(monitor.sent.empty());
  CHECK(monitor.effect == Effect::None);
}

TEST_CASE("state: a watcher that may only watch finds acting commands in the palette, and the reason why not") {
  Driven monitor;
  monitor.state.read_only = true;

  monitor.keys(U":pause or resume the w");
  monitor.key(kKeyEnter);

  CHECK(monitor.state.menu);
  CHECK(monitor.sent.empty());
  CHECK(monitor.said().find("--read-only") != std::string::npos);
}

TEST_CASE("state: Ctrl-C closes the palette and asks whether to leave") {
  Driven monitor;

  monitor.keys(U":p");
  monitor.key(ctrl('C'));

  CHECK_FALSE(monitor.state.menu);
  REQUIRE(monitor.state.dialog);
  CHECK(monitor.state.dialog->quit);
}

TEST_CASE("state: Esc goes back the way one came, and no way goes in circles") {
  Driven monitor;

  monitor.key(kKeyEnter);
  monitor.key(kKeyEnter);  // detail
  monitor.keys(U"o");      // output
  REQUIRE(monitor.state.screen == Screen::Output);
  monitor.keys(U"2o2");
  CHECK(monitor.state.under.size() <= 3);
  monitor.keys(U"1");
  CHECK(monitor.state.under.empty());

  monitor.keys(U"2o");
  monitor.key(kKeyEsc);
  CHECK(monitor.state.screen == Screen::Workers);
  CHECK(monitor.state.pane == Pane::Workers);
  monitor.key(kKeyEsc);
  CHECK(monitor.state.screen == Screen::Pipeline);
}

TEST_CASE("state: pasted text is never taken for keys, and goes into the line that is being typed") {
  Driven monitor;

  monitor.event(Pasted{U"qKx\nD+:"});
  CHECK(monitor.said() == "pasted text is not taken for keys");
  CHECK_FALSE(monitor.state.dialog);
  CHECK_FALSE(monitor.state.menu);
  CHECK(monitor.sent.empty());

  monitor.keys(U"/");
  REQUIRE(monitor.state.prompt);
  monitor.event(Pasted{U"state:busy\r\x1b\x03\b\x7fß\n"});
  REQUIRE(monitor.state.prompt);
  CHECK(monitor.state.prompt->line.text == "state:busy ß ");
  CHECK(monitor.sent.empty());

  monitor.event(Pasted{std::u32string(70'000, U'漢')});
  CHECK(monitor.state.prompt->line.text.size() <= 1024);
}

TEST_CASE("state: pasted text narrows the palette and picks nothing") {
  Driven monitor;

  monitor.keys(U":");
  monitor.event(Pasted{U"kill\n"});

  REQUIRE(monitor.state.menu);
  CHECK(first_shown(*monitor.state.menu) == "kill the worker");
  CHECK_FALSE(monitor.state.dialog);
}

}  // namespace pooltop
