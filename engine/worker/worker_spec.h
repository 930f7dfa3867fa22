// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "engine/config/pipeline_config.h"
#include "engine/journal/spool.h"
#include "engine/process/worker_starter.h"

namespace pooltop {

/// What the engine tells a worker at its start; lies in its region.
struct WorkerSpec {
  StageConfig stage;
  std::string run;         ///< the run's name: POOLTOP_RUN
  std::uint32_t slot = 0;  ///< POOLTOP_SLOT
  std::uint64_t max_item_bytes = 16u << 20;
  std::string log_file;       ///< absolute; appended to; empty: none
  std::string start_dir;      ///< where pooltop was started: relative paths are relative to it
  std::uint64_t skip = 0;     ///< source: items already handed over by its predecessor
  std::uint64_t written = 0;  ///< file sink: length acknowledged by its predecessors; what lies behind it is cut off
  bool is_successor = false;  ///< not the first process of its slot
  bool syncs = false;         ///< what a file sink acknowledges, or a spool holds at its end, is on the disk ("fsync")
  SpoolUse spool = SpoolUse::None;  ///< source
  std::string run_dir;              ///< where the spool is
};

[[nodiscard]] std::string encode(const WorkerSpec& spec);
/// Throws std::runtime_error on what encode() did not write.
[[nodiscard]] WorkerSpec decode_worker_spec(std::string_view bytes);

/// True where the work is told an item's id and attempt (command, shell, worker with protocol json, jsonl sink): its
/// packets carry them.
[[nodiscard]] bool needs_ids(const StageConfig& stage);

/// True where the work can have effects outside (command, shell, worker, python, plugin), so that an item should not
/// run again once it has run: each answer is published as soon as it is there.
[[nodiscard]] bool publishes_each(const StageConfig& stage);

/// The worker: maps its region, reads its spec, works until END, exits. Never returns.
/// Exit status 0 after END; 1 when it could not go on (the reason is the last line of its log); a worker whose
/// long-lived child died ends as that child did.
[[noreturn]] void worker_main(const WorkerFds& fds);

}  // namespace pooltop
