// SPDX-License-Identifier: MIT
#include "tui/views/summary.h"

#include <doctest/doctest.h>

#include "tests/unit/views/drawn.h"

namespace pooltop {

TEST_CASE("summary: the rate is that of this life of the run, whatever was done in those before") {
  Snapshot last;
  last.run = "sums";
  last.state = RunState::Done;
  last.exit_status = 0;
  last.elapsed_s = 10;
  last.items.done = 1000;
  last.items.total = 1000;
  StageStatus source;
  source.name = "in";
  source.kind = "source";
  source.out = 50;
  last.stages.push_back(source);
  CHECK(has(summary_lines(last, {})[0], "   5.0/s"));
  last.stages[0].out = 1000;
  CHECK(has(summary_lines(last, {})[0], "   100.0/s"));
}

}  // namespace pooltop
