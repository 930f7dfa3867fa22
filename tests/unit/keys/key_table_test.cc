// SPDX-License-Identifier: MIT
#include "tui/keys/key_table.h"

#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "tui/keys/bindings.h"

namespace pooltop {

TEST_CASE("keys: every action has a key, a help line and finds its row") {
  for (const KeyRow& row : key_table()) {
    CHECK(row.keys[0] != kNoKey);
    CHECK_FALSE(row.help.empty());
    CHECK(&row_of(row.action) == &row);
    for (const Key key : row.keys)
      if (key != kNoKey) CHECK(Bindings().action_for(key) == row.action);
  }
}

TEST_CASE("keys: hjkl move, and no action needs Alt or a Ctrl chord that terminals take") {
  CHECK(Bindings().action_for(U'h') == Action::Left);
  CHECK(Bindings().action_for(U'j') == Action::Down);
  CHECK(Bindings().action_for(U'k') == Action::Up);
  CHECK(Bindings().action_for(U'l') == Action::Right);
  const std::set<Key> allowed{ctrl('U'), ctrl('D'), ctrl('L'), ctrl('C'), ctrl('Z'), kKeyTab, kKeyEnter, kKeyEsc};
  for (const KeyRow& row : key_table())
    for (const Key key : row.keys)
      if (key != kNoKey && key < 32) CHECK(allowed.count(key) == 1);
}

TEST_CASE("keys: no action is on a function key alone") {
  for (const KeyRow& row : key_table()) CHECK(row.keys[0] < kKeyF1);
}

TEST_CASE("keys: what destroys asks first") {
  CHECK(row_of(Action::Kill).confirm == Confirm::Always);
  CHECK(row_of(Action::Drain).confirm == Confirm::Always);
  CHECK(row_of(Action::Restart).confirm != Confirm::Never);
  for (const Action action : {Action::Kill, Action::Pause, Action::PauseRun, Action::Restart, Action::ScaleUp,
                              Action::ScaleDown, Action::Drain})
    CHECK(row_of(action).changes_run);
}

TEST_CASE("keys: a key's name is what people write") {
  CHECK(key_name(U'k') == "k");
  CHECK(key_name(kKeySpace) == "Space");
  CHECK(key_name(ctrl('C')) == "Ctrl-C");
  CHECK(key_name(kKeyPageDown) == "PgDn");
  CHECK(key_name(kKeyF1 + 8) == "F9");
  CHECK(key_name(U'ü') == "U+00FC");
  CHECK(Bindings().action_for(kNoKey) == std::nullopt);
  CHECK(Bindings().action_for(U'Ω') == std::nullopt);
}

TEST_CASE("keys: docs/keys.md is made from the table") {
  const auto path = std::filesystem::path(__FILE__).parent_path() / "../../../docs/keys.md";
  if (std::getenv("POOLTOP_UPDATE_GOLDEN")) std::ofstream(path) << keys_page();
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  CHECK_MESSAGE(text.str() == keys_page(), "POOLTOP_UPDATE_GOLDEN=1 writes it anew");
}

}  // namespace pooltop
