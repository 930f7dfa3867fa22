// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <array>
#include <string>
#include <vector>

#include "tests/unit/pipeline/graphs.h"

using namespace pooltop;
using namespace pooltop::testing;

namespace {

void hand_over(Pipeline& pipeline, std::uint64_t count) {
  const std::string data(count, 'x');
  const std::vector<std::uint32_t> lengths(count, 1);
  pipeline.admit(*pipeline.find("in"), ItemRun{0, 0, {}, data, lengths}, 1);
}

std::vector<std::uint64_t> queued(Pipeline& pipeline, const char* stage) {
  std::vector<std::uint64_t> ordinals;
  while (auto packet = pipeline.find(stage)->queue.lease(1000))
    for (std::size_t i = 0; i < packet->count(); ++i) ordinals.push_back(packet->ordinal(i));
  return ordinals;
}

// `in` to `split`, which makes several of one, to `out`.
PipelineConfig splitting(bool ordered) {
  PipelineConfig config;
  config.stages = {source("in"), work("split", {"in"}), sink("out", {"split"}, 1024, ordered)};
  return config;
}

void split_all(Pipeline& pipeline, std::size_t parts) {
  Stage& split = *pipeline.find("split");
  while (auto packet = split.queue.lease(1)) {
    HeldAnswer outputs;
    outputs.data = std::string(parts, 'p');
    outputs.lengths.assign(parts, 1);
    pipeline.branch(split, 0, packet->ref(0), outputs, 1);
  }
}

Intervals intervals(std::vector<std::pair<std::uint64_t, std::uint64_t>> runs) {
  Intervals out;
  for (const auto& [first, count] : runs) out.add(first, count);
  return out;
}

}  // namespace

TEST_CASE("resume: items that were complete are handed over for nothing, the others run again") {
  PipelineConfig config;
  config.stages = {source("in"), work("work", {"in"}), sink("out", {"work"})};
  Pipeline pipeline(config);
  pipeline.restore_source(*pipeline.find("in"), intervals({{0, 3}, {5, 2}, {9, 1}}), {});
  CHECK(pipeline.find("in")->ledger.admitted() == 3);
  hand_over(pipeline, 9);  // 3 … 11
  CHECK(queued(pipeline, "work") == std::vector<std::uint64_t>{3, 4, 7, 8, 10, 11});
  CHECK(pipeline.find("in")->ledger.done() == 6);
  CHECK(pipeline.find("in")->ledger.open() == 6);
}

TEST_CASE("resume: what a sink had written of an open item is not written again, the rest is") {
  Pipeline pipeline(splitting(false));
  ItemIds ids;
  const std::array<std::uint32_t, 1> second{1};
  ids.add(0, second);
  pipeline.restore_source(*pipeline.find("in"), {}, {});
  pipeline.restore_sink(*pipeline.find("out"), 17, {{0, ids}});
  CHECK(pipeline.find("out")->written == 17);
  hand_over(pipeline, 2);
  split_all(pipeline, 3);
  Stage& out = *pipeline.find("out");
  std::vector<std::string> written;
  while (auto packet = out.queue.lease(1)) {
    written.push_back(id_text("", packet->ref(0)));
    pipeline.finish(out, *packet, 0, 1, 1);
  }
  CHECK(written == std::vector<std::string>{"0.0", "0.2", "1.0", "1.1", "1.2"});
  CHECK(pipeline.find("in")->ledger.done() == 2);
  CHECK(out.written_ids[0].empty());  // nothing is open any more
  CHECK(out.load == 0);
}

TEST_CASE("resume: of an item that fails when it runs again it is known that some of its outputs are written") {
  Pipeline pipeline(splitting(false));
  ItemIds ids;
  const std::array<std::uint32_t, 1> second{1};
  ids.add(0, second);
  pipeline.restore_source(*pipeline.find("in"), {}, {});
  pipeline.restore_sink(*pipeline.find("out"), 17, {{0, ids}});
  const Stage& split = *pipeline.find("split");
  CHECK(pipeline.was_written_in_part(split, 0, ItemRef(0)));
  CHECK(!pipeline.was_written_in_part(split, 0, ItemRef(1)));
  CHECK(!pipeline.was_written_in_part(split, 1, ItemRef(0)));
}

TEST_CASE("resume: what was written of an item is looked for once in each stage, however often branches come together") {
  constexpr int kDiamonds = 60;
  PipelineConfig config;
  config.stages = {source("in"), work("before", {"in"}), sink("beside", {"in"})};
  std::string last = "before";
  for (int i = 0; i < kDiamonds; ++i) {
    const std::string n = std::to_string(i);
    config.stages.push_back(work("left" + n, {last}));
    config.stages.push_back(work("right" + n, {last}));
    config.stages.push_back(work("both" + n, {"left" + n, "right" + n}));
    last = "both" + n;
  }
  config.stages.push_back(sink("out", {last}));
  Pipeline pipeline(config);
  ItemIds beside, out;
  beside.add(0, std::array<std::uint32_t, 1>{0});
  out.add(1, std::array<std::uint32_t, 1>{0});
  pipeline.restore_sink(*pipeline.find("beside"), 3, {{0, beside}});
  pipeline.restore_sink(*pipeline.find("out"), 3, {{0, out}});
  CHECK(!pipeline.was_written_in_part(*pipeline.find("before"), 0, ItemRef(0)));  // that was another branch
  CHECK(pipeline.was_written_in_part(*pipeline.find("before"), 0, ItemRef(1)));
}

TEST_CASE("resume: an ordered sink goes on behind what it had written") {
  Pipeline pipeline(splitting(true));
  ItemIds ids;
  const std::array<std::uint32_t, 1> first{0};
  ids.add(4, first);
  pipeline.restore_source(*pipeline.find("in"), intervals({{0, 4}, {6, 1}}), {});
  pipeline.restore_sink(*pipeline.find("out"), 9, {{0, ids}});
  hand_over(pipeline, 4);  // 4 … 7
  split_all(pipeline, 2);
  Stage& out = *pipeline.find("out");
  std::vector<std::string> written;
  while (auto packet = out.queue.lease(1)) {
    written.push_back(id_text("", packet->ref(0)));
    pipeline.finish(out, *packet, 0, 1, 1);
  }
  CHECK(written == std::vector<std::string>{"4.1", "5.0", "5.1", "7.0", "7.1"});
  CHECK(pipeline.find("in")->ledger.done() == 8);
}

TEST_CASE("resume: an item whose result is written is not worked on again where it can go nowhere else") {
  PipelineConfig config;
  config.stages = {source("in"), work("split", {"in"}), work("costly", {"split"}), sink("out", {"costly"})};
  Pipeline pipeline(config);
  ItemIds ids;
  const std::array<std::uint32_t, 1> second{1};
  ids.add(0, second);
  pipeline.restore_source(*pipeline.find("in"), {}, {});
  pipeline.restore_sink(*pipeline.find("out"), 2, {{0, ids}});
  hand_over(pipeline, 1);
  split_all(pipeline, 3);
  CHECK(pipeline.find("costly")->queue.depth() == 2);
}

TEST_CASE("resume: the ids that a sink has of an item are kept while a part of it is open or failed, no longer") {
  Pipeline pipeline(splitting(false));
  hand_over(pipeline, 1);
  split_all(pipeline, 3);
  Stage& out = *pipeline.find("out");
  const auto end_one = [&](bool fails) {
    auto packet = out.queue.lease(1);
    REQUIRE(packet != nullptr);
    if (fails)
      pipeline.fail(out, 0, packet->ref(0), 1);
    else
      pipeline.finish(out, *packet, 0, 1, 1);
  };
  end_one(false);
  CHECK(out.written_ids[0].contains(0, std::array<std::uint32_t, 1>{0}));
  end_one(true);
  end_one(false);
  CHECK(pipeline.find("in")->ledger.failed() == 1);
  CHECK(out.written_ids[0].contains(0, std::array<std::uint32_t, 1>{2}));
  auto again = item_of_text("0.1");
  REQUIRE(again);
  REQUIRE(pipeline.reopen(out, 0, std::move(*again), "p", 1));
  end_one(false);
  CHECK(pipeline.find("in")->ledger.done() == 1);
  CHECK(out.written_ids[0].empty());
}
