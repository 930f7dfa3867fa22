// SPDX-License-Identifier: MIT
#include "tui/state/stage_table.h"

#include <doctest/doctest.h>

#include "tests/unit/state/crawl.h"

namespace pooltop {
namespace {

struct Fed {
  std::string name;
  std::vector<std::string> from;
};

Snapshot run_of(const std::vector<Fed>& stages) {
  Snapshot run = crawl_run();
  run.stages.clear();
  for (const Fed& fed : stages) {
    StageStatus& stage = run.stages.emplace_back();
    stage.name = fed.name;
    stage.kind = fed.from.empty() ? "source" : "command";
    stage.from = fed.from;
    if (!fed.from.empty()) stage.queue = QueueStatus{.depth = 1, .capacity = 10};
  }
  return run;
}

std::string flow_of(const std::vector<Fed>& stages) {
  const Snapshot run = run_of(stages);
  std::string out;
  for (const StageStatus* stage : stages_in_flow(run)) out += stage->name + " ";
  return out;
}

}  // namespace

TEST_CASE("state: stages stand below what feeds them, a branch whole before the next one") {
  CHECK(flow_of({{"a", {}}, {"b", {"a"}}, {"c", {"b"}}}) == "a b c ");
  CHECK(flow_of({{"a", {}}, {"b", {"a"}}, {"c", {"a"}}, {"out1", {"b"}}, {"out2", {"c"}}}) == "a b out1 c out2 ");
  CHECK(flow_of({{"a", {}}, {"other", {}}, {"b", {"a"}}, {"c", {"other"}}}) == "a b other c ");
}

TEST_CASE("state: a stage that several feed stands below the last of them") {
  CHECK(flow_of({{"a", {}}, {"b", {"a"}}, {"c", {"a"}}, {"join", {"b", "c"}}, {"end", {"join"}}}) == "a b c join end ");
  CHECK(flow_of({{"a", {}}, {"join", {"a", "z"}}, {"b", {"a"}}, {"z", {}}}) == "a b z join ");
}

TEST_CASE("state: no stage is left out, whatever `from` says") {
  CHECK(flow_of({{"a", {}}, {"b", {"nobody"}}, {"c", {"c"}}, {"d", {"e"}}, {"e", {"d"}}}) == "a b c d e ");
  CHECK(flow_of({{"a", {}}, {"b", {"a", "a"}}}) == "a b ");
  CHECK(flow_of({}).empty());
}

TEST_CASE("state: the cursor goes through the stages as they stand, in the queues too") {
  Driven ui;
  ui.run = run_of({{"a", {}}, {"b", {"a"}}, {"c", {"a"}}, {"out1", {"b"}}, {"out2", {"c"}}});
  ui.data();
  ui.keys(U"g");
  const auto walk = [&] {
    std::string seen = ui.state.stage;
    for (int i = 0; i < 4; ++i) {
      ui.keys(U"j");
      seen += " " + ui.state.stage;
    }
    return seen;
  };
  CHECK(walk() == "a b out1 c out2");
  ui.keys(U"3g");
  CHECK(walk() == "b out1 c out2 out2");
}

}  // namespace pooltop
