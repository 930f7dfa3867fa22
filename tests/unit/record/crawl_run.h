// SPDX-License-Identifier: MIT
#pragma once

#include <fmt/format.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "engine/base/fd.h"
#include "engine/model/snapshot.h"
#include "engine/record/recorder.h"

#include <fcntl.h>

namespace pooltop {

/// A run that works: each second every worker is on another item, and every figure is another one.
inline Snapshot crawl_at(double elapsed_s, std::uint32_t workers) {
  const auto second = static_cast<std::uint64_t>(elapsed_s);
  const auto noise = [&](std::uint64_t salt, std::uint64_t most) {
    return ((second + 1) * 2654435761u + salt * 40503u) / 7 % most;
  };
  Snapshot run;
  run.run = "crawl";
  run.pid = 812;
  run.state = RunState::Running;
  run.started_at = "2026-01-31T12:00:00Z";
  run.elapsed_s = elapsed_s;
  run.items = {std::nullopt, second * 40, second / 100, workers};
  for (const char* name : {"urls", "fetch", "parse", "store"}) {
    StageStatus stage;
    stage.name = name;
    stage.kind = "command";
    stage.state = StageState::Running;
    stage.workers = workers;
    stage.busy = workers - static_cast<std::uint32_t>(noise(1, 3));
    stage.in = second * 41;
    stage.out = second * 40 + noise(2, 9);
    stage.rate_per_s = static_cast<double>(noise(3, 90000)) / 1000;
    stage.latency = {static_cast<double>(noise(4, 900000)) / 1e6, static_cast<double>(noise(5, 90000000)) / 1e7};
    stage.time_share = {0.9, 0.05, 0.05, 0, 0};
    stage.queue = QueueStatus{.depth = noise(6, 256), .capacity = 256, .oldest_age_s = 0.5};
    run.stages.push_back(stage);
  }
  for (std::uint32_t i = 0; i < workers; ++i) {
    WorkerStatus worker;
    worker.pid = static_cast<pid_t>(20000 + i);
    worker.stage = "fetch";
    worker.slot = i;
    worker.state = WorkerState::Busy;
    worker.state_since_s = elapsed_s;
    worker.item_id = fmt::format("{}", second * 40 + i);
    worker.item = fmt::format("example.org/a/{:06}.html", second * 40 + i);
    worker.attempt = 1;
    worker.max_attempts = 3;
    worker.item_elapsed_s = static_cast<double>(noise(i, 900)) / 1000;
    worker.done = second / 4 + i;
    worker.rate_per_s = static_cast<double>(noise(i + 1, 9000)) / 1000;
    worker.cpu_percent = static_cast<double>(noise(i + 2, 99000)) / 1000;
    worker.rss_bytes = 31'000'000 + noise(i + 3, 1000) * 4096;
    worker.started_at = "2026-01-31T12:00:01Z";
    run.workers.push_back(worker);
  }
  return run;
}

/// A run's directory with a recorder in it; removed at the end.
class RunFolder {
 public:
  RunFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "pooltop-record-XXXXXX").string();
    path_ = ::mkdtemp(pattern.data());
  }
  ~RunFolder() { std::filesystem::remove_all(path_); }
  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] std::string file() const { return path_ + "/samples"; }
  [[nodiscard]] Fd open() const { return Fd(::open(path_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)); }
  [[nodiscard]] std::string bytes() const {
    std::ifstream in(file(), std::ios::binary);
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  }
  void write(const std::string& bytes) const { std::ofstream(file(), std::ios::binary | std::ios::trunc) << bytes; }

 private:
  std::string path_;
};

/// So many seconds of that run, recorded.
inline void record(Recorder& recorder, std::uint64_t seconds, std::uint32_t workers) {
  for (std::uint64_t second = 0; second < seconds; ++second) {
    const bool with_rows = recorder.wants_rows(workers);
    recorder.take(crawl_at(static_cast<double>(second), with_rows ? workers : 0), with_rows, {});
  }
}

}  // namespace pooltop
