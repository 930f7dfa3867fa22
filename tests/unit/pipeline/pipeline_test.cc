// SPDX-License-Identifier: MIT
#include "engine/pipeline/pipeline.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "tests/unit/pipeline/graphs.h"

using namespace pooltop;
using namespace pooltop::testing;

namespace {

/// `count` items of `bytes` bytes, as a source's worker hands them over.
void admit(Pipeline& pipeline, const char* source, std::uint64_t count, std::uint32_t bytes = 1) {
  const std::string data(count * bytes, 'x');
  const std::vector<std::uint32_t> lengths(count, bytes);
  pipeline.admit(*pipeline.find(source), ItemRun{0, 0, {}, data, lengths}, 1);
}

void pass_on(Pipeline& pipeline, const char* stage, const Packet& packet) {
  pipeline.pass_on(*pipeline.find(stage),
                   ItemRun{packet.source, packet.first, packet.refs, packet.data, packet.lengths}, 1);
}

std::unique_ptr<Packet> lease(Pipeline& pipeline, const char* stage, std::uint32_t items) {
  auto packet = pipeline.find(stage)->queue.lease(items);
  REQUIRE(packet != nullptr);
  return packet;
}

void finish(Pipeline& pipeline, const char* stage, const Packet& packet) {
  pipeline.finish(*pipeline.find(stage), packet, 0, static_cast<std::uint32_t>(packet.count()), 1);
}

}  // namespace

TEST_CASE("pipeline: the graph is known by its names, in whatever order the stages stand") {
  PipelineConfig config;
  config.stages = {sink("out", {"work"}), work("work", {"in"}), source("in")};
  Pipeline pipeline(config);

  CHECK(pipeline.find("in")->down == std::vector<std::uint32_t>{1});
  CHECK(pipeline.find("work")->up == std::vector<std::uint32_t>{2});
  CHECK(pipeline.find("out")->up == std::vector<std::uint32_t>{1});
  CHECK(pipeline.find("none") == nullptr);
  CHECK(pipeline.id_prefix(2).empty());
}

TEST_CASE("pipeline: ids name their source where there are several") {
  PipelineConfig config;
  config.stages = {source("left"), source("right"), sink("out", {"left", "right"})};
  const Pipeline pipeline(config);
  CHECK(pipeline.id_prefix(0) == "left");
  CHECK(pipeline.id_prefix(1) == "right");
}

TEST_CASE("pipeline: a stage accepts its capacity, and one item more for each worker that has begun one") {
  PipelineConfig config;
  config.stages = {source("in"), work("work", {"in"}, 10, 3), sink("out", {"work"})};
  Pipeline pipeline(config);
  add_slots(pipeline);
  Stage& in = *pipeline.find("in");
  Stage& stage = *pipeline.find("work");

  CHECK(pipeline.room_for_source(in) == 10);
  admit(pipeline, "in", 10);
  CHECK(pipeline.room_for_source(in) == 0);
  auto two = lease(pipeline, "work", 2);
  CHECK(pipeline.room_for_source(in) == 2);
  auto five = lease(pipeline, "work", 5);
  CHECK(pipeline.room_for_source(in) == 3);  // accepted and not answered: 13 at most
  admit(pipeline, "in", 3);
  CHECK(pipeline.room_for_source(in) == 0);
  CHECK(stage.load == 13);
  pass_on(pipeline, "work", *two);
  CHECK(stage.load == 11);
  CHECK(pipeline.room_for_source(in) == 2);
}

TEST_CASE("pipeline: a queue that has its bytes takes no more items") {
  PipelineConfig config;
  config.stages = {source("in"), work("work", {"in"}), sink("out", {"work"})};
  config.stages[1].queue_bytes = 100;
  Pipeline pipeline(config);
  add_slots(pipeline);
  admit(pipeline, "in", 1, 99);
  CHECK(pipeline.room_for_source(*pipeline.find("in")) > 0);
  admit(pipeline, "in", 1, 1);
  CHECK(pipeline.room_for_source(*pipeline.find("in")) == 0);
  static_cast<void>(lease(pipeline, "work", 1));
  CHECK(pipeline.room_for_source(*pipeline.find("in")) > 0);
}

TEST_CASE("pipeline: with branches there is room when all of them have it") {
  PipelineConfig config;
  config.stages = {source("in"), work("wide", {"in"}, 100), work("narrow", {"in"}, 4), sink("out", {"wide", "narrow"})};
  Pipeline pipeline(config);
  add_slots(pipeline);
  CHECK(pipeline.room_for_source(*pipeline.find("in")) == 4);
  admit(pipeline, "in", 4);
  CHECK(pipeline.room_for_source(*pipeline.find("in")) == 0);
  CHECK(pipeline.find("wide")->queue.depth() == 4);
  CHECK(pipeline.find("in")->out == 4);
}

TEST_CASE("pipeline: an item on two branches is done when both have written it") {
  PipelineConfig config;
  config.stages = {source("in"), sink("left", {"in"}), sink("right", {"in"})};
  Pipeline pipeline(config);
  admit(pipeline, "in", 2);
  const Ledger& ledger = pipeline.find("in")->ledger;

  finish(pipeline, "left", *lease(pipeline, "left", 2));
  CHECK(ledger.done() == 0);
  finish(pipeline, "right", *lease(pipeline, "right", 1));
  CHECK(ledger.done() == 1);
  finish(pipeline, "right", *lease(pipeline, "right", 1));
  CHECK(ledger.done() == 2);
  CHECK(ledger.open() == 0);
}

TEST_CASE("pipeline: outputs of one item carry its id and their index, a single one its id alone") {
  PipelineConfig config;
  config.stages = {source("in"), work("split", {"in"}), sink("out", {"split"})};
  Pipeline pipeline(config);
  admit(pipeline, "in", 2);
  Stage& split = *pipeline.find("split");
  auto packet = lease(pipeline, "split", 2);
  HeldAnswer three;
  three.data = "abc";
  three.lengths = {1, 1, 1};
  HeldAnswer one;
  one.data = "d";
  one.lengths = {1};

  pipeline.branch(split, 0, packet->ref(0), three, 1);
  pipeline.branch(split, 0, packet->ref(1), one, 1);

  auto out = lease(pipeline, "out", 10);
  REQUIRE(out->count() == 4);
  CHECK(id_text("", out->ref(0)) == "0.0");
  CHECK(id_text("", out->ref(2)) == "0.2");
  CHECK(id_text("", out->ref(3)) == "1");
  CHECK(split.out == 4);
  CHECK(split.load == 0);
  finish(pipeline, "out", *out);
  CHECK(pipeline.find("in")->ledger.done() == 2);
}

TEST_CASE("pipeline: an answer of nothing ends the item there") {
  PipelineConfig config;
  config.stages = {source("in"), work("drop", {"in"}), sink("out", {"drop"})};
  config.stages[2].work = SinkConfig{.to = DiscardSink{}, .ordered = true};
  Pipeline pipeline(config);
  admit(pipeline, "in", 2);
  auto packet = lease(pipeline, "drop", 2);

  pipeline.branch(*pipeline.find("drop"), 0, packet->ref(0), HeldAnswer{}, 1);

  CHECK(pipeline.find("in")->ledger.done() == 1);
  CHECK(pipeline.find("out")->reorder->window() == 1);
}

TEST_CASE("pipeline: an ordered sink gets what is next, and takes in whatever comes of what was admitted") {
  PipelineConfig config;
  config.stages = {source("in"), work("work", {"in"}, 4, 4), sink("out", {"work"}, 2, /*ordered=*/true)};
  Pipeline pipeline(config);
  add_slots(pipeline);
  Stage& in = *pipeline.find("in");
  Stage& out = *pipeline.find("out");
  admit(pipeline, "in", 4);
  auto first = lease(pipeline, "work", 1);
  for (int i = 0; i < 3; ++i) pass_on(pipeline, "work", *lease(pipeline, "work", 1));

  CHECK(out.queue.is_empty());
  CHECK(out.depth() == 3);
  CHECK(pipeline.room_behind(*pipeline.find("work")) > 0);  // the one that it waits for must get in
  pass_on(pipeline, "work", *first);
  CHECK(out.queue.depth() == 4);
  auto packet = lease(pipeline, "out", 4);
  for (std::uint64_t i = 0; i < 4; ++i) CHECK(packet->ordinal(i) == i);
  CHECK(pipeline.room_for_source(in) > 0);
}

TEST_CASE("pipeline: a source runs no further ahead of a slow item than the queues on its way hold") {
  PipelineConfig config;
  config.stages = {source("in"), work("work", {"in"}, 4, 4), sink("out", {"work"}, 2, /*ordered=*/true)};
  config.stages[0].capacity = 1;
  Pipeline pipeline(config);
  add_slots(pipeline);
  admit(pipeline, "in", 1);
  auto slow = lease(pipeline, "work", 1);
  std::uint64_t ahead = 0;
  while (pipeline.room_for_source(*pipeline.find("in")) > 0) {
    admit(pipeline, "in", 1);
    pass_on(pipeline, "work", *lease(pipeline, "work", 1));
    REQUIRE(++ahead <= 7);
  }
  CHECK(ahead == 6);
  pass_on(pipeline, "work", *slow);
  finish(pipeline, "out", *lease(pipeline, "out", 7));
  CHECK(pipeline.room_for_source(*pipeline.find("in")) > 0);
}

TEST_CASE(
    "pipeline: one item that came on two branches is written twice by an ordered sink, in the order of the branches") {
  PipelineConfig config;
  config.stages = {source("in"), work("left", {"in"}), work("right", {"in"}), sink("out", {"left", "right"}, 10, true)};
  Pipeline pipeline(config);
  admit(pipeline, "in", 2);
  pass_on(pipeline, "right", *lease(pipeline, "right", 2));
  CHECK(pipeline.find("out")->queue.is_empty());
  pass_on(pipeline, "left", *lease(pipeline, "left", 2));

  auto packet = lease(pipeline, "out", 10);
  REQUIRE(packet->count() == 4);
  CHECK(packet->ordinal(0) == 0);
  CHECK(packet->ordinal(1) == 0);
  CHECK(packet->ordinal(2) == 1);
  finish(pipeline, "out", *packet);
  CHECK(pipeline.find("out")->load == 0);
  CHECK(pipeline.find("in")->ledger.done() == 2);
}

TEST_CASE("pipeline: a failed item counts as done for the order, and once it was passed it cannot come back") {
  PipelineConfig config;
  config.stages = {source("in"), work("work", {"in"}), sink("out", {"work"}, 10, true)};
  Pipeline pipeline(config);
  Stage& stage = *pipeline.find("work");
  admit(pipeline, "in", 3);
  auto packet = lease(pipeline, "work", 3);
  pipeline.fail(stage, 0, packet->ref(1), 1);
  CHECK(stage.failed == 1);
  CHECK(pipeline.find("in")->ledger.failed() == 1);

  CHECK(pipeline.reopen(stage, 0, ItemRef(1), "again", 1));
  CHECK(stage.failed == 0);
  CHECK(stage.load == 3);
  CHECK(stage.queue.depth() == 1);
  pipeline.fail(stage, 0, ItemRef(1), 1);
  pipeline.fail(stage, 0, ItemRef(0), 1);
  CHECK(!pipeline.reopen(stage, 0, ItemRef(1), "late", 1));
  CHECK(stage.failed == 2);
  CHECK(pipeline.find("in")->ledger.failed() == 2);
}

TEST_CASE("pipeline: an item that one of two ordered sinks has passed comes back to neither") {
  // The left sink has had what it can get of item 0; the right one still waits for it by another way.
  PipelineConfig config;
  config.stages = {source("in"), work("both", {"in"}), work("slow", {"in"}), sink("right", {"both", "slow"}, 10, true),
                   sink("left", {"both"}, 10, true)};
  Pipeline pipeline(config);
  Stage& both = *pipeline.find("both");
  admit(pipeline, "in", 1);
  static_cast<void>(lease(pipeline, "both", 1));
  pipeline.fail(both, 0, ItemRef(0), 1);

  CHECK(!pipeline.reopen(both, 0, ItemRef(0), "again", 1));
  CHECK(pipeline.find("left")->reorder->window() == 0);
  CHECK(pipeline.find("right")->reorder->window() == 1);
  pass_on(pipeline, "slow", *lease(pipeline, "slow", 1));
  CHECK(pipeline.find("right")->reorder->window() == 0);
  CHECK(pipeline.find("right")->queue.depth() == 1);
}

TEST_CASE("pipeline: a stage ends when all that feed it have, and nothing is left in it") {
  PipelineConfig config;
  config.stages = {source("a"), source("b"), work("work", {"a", "b"}), sink("out", {"work"})};
  Pipeline pipeline(config);
  Stage& stage = *pipeline.find("work");
  admit(pipeline, "a", 1);
  CHECK(!pipeline.end(*pipeline.find("a")));
  CHECK(!stage.is_closed);
  CHECK(!pipeline.end(*pipeline.find("b")));
  CHECK(stage.is_closed);
  CHECK(!pipeline.is_drained(stage));
  auto packet = lease(pipeline, "work", 1);
  CHECK(!pipeline.is_drained(stage));
  pass_on(pipeline, "work", *packet);
  CHECK(pipeline.is_drained(stage));
  CHECK(!pipeline.end(stage));
  CHECK(!pipeline.is_drained(*pipeline.find("out")));
  finish(pipeline, "out", *lease(pipeline, "out", 1));
  CHECK(pipeline.is_drained(*pipeline.find("out")));
  CHECK(pipeline.end(*pipeline.find("out")));
}

TEST_CASE("pipeline: an item that waits for its retry keeps its stage open, and comes first when it is due") {
  PipelineConfig config;
  config.stages = {source("in"), work("work", {"in"}), sink("out", {"work"})};
  Pipeline pipeline(config);
  Stage& stage = *pipeline.find("work");
  admit(pipeline, "in", 2);
  static_cast<void>(lease(pipeline, "work", 1));
  ItemRef item(0);
  item.more().failures = 1;
  stage.delayed.emplace(10, Delayed{0, std::move(item), "again"});
  static_cast<void>(pipeline.end(*pipeline.find("in")));

  CHECK(!pipeline.release_due(stage, 9));
  CHECK(!pipeline.is_drained(stage));
  CHECK(stage.depth() == 2);
  CHECK(pipeline.release_due(stage, 10));
  auto packet = lease(pipeline, "work", 10);
  CHECK(packet->bytes(0) == "again");
  CHECK(packet->ref(0).attempt() == 2);
  CHECK(packet->count() == 1);
}
