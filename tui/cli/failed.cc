// SPDX-License-Identifier: MIT
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "engine/base/text.h"
#include "engine/control/failed_list.h"
#include "engine/control/run_directory.h"
#include "engine/model/item_way.h"
#include "engine/supervisor/resume.h"
#include "tui/cli/commands.h"
#include "tui/cli/link.h"
#include "tui/cli/output.h"
#include "tui/cli/select.h"
#include "tui/plain/failure.h"
#include "tui/state/way_words.h"

namespace pooltop {
namespace {

/// [STAGE [ID...]]: all that failed, those of a stage, or these of it; of them those that fit --match.
struct Wanted {
  std::string stage;
  std::vector<std::string> ids;
  std::string match;
  ItemMatch terms{match};
  [[nodiscard]] bool has(const FailedItem& item) const {
    return (stage.empty() || item.stage == stage) &&
           (ids.empty() || std::find(ids.begin(), ids.end(), item.id) != ids.end()) && terms.fits(matched(item));
  }
};

Wanted wanted_of(const std::vector<std::string>& words, const std::string& match) {
  if (words.empty()) return {.stage = "", .ids = {}, .match = match};
  return {.stage = words[0], .ids = {words.begin() + 1, words.end()}, .match = match};
}

/// The records as they are. Others wrote what is in them: for a terminal all but ASCII is escaped, as JSON can.
void print_json(const std::string& file, const Wanted& wanted) {
  const bool ascii = ::isatty(STDOUT_FILENO) == 1;
  for_each_failed(file, [&](const FailedItem& item) {
    if (wanted.has(item)) print(to_json(item).dump(-1, ' ', ascii) + "\n");
  });
}

void print_text(const std::string& file, const Wanted& wanted) {
  std::size_t count = 0;
  const std::size_t broken = for_each_failed(file, [&](const FailedItem& item) {
    if (!wanted.has(item)) return;
    ++count;
    print(fmt::format("{}\n    item: {}\n", failure_line(item).text.substr(5), printable(item.item, 256)));
  });
  const bool all = wanted.stage.empty() && wanted.terms.is_empty();
  if (count == 0) say(all ? "no item failed" : "no such item is on the list");
  if (broken > 0) say(fmt::format("{} lines of {} are no records", broken, file));
}

/// A word that is no stage of the run is a mistake, not a stage of which nothing failed.
void check_stage(const std::string& run, const std::string& stage) {
  std::vector<std::string> names;
  try {
    for (const StageStatus& row : last_status(run).stages) names.push_back(row.name);
  } catch (const CliError&) {
    return;  // it was interrupted, and left no status to compare with
  }
  if (std::find(names.begin(), names.end(), stage) != names.end()) return;
  throw CliError(kExitNoSuchTarget, fmt::format("the run \"{}\" has no stage \"{}\"; its stages: {}", run,
                                                printable(stage, 64), fmt::join(names, ", ")));
}

bool is_going_on(const std::string& run) {
  const auto info = find_run(run);
  return info && info->going_on;
}

// Page by page: they may be many.
int print_retrying(const std::string& run, const Wanted& wanted, bool json) {
  if (!wanted.ids.empty())
    throw CliError(kExitUsage, "failed --retrying: a stage at most; pooltop item shows one item");
  if (!is_going_on(run))
    throw CliError(kExitNoSuchTarget, fmt::format("the run \"{}\" is not going on: nothing is tried again", run));
  constexpr std::uint64_t kPage = 1000;
  std::uint64_t shown = 0;
  for (std::uint64_t total = 1; shown < total;) {
    nlohmann::ordered_json request = {{"offset", shown}, {"limit", kPage}};
    if (!wanted.stage.empty()) request["stage"] = wanted.stage;
    if (!wanted.match.empty()) request["match"] = wanted.match;
    const nlohmann::json answer = ask(run, "retrying", request);
    total = answer.value("total", std::uint64_t{0});
    for (const nlohmann::json& object : answer.at("items")) {
      const RetryingItem item = retrying_item_from_json(object);
      print(json ? object.dump(-1, ' ', /*ensure_ascii=*/true, nlohmann::json::error_handler_t::replace) + "\n"
                 : fmt::format("{} #{} {}: {}\n    item: {}\n", printable(item.stage, 64), printable(item.id, 64),
                               describe_now(item.now), printable(item.error, 256), printable(item.item, 256)));
    }
    if (answer.at("items").empty()) break;  // they have gone on meanwhile
    shown += answer.at("items").size();
  }
  if (shown == 0) say("no item waits for another try");
  return 0;
}

// Of a run that has ended: they become "not done", and `run --resume` runs them.
int retry_later(const std::string& run, const Wanted& wanted) {
  std::optional<RunDirectory> directory;
  try {
    directory = RunDirectory::open_resume(run, 0);
  } catch (const RunGoingOn& error) {
    throw CliError(kExitUsage, error.what());
  }
  if (!directory) throw CliError(kExitNoSuchTarget, fmt::format("there is no run \"{}\"", run));
  std::vector<FailedKey> keys;
  for_each_failed(directory->failed_file(), [&](const FailedItem& item) {
    if (wanted.has(item)) keys.emplace_back(item.stage, item.id);
  });
  if (keys.empty() && !wanted.ids.empty())
    throw CliError(kExitNoSuchTarget,
                   fmt::format("{}: none of these is on the list of {}", run, printable(wanted.stage, 64)));
  try {
    const std::size_t count = keys.empty() ? 0 : give_back_failed(directory->path(), keys);
    say(fmt::format("{}: failed items given back: {}{}", run, count,
                    count == 0 ? "" : "; pooltop run --resume with its config runs them"));
  } catch (const CannotResume& error) {
    throw CliError(
        kExitNoSuchTarget,
        fmt::format("the run \"{}\" is not going on, and its failed items cannot be given back: {}; they stay "
                    "on its list (pooltop failed {})",
                    run, error.what(), run));
  }
  return 0;
}

int retry(const std::string& run, const Wanted& wanted) {
  if (!is_going_on(run)) return retry_later(run, wanted);
  nlohmann::ordered_json request = {{"retry", true}};
  if (!wanted.stage.empty()) request["stage"] = wanted.stage;
  if (!wanted.ids.empty()) request["ids"] = wanted.ids;
  if (!wanted.match.empty()) request["match"] = wanted.match;
  const nlohmann::json answer = ask(run, "failed", request);
  const std::uint64_t kept = answer.value("kept", std::uint64_t{0});
  const std::uint64_t given_back = answer.value("given_back", std::uint64_t{0});
  const std::uint64_t hurried = answer.value("hurried", std::uint64_t{0});
  if (!wanted.ids.empty() && kept + given_back + hurried == 0)
    throw CliError(kExitNoSuchTarget, fmt::format("{}: none of these is on the list or waits for another try in {}",
                                                  run, printable(wanted.stage, 64)));
  say(fmt::format("{}: failed items given back: {}{}{}", run, given_back,
                  hurried == 0 ? "" : fmt::format("; {} waited for another try and need not any more", hurried),
                  kept == 0 ? "" : fmt::format("; {} stay on the list: their stage has ended", kept)));
  return 0;
}

}  // namespace

int execute(const FailedOptions& options) {
  const SelectedRun selected = select_run(options.run, {.has_targets = true, .ended_will_do = true});
  const std::string& run = selected.run;
  const Wanted wanted = wanted_of(selected.targets, options.match);
  if (!wanted.stage.empty()) check_stage(run, wanted.stage);
  if (options.retry && options.retrying) throw CliError(kExitUsage, "failed: --retry and --retrying: one of them");
  if (options.retry) return retry(run, wanted);
  if (options.retrying) return print_retrying(run, wanted, options.json);
  const auto directory = RunDirectory::open_existing(run);
  if (!directory) throw CliError(kExitNoSuchTarget, fmt::format("there is no run \"{}\"", run));
  if (options.json)
    print_json(directory->failed_file(), wanted);
  else
    print_text(directory->failed_file(), wanted);
  return 0;
}

}  // namespace pooltop
