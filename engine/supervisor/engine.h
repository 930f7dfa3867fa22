// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "engine/config/pipeline_config.h"
#include "engine/guardian/guardian.h"
#include "engine/journal/journal_state.h"

namespace pooltop {

/// Where a run of before stood, for one that goes on with it.
struct ResumedRun {
  JournalState journal;  ///< its journal's last record
  /// Its failed items that stay so: by source stage and ordinal how many. The others are off the list.
  std::map<std::string, std::map<std::uint64_t, std::uint32_t>> failed;
  /// By source stage, where one keeps a digest: of its items below the first that is not complete.
  std::map<std::string, std::uint64_t> digests;
  /// Source stages that had ended, and whose items are read from what was kept of them.
  std::set<std::string> spooled;
};

/// What an engine needs to run a pipeline. The config was checked by load_config().
struct EngineOptions {
  PipelineConfig config;
  std::string run_dir;      ///< exists, 0700, this run's alone (RunDirectory)
  std::string socket_path;  ///< where the control socket is made
  std::string
      report_file;        ///< where the last status is written too if nobody reads the reports by then; empty: nowhere
  std::string start_dir;  ///< absolute; relative paths of the config are relative to it
  int stdin_fd = -1;      ///< for a source that reads "-"
  int stdout_fd = -1;     ///< for a sink that writes "-"
  EngineFds fds;          ///< from the guardian
  std::optional<ResumedRun> resumed;
  int lock_fd = -1;  ///< the run directory's lock: held while the engine lives
};

/// Why the pipeline cannot run here: a call that the system refuses, or more file descriptors than this process may
/// have; what was found, what to do. Empty: it can. Told before anything is started, as else workers would be waited
/// for for ever.
[[nodiscard]] std::string why_not_here(const PipelineConfig& config);

/// How many file descriptors may be kept for speed alone: half of those that the pipeline's workers leave, the other
/// half is for workers that are added.
[[nodiscard]] std::size_t spare_descriptors(const PipelineConfig& config);

/// Runs the pipeline to its end, in a process that is the engine's alone (see start_guarded). Reports "ready" once the
/// socket listens and the workers are being started, leaves report.json, failed.jsonl and the logs in run_dir.
/// Returns the run's exit status: 0 every item was processed, 1 some failed, 3 it could not go on, 130 stopped by the
/// user, 141 the reader of standard output went away.
[[nodiscard]] int run_engine(EngineOptions options);

}  // namespace pooltop
