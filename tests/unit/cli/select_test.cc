// SPDX-License-Identifier: MIT
#include "tui/cli/select.h"

#include <doctest/doctest.h>

using namespace pooltop;

namespace {

RunInfo run(const std::string& name, bool going_on) {
  RunInfo info;
  info.name = name;
  info.going_on = going_on;
  info.state = going_on ? "going on" : "ended";
  return info;
}

bool never(const std::string&, const std::string&) { return false; }

int refusal(const Selection& selection, const std::vector<RunInfo>& runs, SelectionRules rules,
            const IsTarget& is_target = never) {
  try {
    (void)select_run(selection, runs, rules, is_target);
  } catch (const CliError& error) {
    return error.status();
  }
  return 0;
}

constexpr SelectionRules kTargets{.has_targets = true, .ended_will_do = false};
constexpr SelectionRules kRunOnly{.has_targets = false, .ended_will_do = false};
constexpr SelectionRules kEndedToo{.has_targets = false, .ended_will_do = true};

}  // namespace

TEST_CASE("cli: the run may be left out where exactly one is going on") {
  const std::vector<RunInfo> runs{run("crawl", true), run("old", false)};

  CHECK(select_run({}, runs, kRunOnly, never).run == "crawl");
  const SelectedRun selected = select_run({{"fetch", "12"}, {}}, runs, kTargets, never);
  CHECK(selected.run == "crawl");
  CHECK(selected.targets == std::vector<std::string>{"fetch", "12"});
  CHECK(refusal({}, {run("old", false)}, kRunOnly) == kExitNoSuchTarget);
  CHECK(refusal({}, {run("a", true), run("b", true)}, kRunOnly) == kExitUsage);
  CHECK(refusal({{"fetch"}, {}}, {run("a", true), run("b", true)}, kTargets) == kExitUsage);
}

TEST_CASE("cli: a first word that names an ended run is told to have ended where nothing is going on") {
  RunInfo old = run("old", false);
  old.outcome = "done";
  CHECK(refusal({{"old"}, {}}, {old}, kTargets) == kExitNoSuchTarget);
  CHECK_THROWS_WITH((void)select_run({{"old", "fetch"}, {}}, {old}, kTargets, never),
                    "the run \"old\" is not going on: it has ended (done)");
}

TEST_CASE("cli: the first word is the run if a run of that name is going on") {
  const std::vector<RunInfo> runs{run("a", true), run("b", true)};

  const SelectedRun selected = select_run({{"b", "fetch"}, {}}, runs, kTargets, never);

  CHECK(selected.run == "b");
  CHECK(selected.targets == std::vector<std::string>{"fetch"});
}

TEST_CASE("cli: a first word that names a run and a target in it is refused, --run is always clear") {
  const std::vector<RunInfo> runs{run("hash", true)};
  const IsTarget both = [](const std::string& name, const std::string& word) {
    return name == "hash" && word == "hash";
  };

  CHECK(refusal({{"hash"}, {}}, runs, kTargets, both) == kExitUsage);
  CHECK(refusal({{"hash", "hash"}, {}}, runs, kTargets, both) == kExitUsage);
  const SelectedRun selected = select_run({{"hash"}, "hash"}, runs, kTargets, both);
  CHECK(selected.run == "hash");
  CHECK(selected.targets == std::vector<std::string>{"hash"});
  CHECK(select_run({{"hash"}, {}}, runs, kRunOnly, both).run == "hash");
}

TEST_CASE("cli: a run that is not there, or not going on, is status 4; too many words are 2") {
  const std::vector<RunInfo> runs{run("crawl", true), run("old", false)};

  CHECK(refusal({{"nosuch"}, {}}, runs, kRunOnly) == kExitNoSuchTarget);
  CHECK(refusal({{"old"}, {}}, runs, kRunOnly) == kExitNoSuchTarget);
  CHECK(refusal({{}, "nosuch"}, runs, kTargets) == kExitNoSuchTarget);
  CHECK(refusal({{"crawl", "more"}, {}}, runs, kRunOnly) == kExitUsage);
  CHECK(refusal({{"more"}, "crawl"}, runs, kRunOnly) == kExitUsage);
}

TEST_CASE("cli: commands that are about ended runs too take one by its name, or the only one there is") {
  const std::vector<RunInfo> runs{run("crawl", true), run("old", false)};

  CHECK(select_run({{"old"}, {}}, runs, kEndedToo, never).run == "old");
  CHECK(select_run({}, runs, kEndedToo, never).run == "crawl");
  CHECK(select_run({}, {run("old", false)}, kEndedToo, never).run == "old");
  CHECK(refusal({}, {run("old", false), run("older", false)}, kEndedToo) == kExitUsage);
  const SelectionRules logs{.has_targets = true, .ended_will_do = true};
  const SelectedRun selected = select_run({{"old", "fetch"}, {}}, {run("old", false), run("x", false)}, logs, never);
  CHECK(selected.run == "old");
  CHECK(selected.targets == std::vector<std::string>{"fetch"});
}

TEST_CASE("cli: an ended run is found by its name while another goes on, unless that one has a target of that name") {
  const std::vector<RunInfo> runs{run("crawl", true), run("old", false)};
  const SelectionRules rules{.has_targets = true, .ended_will_do = true};

  const SelectedRun selected = select_run({{"old", "fetch"}, {}}, runs, rules, never);
  CHECK(selected.run == "old");
  CHECK(selected.targets == std::vector<std::string>{"fetch"});
  const auto always = [](const std::string&, const std::string&) { return true; };
  CHECK_THROWS_WITH_AS((void)select_run({{"old"}, {}}, runs, rules, always),
                       doctest::Contains("say --run old or --run crawl"), CliError);
  CHECK(select_run({{"fetch"}, {}}, runs, rules, never).targets == std::vector<std::string>{"fetch"});
}
