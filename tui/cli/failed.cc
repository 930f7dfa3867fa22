// SPDX-License-Identifier: MIT
#include <fmt/format.h>
#include <unistd.h>

#include <nlohmann/json.hpp>

#include "engine/base/text.h"
#include "engine/control/failed_list.h"
#include "engine/control/run_directory.h"
#include "tui/cli/commands.h"
#include "tui/cli/link.h"
#include "tui/cli/output.h"
#include "tui/cli/select.h"
#include "tui/plain/failure.h"

namespace pooltop {
namespace {

/// The records as they are. Others wrote what is in them: for a terminal all but ASCII is escaped, as JSON can.
void print_json(const std::string& file) {
  const bool ascii = ::isatty(STDOUT_FILENO) == 1;
  for_each_failed(file, [&](const FailedItem& item) { print(to_json(item).dump(-1, ' ', ascii) + "\n"); });
}

void print_text(const std::string& file) {
  std::size_t count = 0;
  const std::size_t broken = for_each_failed(file, [&](const FailedItem& item) {
    ++count;
    print(fmt::format("{}\n    item: {}\n", failure_line(item).text.substr(5), printable(item.item, 256)));
  });
  if (count == 0) say("no item failed");
  if (broken > 0) say(fmt::format("{} lines of {} are no records", broken, file));
}

int retry(const std::string& run) {
  const auto info = find_run(run);
  if (!info || !info->going_on)
    throw CliError(kExitNoSuchTarget,
                   fmt::format("the run \"{}\" is not going on; without a journal, which this version has not, failed "
                               "items can be given back only while it is; they stay on its list (pooltop failed {})",
                               run, run));
  const nlohmann::json answer = ask(run, "failed", {{"retry", true}});
  const std::uint64_t kept = answer.value("kept", std::uint64_t{0});
  say(fmt::format("{}: failed items given back: {}{}", run, answer.value("given_back", std::uint64_t{0}),
                  kept == 0 ? "" : fmt::format("; {} stay on the list: their stage has ended", kept)));
  return 0;
}

}  // namespace

int execute(const FailedOptions& options) {
  const std::string run = select_run(options.run, {.ended_will_do = true}).run;
  if (options.retry) return retry(run);
  const auto directory = RunDirectory::open_existing(run);
  if (!directory) throw CliError(kExitNoSuchTarget, fmt::format("there is no run \"{}\"", run));
  if (options.json)
    print_json(directory->failed_file());
  else
    print_text(directory->failed_file());
  return 0;
}

}  // namespace pooltop
