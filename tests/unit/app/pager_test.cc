// SPDX-License-Identifier: MIT
#include "tui/app/pager.h"

#include <doctest/doctest.h>

namespace pooltop {

TEST_CASE("app: PAGER is a shell command; what its first word names must be there") {
  CHECK(pager_command("sh -c 'cat | head'", "/bin").command == "sh -c 'cat | head'");
  CHECK(pager_command("/bin/sh", nullptr).command == "/bin/sh");
  const PagerCommand missing = pager_command("no-such-pager -S", "/bin:/usr/bin");
  CHECK(missing.command.empty());
  CHECK(missing.refused == "PAGER: no-such-pager is not found; nothing was shown");
  // What the shell has to make something of is left to it.
  CHECK_FALSE(pager_command("$HOME/pager", "/bin").refused);
}

TEST_CASE("app: without PAGER it is less or more, and it is said where there is neither") {
  CHECK(pager_command(nullptr, "/nowhere").refused.has_value());
  CHECK(pager_command("  ", "/nowhere").refused.has_value());
}

}  // namespace pooltop
