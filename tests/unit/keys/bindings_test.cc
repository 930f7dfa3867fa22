// SPDX-License-Identifier: MIT
#include "tui/keys/bindings.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>

namespace pooltop {
namespace {

std::string errors_of(std::string_view text) {
  std::string errors;
  for (const Diagnostic& error : read_bindings(text, "keys.json").errors) errors += format(error) + "\n";
  return errors;
}

}  // namespace

TEST_CASE("keys: without a keys.json every action has the keys of the table") {
  const Bindings bindings;
  for (const KeyRow& row : key_table()) CHECK(bindings.key_of(row.action) == key_name(row.keys[0]));
  CHECK(bindings.keys_of(Action::Kill) == "K F9");
  CHECK(read_bindings("{}", "keys.json").bindings == bindings);
}

TEST_CASE("keys: keys.json gives an action exactly these keys, and takes them from whoever had them") {
  const BindingsRead read =
      read_bindings(R"({"kill": ["X", "F8"], "pause": ["K"], "sort": [] /* the palette has it */})", "");
  REQUIRE(read.errors.empty());
  const Bindings& bindings = read.bindings;
  CHECK(bindings.action_for(U'X') == Action::Kill);
  CHECK(bindings.action_for(U'K') == Action::Pause);
  CHECK(bindings.action_for(kKeyF1 + 8) == std::nullopt);
  CHECK(bindings.action_for(U'p') == std::nullopt);
  CHECK(bindings.keys_of(Action::Sort).empty());
  CHECK(bindings.key_of(Action::Sort) == "sort");
  CHECK(bindings.action_for(U'r') == Action::Restart);
}

TEST_CASE("keys: a key that an action loses to another is no longer its own") {
  const BindingsRead read = read_bindings(R"({"restart": ["p"]})", "");
  CHECK(read.bindings.action_for(U'p') == Action::Restart);
  CHECK(read.bindings.keys_of(Action::Pause).empty());
}

TEST_CASE("keys: Enter, Esc, arrows and Ctrl-C stay where they are, their actions can have other keys too") {
  const BindingsRead read = read_bindings(R"({"enter": ["Ctrl-O"], "up": [], "interrupt": []})", "");
  REQUIRE(read.errors.empty());
  CHECK(read.bindings.keys_of(Action::Enter) == "Ctrl-O Enter");
  CHECK(read.bindings.keys_of(Action::Up) == "Up");
  CHECK(read.bindings.action_for(ctrl('C')) == Action::Interrupt);
  CHECK(errors_of(R"({"kill": ["Esc"]})") == "keys.json:1:11: /kill/0: Esc keeps what it does: dialogs need it\n");
  CHECK(errors_of(R"({"quit": ["Ctrl-C"]})").find("Ctrl-C keeps what it does") != std::string::npos);
}

TEST_CASE("keys: what is wrong in keys.json is said with its place, what was found and what is accepted") {
  CHECK(errors_of("{\n  \"kil\": [\"X\"]\n}") ==
        "keys.json:2:3: /kil: there is no action \"kil\"; did you mean \"kill\"?\n");
  CHECK(errors_of(R"({"zzzzzz": ["X"]})").find("pooltop keys names all") != std::string::npos);
  CHECK(errors_of(R"({"kill": "X"})") ==
        "keys.json:1:10: /kill: a list of keys is needed, as [\"X\", \"F9\"]; [] is none\n");
  CHECK(errors_of(R"({"kill": [7]})").find("a key's name is needed") != std::string::npos);
  CHECK(errors_of(R"({"kill": ["Pgdn"]})") == "keys.json:1:11: /kill/0: \"Pgdn\" is no key; did you mean \"PgDn\"?\n");
  CHECK(errors_of(R"({"kill": ["Alt-x"]})").find("it is one character, or as Space, PgDn, F9, Ctrl-D") !=
        std::string::npos);
  CHECK(errors_of(R"({"kill": ["X"], "pause": ["X"]})") ==
        "keys.json:1:27: /pause/0: X is given to \"kill\" already\n");
  CHECK(errors_of(R"({"kill": ["X", "X"]})").find("is given to \"kill\" already") != std::string::npos);
  CHECK(errors_of(R"({"kill": ["Ctrl-I"]})").find("a terminal sends the same for Ctrl-I and Tab") != std::string::npos);
  CHECK(errors_of(R"({"kill": ["1","2","3","4","5","6","7","8","9"]})").find("at most 8 keys, found 9") !=
        std::string::npos);
  CHECK(
      errors_of(R"({"interrupt": ["x"]})") ==
      "keys.json:1:16: /interrupt/0: interrupt works in dialogs and typed lines too: an F key or Ctrl and a letter\n");
  CHECK(errors_of(R"({"repaint": ["F5", "Ctrl-R"]})").empty());
  CHECK(errors_of("[]").find("an object is needed") != std::string::npos);
  CHECK(errors_of("{\"kill\": [\"X\"").find("keys.json:1:") == 0);
  CHECK(errors_of("").empty());
  CHECK(errors_of("{\"kill\": [\"\\u0007\"]}").find("is no key") != std::string::npos);
}

TEST_CASE("keys: all errors are told in one go") {
  const std::string errors = errors_of(R"({"kil": ["X"], "pause": ["Pgdn"], "mark": 3})");
  CHECK(std::count(errors.begin(), errors.end(), '\n') == 3);
}

TEST_CASE("keys: every key is found again by its name") {
  for (const KeyRow& row : key_table())
    for (const Key key : row.keys)
      if (key != kNoKey) CHECK(key_named(key_name(key)) == key);
  CHECK(key_named("ü") == Key{U'ü'});
  CHECK(key_named("U+00FC") == Key{U'ü'});
  CHECK(key_named(" ") == kKeySpace);
  for (const char* none : {"", "xy", "U+", "U+D800", "U+110000", "U+12x4", "U+0007", "Ctrl-", "Ctrl-1", "F13", "\xff"})
    CHECK(key_named(none) == std::nullopt);
}

TEST_CASE("keys: what `pooltop keys --json` prints is a keys.json that changes nothing") {
  const BindingsRead again = read_bindings(keys_json(Bindings()), "");
  CHECK(again.errors.empty());
  for (const KeyRow& row : key_table()) CHECK(again.bindings.keys_of(row.action) == Bindings().keys_of(row.action));
}

}  // namespace pooltop
