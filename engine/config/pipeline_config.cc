// SPDX-License-Identifier: MIT
#include "engine/config/pipeline_config.h"

namespace pooltop {

namespace {

struct KindName {
  std::string_view operator()(const SourceConfig&) const { return "source"; }
  std::string_view operator()(const OpWork& work) const { return work.plugin ? "plugin" : "op"; }
  std::string_view operator()(const CommandWork& work) const { return work.is_shell ? "shell" : "command"; }
  std::string_view operator()(const WorkerWork&) const { return "worker"; }
  std::string_view operator()(const PythonWork&) const { return "python"; }
  std::string_view operator()(const SinkConfig&) const { return "sink"; }
};

}  // namespace

std::string_view kind_of(const StageConfig& stage) { return std::visit(KindName{}, stage.work); }

}  // namespace pooltop
