// SPDX-License-Identifier: MIT
#include "tui/cli/command_line.h"

#include <doctest/doctest.h>

using namespace pooltop;

namespace {

CommandOptions parse(std::vector<const char*> words) {
  words.insert(words.begin(), "pooltop");
  return parse_command_line(static_cast<int>(words.size()), words.data());
}

std::string refusal(const std::vector<const char*>& words) {
  try {
    (void)parse(words);
  } catch (const CliError& error) {
    CHECK(error.status() == kExitUsage);
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("cli: every option of run reaches its value") {
  const auto run = std::get<RunOptions>(
      parse({"run",        "c.json",     "--plain",   "--interval", "250ms",       "--json-lines", "--detach",
             "--resume",   "--name",     "n",         "--set",      "a.workers=8", "--set",        "b.args.seconds=0.1",
             "--var",      "X=1",        "--report",  "r.json",     "--exit",      "--color",      "never",
             "--no-mouse", "--no-title", "--no-bell", "--theme",    "cb"}));

  CHECK(run.config.config == "c.json");
  CHECK(run.config.set == std::vector<std::string>{"a.workers=8", "b.args.seconds=0.1"});
  CHECK(run.config.var == std::vector<std::string>{"X=1"});
  CHECK(run.config.name == "n");
  CHECK(run.plain);
  CHECK(run.interval == 250 * kMillisecond);
  CHECK(run.json_lines);
  CHECK(run.detach);
  CHECK(run.resume);
  CHECK(run.report == "r.json");
  CHECK(run.exit_at_end);
  CHECK(run.screen.color == "never");
  CHECK_FALSE(run.screen.mouse);
  CHECK_FALSE(run.screen.title);
  CHECK_FALSE(run.screen.bell);
  CHECK(run.screen.theme == "cb");
}

TEST_CASE("cli: --set takes one value, so the config may stand behind it") {
  const auto run = std::get<RunOptions>(parse({"run", "--set", "a.workers=8", "c.json"}));

  CHECK(run.config.set == std::vector<std::string>{"a.workers=8"});
  CHECK(run.config.config == "c.json");
}

TEST_CASE("cli: a config of - is stdin, no option") {
  CHECK(std::get<RunOptions>(parse({"run", "-"})).config.config == "-");
  CHECK(std::get<CheckOptions>(parse({"check", "-", "--var", "A=b"})).config.config == "-");
}

TEST_CASE("cli: words and options of the commands that act") {
  const auto kill = std::get<KillOptions>(parse({"kill", "crawl", "12", "13", "--signal", "TERM", "--item", "fail"}));
  CHECK(kill.at.words == std::vector<std::string>{"crawl", "12", "13"});
  CHECK(kill.signal == "TERM");
  CHECK(kill.item == "fail");
  CHECK(std::get<PauseOptions>(parse({"pause", "--run", "x", "fetch", "--after-item"})).at.run == "x");
  CHECK(std::get<LogsOptions>(parse({"logs", "-f", "crawl"})).follow);
  const auto inspect = std::get<InspectOptions>(parse({"inspect", "crawl", "42", "--json", "--stack"}));
  CHECK(inspect.at.words == std::vector<std::string>{"crawl", "42"});
  CHECK(inspect.json);
  CHECK(inspect.stack);
  const auto set = std::get<SetOptions>(parse({"set", "crawl", "fetch.timeout=30s", "--diff", "--write", "--json"}));
  CHECK(set.at.words == std::vector<std::string>{"crawl", "fetch.timeout=30s"});
  CHECK(set.diff);
  CHECK(set.write);
  CHECK(set.json);
  CHECK_FALSE(set.drop);
  CHECK(std::get<StopOptions>(parse({"stop", "--now"})).now);
  CHECK(std::get<FailedOptions>(parse({"failed", "--json", "--retry"})).retry);
  CHECK(std::get<RestartOptions>(parse({"restart", "fetch", "--now"})).now);
  CHECK(std::get<AttachOptions>(parse({"attach", "--read-only"})).read_only);
}

TEST_CASE("cli: what is wrong is named, with what may have been meant") {
  CHECK(refusal({"rnu", "c.json"}) == "unknown command \"rnu\"; did you mean \"run\"?");
  CHECK(refusal({"xyzzy"}) == "unknown command \"xyzzy\"; see pooltop --help");
  CHECK(refusal({"run", "c.json", "--plian"}) == "run: unknown option --plian; did you mean --plain?");
  CHECK(refusal({"run"}) == "run: config is required");
  CHECK(refusal({"run", "c.json", "--interval", "1ms"}).find("100ms") != std::string::npos);
  CHECK(refusal({"kill", "1", "--item", "drop"}).find("{requeue,fail}") != std::string::npos);
  CHECK(refusal({"\x1b[31m"}).find('\x1b') == std::string::npos);
}

TEST_CASE("cli: help and version are texts for stdout; no command is a text for stderr, with status 2") {
  CHECK(std::get<TextOptions>(parse({"--version"})).text == "pooltop " POOLTOP_VERSION "\n");
  CHECK(std::get<TextOptions>(parse({"scale", "--help"})).text.find("Usage: pooltop scale [OPTION...] [RUN] STAGE N") !=
        std::string::npos);
  CHECK(std::get<TextOptions>(parse({"-h"})).status == 0);
  CHECK(std::get<TextOptions>(parse({})).status == kExitUsage);
}

TEST_CASE("cli: every command is described with its options") {
  for (const CommandHelp& command : describe_commands()) {
    CAPTURE(command.name);
    CHECK_FALSE(command.help.empty());
    CHECK_FALSE(command.options.empty());
    for (const OptionHelp& option : command.options) CHECK_FALSE(option.help.empty());
  }
  CHECK(describe_commands().size() == command_names().size());
}
