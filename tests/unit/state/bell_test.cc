// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include "tests/unit/state/crawl.h"

namespace pooltop {
namespace {

// Whether news that `failed` items have failed rings.
bool rings(Driven& ui, std::uint64_t failed) {
  ui.run.items.failed = failed;
  ui.data();
  return ui.bell;
}

}  // namespace

TEST_CASE("state: it rings once for the first failed item and once for the end") {
  Driven ui;
  ui.state = {};
  CHECK_FALSE(rings(ui, 0));
  CHECK_FALSE(rings(ui, 0));
  CHECK(rings(ui, 2));
  CHECK_FALSE(rings(ui, 3));
  CHECK_FALSE(rings(ui, 0));  // given back
  CHECK_FALSE(rings(ui, 1));
  ui.run.state = RunState::Done;
  CHECK(rings(ui, 1));
  CHECK_FALSE(rings(ui, 1));
}

TEST_CASE("state: what had failed, or ended, before one watched does not ring") {
  Driven ui;
  ui.state = {};
  CHECK_FALSE(rings(ui, 7));
  CHECK_FALSE(rings(ui, 8));

  Driven late;
  late.state = {};
  late.run.state = RunState::Failed;
  CHECK_FALSE(rings(late, 1));
  CHECK_FALSE(rings(late, 1));
}

}  // namespace pooltop
