// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "engine/base/text.h"
#include "engine/control/failed_list.h"
#include "engine/control/run_directory.h"
#include "engine/model/item_way.h"
#include "tui/cli/commands.h"
#include "tui/cli/link.h"
#include "tui/cli/output.h"
#include "tui/cli/select.h"
#include "tui/state/way_words.h"

namespace pooltop {
namespace {

constexpr std::size_t kShownBytes = 1024;

std::string indented(const std::string& text) {
  std::string out;
  for (std::size_t begin = 0, end = 0; begin < text.size(); begin = end + 1) {
    end = std::min(text.find('\n', begin), text.size());
    out += "      " + printable(text.substr(begin, end - begin), kShownBytes) + "\n";
  }
  return out;
}

std::string try_lines(const ItemTry& one) {
  std::string where = one.pid == 0 ? "" : fmt::format("  pid {}", one.pid);
  if (one.slot) where += fmt::format(" slot {}", *one.slot);
  std::string text = fmt::format("  {}  try {}{}  {}\n", printable(one.started_at, 32), one.attempt, where, describe_try(one));
  if (const std::string reason = reason_of(one); !reason.empty()) text += "      " + reason + "\n";
  return text + indented(one.standard_error);
}

std::string way_lines(const ItemWay& way) {
  std::string text = fmt::format("{} #{}: {}\n", printable(way.stage, 64), printable(way.id, 64), printable(way.item, kShownBytes));
  if (way.tries_left_out > 0) text += fmt::format("  {} tries before\n", way.tries_left_out);
  for (const ItemTry& one : way.tries) {
    if (one.after_retry) text += "  given back by you\n";
    text += try_lines(one);
  }
  return text + "  now: " + describe_now(way.now) + "\n";
}

// Of a run that has ended only what failed is known.
ItemWay way_in_ended_run(const std::string& run, const std::string& stage, const std::string& id) {
  const auto directory = RunDirectory::open_existing(run);
  if (directory)
    if (const auto failed = FailedPages(directory->failed_file()).find(stage, id)) return way_of(*failed);
  throw CliError(kExitNoSuchTarget, fmt::format("the run \"{}\" has ended, and no item {} of stage {} is on the list of "
                                                "its failed items: of the others nothing is kept",
                                                run, printable(id, 64), printable(stage, 64)));
}

}  // namespace

int execute(const ItemOptions& options) {
  constexpr const char* kForm = "item: it is pooltop item [RUN] STAGE ID";
  if (options.at.words.size() < 2) throw CliError(kExitUsage, kForm);
  const SelectedRun selected = select_run(options.at, {.has_targets = true, .ended_will_do = true});
  if (selected.targets.size() != 2) throw CliError(kExitUsage, kForm);
  const std::string& stage = selected.targets[0];
  const std::string& id = selected.targets[1];
  const auto info = find_run(selected.run);
  const ItemWay way = info && info->going_on
                          ? item_way_from_json(ask(selected.run, "item", {{"stage", stage}, {"item_id", id}}))
                          : way_in_ended_run(selected.run, stage, id);
  print(options.json ? to_json(way).dump(-1, ' ', /*ensure_ascii=*/true, nlohmann::json::error_handler_t::replace) + "\n"
                     : way_lines(way));
  return 0;
}

}  // namespace pooltop
