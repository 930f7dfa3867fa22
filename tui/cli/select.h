// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "engine/control/run_directory.h"
#include "tui/cli/options.h"

namespace pooltop {

/// A run that a command is about, and the words that are left: its targets.
struct SelectedRun {
  std::string run;
  std::vector<std::string> targets;
};

struct SelectionRules {
  bool has_targets = false;    ///< the command takes targets behind RUN
  bool ended_will_do = false;  ///< the command is about ended runs too
};

/// Whether `word` names a stage or a worker of the run `run`.
using IsTarget = std::function<bool(const std::string& run, const std::string& word)>;

/// [RUN] [TARGET...]: the first word is RUN if a run of that name is going on, or has ended where ended ones will do;
/// RUN may be left out where exactly one is going on. Throws CliError: 2 where it is not clear what is meant, 4 where
/// there is no such run. Pure but for `is_target`, which is asked at most once for each run that is going on.
[[nodiscard]] SelectedRun select_run(const Selection& selection, const std::vector<RunInfo>& runs, SelectionRules rules,
                                     const IsTarget& is_target);

/// The same among this user's runs; asks the run's engine for its stages and PIDs where that matters.
[[nodiscard]] SelectedRun select_run(const Selection& selection, SelectionRules rules);

}  // namespace pooltop
