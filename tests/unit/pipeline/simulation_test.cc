// SPDX-License-Identifier: MIT
//
// Pipelines run without processes, by chance: workers take packets, answer, drop, split, fail, die; items are given
// back. A model of its own knows where every item must be. Nothing may be lost, doubled, out of order or stuck.
#include <doctest/doctest.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "tests/unit/pipeline/simulation.h"

using namespace pooltop;
using namespace pooltop::testing;

namespace {

/// Sources, work and sinks, joined by chance; sinks are ordered where they may be.
PipelineConfig random_graph(std::uint32_t seed) {
  Random random(seed);
  PipelineConfig config;
  const std::uint32_t sources = random() % 4 == 0 ? 2 : 1;
  const std::uint32_t works = random() % 5;
  std::vector<std::string> open;  // may be read
  std::set<std::string> unread;
  for (std::uint32_t i = 0; i < sources; ++i) {
    config.stages.push_back(source("source" + std::to_string(i)));
    open.push_back(config.stages.back().name);
    unread.insert(open.back());
  }
  const auto choose = [&](std::uint32_t most) {
    std::set<std::string> from;
    for (std::uint32_t i = 0; i < 1 + random() % most; ++i) from.insert(open[random() % open.size()]);
    for (const std::string& name : from) unread.erase(name);
    return std::vector<std::string>(from.begin(), from.end());
  };
  for (std::uint32_t i = 0; i < works; ++i) {
    config.stages.push_back(work("work" + std::to_string(i), choose(2), 1 + random() % 8, 1 + random() % 4));
    open.push_back(config.stages.back().name);
    unread.insert(open.back());
  }
  const bool ordered = sources == 1 && random() % 2 == 0;
  config.stages.push_back(sink("sink0", choose(2), 1 + random() % 8, ordered));
  for (const std::string& name : std::set<std::string>(unread))
    config.stages.push_back(sink("sink-" + name, {name}, 1 + random() % 8, ordered && random() % 2 == 0));
  // In any order: a stage may stand in front of those that it reads.
  std::shuffle(config.stages.begin(), config.stages.end(), random);
  return config;
}

void simulate(const PipelineConfig& config) {
  for (std::uint32_t seed = 0; seed < kSeeds / 4; ++seed) {
    CAPTURE(seed);
    Simulation(config, seed, false).run();
  }
}

}  // namespace

TEST_CASE("pipeline: in a line of stages every item ends once, from any seed") {
  PipelineConfig config;
  config.stages = {source("in"), work("a", {"in"}, 3, 2), work("b", {"a"}, 5, 3), sink("out", {"b"}, 2)};
  simulate(config);
}

TEST_CASE("pipeline: with a fan-out into two sinks every item ends once on each, from any seed") {
  PipelineConfig config;
  config.stages = {source("in"), work("a", {"in"}, 3, 2), work("b", {"in"}, 1, 1), sink("x", {"a"}, 2),
                   sink("y", {"b", "a"}, 9)};
  simulate(config);
}

TEST_CASE("pipeline: with a fan-in of two sources every item of both ends once, from any seed") {
  PipelineConfig config;
  config.stages = {source("p"), source("q"), work("a", {"p", "q"}, 3, 2), sink("out", {"a", "q"}, 2)};
  simulate(config);
}

TEST_CASE("pipeline: an ordered sink behind a diamond writes in order and never locks the run, from any seed") {
  PipelineConfig config;
  config.stages = {source("in"), work("a", {"in"}, 1, 3), work("b", {"in"}, 2, 1), work("c", {"a", "b"}, 1, 2),
                   sink("out", {"c", "a"}, 1, true)};
  simulate(config);
}

TEST_CASE("pipeline: an ordered sink right behind its source, and another beside it, from any seed") {
  PipelineConfig config;
  config.stages = {source("in"), sink("out", {"in"}, 3, true), work("a", {"in"}, 2, 2),
                   sink("other", {"a", "in"}, 1, true)};
  simulate(config);
}

TEST_CASE("pipeline: no queue holds more than its bound while items are passed on one by one, from any seed") {
  for (std::uint32_t seed = 0; seed < kSeeds; ++seed) {
    CAPTURE(seed);
    Simulation(random_graph(seed), seed, true).run();
  }
}

TEST_CASE(
    "pipeline: whatever the graph and whatever happens in it, nothing is lost, doubled or stuck, from any seed") {
  for (std::uint32_t seed = 0; seed < kSeeds; ++seed) {
    CAPTURE(seed);
    Simulation(random_graph(seed), seed, false).run();
  }
}
