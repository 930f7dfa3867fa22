// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "engine/config/pipeline_config.h"
#include "engine/pipeline/pipeline.h"

namespace pooltop::testing {

inline StageConfig source(std::string name) {
  StageConfig stage;
  stage.name = std::move(name);
  stage.work = SourceConfig{RangeSource{}, std::nullopt};
  return stage;
}

inline StageConfig work(std::string name, std::vector<std::string> from, std::uint64_t capacity = 1024,
                        std::uint32_t workers = 1) {
  StageConfig stage;
  stage.name = std::move(name);
  stage.work = OpWork{.op = "identity", .args = "{}", .plugin = std::nullopt};
  stage.from = std::move(from);
  stage.capacity = capacity;
  stage.workers = workers;
  return stage;
}

inline StageConfig sink(std::string name, std::vector<std::string> from, std::uint64_t capacity = 1024,
                        bool ordered = false) {
  StageConfig stage;
  stage.name = std::move(name);
  stage.work = SinkConfig{.to = DiscardSink{}, .ordered = ordered};
  stage.from = std::move(from);
  stage.capacity = capacity;
  return stage;
}

/// A slot for each worker, as when a run has started.
inline void add_slots(Pipeline& pipeline) {
  for (const auto& stage : pipeline.stages())
    for (std::uint32_t i = 0; i < stage->config.workers; ++i) {
      stage->slots.push_back(std::make_unique<Slot>());
      stage->slots.back()->stage = stage->index;
      stage->slots.back()->index = i;
    }
}

}  // namespace pooltop::testing
