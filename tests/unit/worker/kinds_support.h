// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "tests/support/worker_harness.h"

namespace pooltop::testing {

inline WorkerSpec spec_of(decltype(StageConfig::work) work) {
  WorkerSpec spec;
  spec.stage.work = std::move(work);
  return spec;
}

inline WorkerSpec op_spec(std::string op, std::string args = "{}") {
  OpWork work;
  work.op = std::move(op);
  work.args = std::move(args);
  return spec_of(work);
}

inline WorkerSpec command_spec(std::vector<std::string> argv, OutputMode output = OutputMode::Whole,
                               bool item_on_stdin = false) {
  CommandWork work;
  work.argv = std::move(argv);
  work.output = output;
  work.item_on_stdin = item_on_stdin;
  return spec_of(work);
}

inline WorkerSpec shell_spec(const std::string& text, OutputMode output = OutputMode::Whole) {
  return command_spec({"/bin/sh", "-c", text, "sh", "{}"}, output);
}

inline WorkerSpec lasting_spec(std::vector<std::string> argv, WorkerProtocol protocol, std::uint32_t window = 8) {
  WorkerWork work;
  work.argv = std::move(argv);
  work.protocol = protocol;
  work.window = window;
  return spec_of(work);
}

inline WorkerSpec source_spec(decltype(SourceConfig::from) from) {
  SourceConfig source;
  source.from = std::move(from);
  return spec_of(source);
}

inline WorkerSpec sink_spec(decltype(SinkConfig::to) to) {
  SinkConfig sink;
  sink.to = std::move(to);
  return spec_of(sink);
}

/// Items that hold every byte value, nothing, newlines, NUL.
inline std::vector<std::string> hard_items() {
  std::string all;
  for (int i = 0; i < 256; ++i) all += static_cast<char>(i);
  return {"", "plain", std::string("\0", 1), "\n", "two\nlines\n", all, "\xff\xfe", "e\xcc\x81 \xf0\x9f\x98\x80"};
}

}  // namespace pooltop::testing
