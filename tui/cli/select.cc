// SPDX-License-Identifier: MIT
#include "tui/cli/select.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "engine/base/text.h"
#include "engine/control/client.h"
#include "tui/cli/link.h"

namespace pooltop {
namespace {

const RunInfo* named(const std::vector<RunInfo>& runs, const std::string& name) {
  const auto found = std::find_if(runs.begin(), runs.end(), [&](const RunInfo& run) { return run.name == name; });
  return found == runs.end() ? nullptr : &*found;
}

[[noreturn]] void refuse_ended(const RunInfo& run) {
  throw CliError(kExitNoSuchTarget,
                 fmt::format("the run \"{}\" is not going on: it {}", run.name,
                             run.outcome ? fmt::format("has ended ({})", *run.outcome) : "was interrupted"));
}

/// The run of that name, if it is one that the command can be about.
const RunInfo& wanted(const std::vector<RunInfo>& runs, const std::string& name, SelectionRules rules) {
  const RunInfo* run = named(runs, name);
  if (run == nullptr) throw CliError(kExitNoSuchTarget, fmt::format("there is no run \"{}\"", printable(name, 64)));
  if (!run->going_on && !rules.ended_will_do) refuse_ended(*run);
  return *run;
}

/// The only run that can be meant where none was named.
const RunInfo& only_run(const std::vector<RunInfo>& runs, SelectionRules rules) {
  std::vector<std::string> going_on;
  for (const RunInfo& run : runs)
    if (run.going_on) going_on.push_back(run.name);
  if (going_on.size() == 1) return *named(runs, going_on.front());
  if (going_on.size() > 1)
    throw CliError(kExitUsage,
                   fmt::format("{} runs are going on ({}): say which", going_on.size(), fmt::join(going_on, ", ")));
  if (rules.ended_will_do && runs.size() == 1) return runs.front();
  if (rules.ended_will_do && runs.size() > 1)
    throw CliError(kExitUsage, "no run is going on; say which of those that ended (pooltop ps --all)");
  throw CliError(kExitNoSuchTarget, "no run is going on");
}

}  // namespace

SelectedRun select_run(const Selection& selection, const std::vector<RunInfo>& runs, SelectionRules rules,
                       const IsTarget& is_target) {
  const auto& words = selection.words;
  const std::size_t most = selection.run ? 0 : 1;
  if (!rules.has_targets && words.size() > most)
    throw CliError(kExitUsage, fmt::format("one word too many: \"{}\"", printable(words[most], 64)));
  if (selection.run) return {wanted(runs, *selection.run, rules).name, words};
  if (words.empty()) return {only_run(runs, rules).name, {}};
  const RunInfo* first = named(runs, words[0]);
  if (first != nullptr && first->going_on) {
    if (rules.has_targets && is_target(first->name, words[0]))
      throw CliError(kExitUsage, fmt::format("\"{0}\" is a run and a target in it: say --run {0}, and the target if it "
                                             "is meant",
                                             words[0]));
    return {first->name, {words.begin() + 1, words.end()}};
  }
  if (!rules.has_targets) return {wanted(runs, words[0], rules).name, {}};
  const bool any_going_on = std::any_of(runs.begin(), runs.end(), [](const RunInfo& run) { return run.going_on; });
  if (!any_going_on && first != nullptr && !rules.ended_will_do) refuse_ended(*first);
  if (first != nullptr && rules.ended_will_do) {
    for (const RunInfo& run : runs)
      if (run.going_on && is_target(run.name, words[0]))
        throw CliError(kExitUsage, fmt::format("\"{0}\" is a run that has ended and a target in \"{1}\": say --run {0} "
                                               "or --run {1}",
                                               words[0], run.name));
    return {first->name, {words.begin() + 1, words.end()}};
  }
  return {only_run(runs, rules).name, words};
}

SelectedRun select_run(const Selection& selection, SelectionRules rules) {
  const std::vector<RunInfo> runs = list_runs();
  // A run that is not listed because its directory is not safe is told so, and not that there is none.
  const bool may_be_target =
      rules.has_targets && std::any_of(runs.begin(), runs.end(), [](const RunInfo& run) { return run.going_on; });
  const std::string first = selection.words.empty() || may_be_target ? "" : selection.words[0];
  const std::string name = selection.run.value_or(first);
  if (named(runs, name) == nullptr) (void)find_run(name);
  return select_run(selection, runs, rules, [](const std::string& run, const std::string& word) {
    Snapshot status;
    try {
      status = fetch_status(run);
    } catch (const std::exception&) {  // it has just ended, or does not answer: then nothing in it can be meant
      return false;
    }
    const bool stage = std::any_of(status.stages.begin(), status.stages.end(),
                                   [&](const StageStatus& row) { return row.name == word; });
    return stage || std::any_of(status.workers.begin(), status.workers.end(), [&](const WorkerStatus& row) {
             return std::to_string(row.pid) == word || (row.child_pid && std::to_string(*row.child_pid) == word);
           });
  });
}

}  // namespace pooltop
