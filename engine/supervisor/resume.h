// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

#include "engine/config/pipeline_config.h"
#include "engine/control/failed_list.h"
#include "engine/supervisor/engine.h"

namespace pooltop {

/// A run cannot be gone on with; each reason is a printable sentence.
class CannotResume : public std::runtime_error {
 public:
  explicit CannotResume(std::vector<std::string> reasons);
  [[nodiscard]] const std::vector<std::string>& reasons() const noexcept { return reasons_; }

 private:
  std::vector<std::string> reasons_;
};

/// What a run that may be gone on with leaves in its directory at its start: config.json, and identity.json with what
/// the next life is compared with. Throws std::system_error.
void write_origin(const std::string& run_dir, const PipelineConfig& config, const std::string& start_dir);

/// Where the run in `run_dir` was first started: what its config's relative paths are relative to. Empty: not known.
[[nodiscard]] std::string first_start_dir(const std::string& run_dir);

struct ResumePlan {
  enum class Kind : std::uint8_t {
    Nothing,   ///< there is no journal, or nothing in it: the run begins anew
    Finished,  ///< every item is done or failed
    GoOn,
  } kind = Kind::Nothing;
  ResumedRun run;                  ///< GoOn
  std::vector<std::string> named;  ///< what changed, and may: "hash: workers 4 -> 8"
};
/// Looks whether `config` can go on with the run that `run_dir` holds, whose lock the caller has, so that nothing of it
/// lives any more. Changes nothing; reads what was kept of sources that cannot be read again. Throws
/// CannotResume: the journal is damaged, the config or a source is not what it was, a sink's file was changed.
[[nodiscard]] ResumePlan plan_resume(const PipelineConfig& config, const std::string& run_dir,
                                     const std::string& start_dir);

/// Takes away what belongs to the life before alone (report, recording, changed settings), and from the list of failed
/// items those that will run again. Throws std::system_error. Costs a reading of the list.
void clear_for_resume(const PipelineConfig& config, const std::string& run_dir, const ResumedRun& run);

/// Of a run that has ended, whose lock the caller has: `keys` leave the list of failed items and are "not done", so
/// that run --resume runs them, each from its source item on. Others of the same source items go with them. Returns how
/// many left the list. Throws CannotResume (no journal, a sink that is ordered and has passed their place),
/// std::system_error.
std::size_t give_back_failed(const std::string& run_dir, const std::vector<FailedKey>& keys);

}  // namespace pooltop
