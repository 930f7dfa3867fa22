// SPDX-License-Identifier: MIT
// This file and usage.cc alone know CLI11. Each command has a row in kCommands: its name, its line in the help, and a
// function that binds its options to a struct. CLI11 reads the words; what is wrong comes out as CliError(2), in our
// words.
#include "tui/cli/command_line.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <array>
#include <functional>
#include <memory>

#include "engine/base/text.h"
#include "engine/base/units.h"
#include "tui/cli/usage.h"

namespace pooltop {
namespace {

/// Hands out the finished options once CLI11 has filled them in.
using Take = std::function<CommandOptions()>;

template <typename Options>
std::shared_ptr<Options> options() {
  return std::make_shared<Options>();
}

template <typename Options>
Take take(std::shared_ptr<Options> filled) {
  return [filled]() -> CommandOptions { return *filled; };
}

void add_run_option(CLI::App& app, Selection& selection) {
  app.add_option("--run", selection.run, "the run's name, always clear")->option_text("NAME");
}

/// [RUN] [TARGET...] or less of it; `text` is how the help shows the words. How many will do is the command's to say.
void add_words(CLI::App& app, Selection& selection, const std::string& text) {
  constexpr int kMost = 4096;
  app.add_option("words", selection.words, "the run may be left out where exactly one is going on")
      ->option_text(text)
      ->expected(0, kMost);
  add_run_option(app, selection);
}

/// An option that may be repeated and takes one value each time.
void add_repeated(CLI::App& app, const std::string& name, std::vector<std::string>& values, const std::string& text,
                  const std::string& help) {
  app.add_option(name, values, help)->option_text(text)->type_size(1)->expected(1)->take_all()->allow_extra_args(false);
}

void add_config(CLI::App& app, ConfigOptions& config) {
  app.add_option("config", config.config, "the pipeline's JSON file; may be a pipe, or - for stdin")
      ->option_text("CONFIG")
      ->required();
  app.add_option("--name", config.name, "the run's name (else the config's \"name\", else its file's stem)")
      ->option_text("NAME");
  add_repeated(app, "--set", config.set, "STAGE.KEY=VALUE", "override a key: hash.workers=8, wait.args.seconds=0.1");
  add_repeated(app, "--var", config.var, "NAME=VALUE", "value for ${NAME} in the config (else the environment's)");
}

void add_screen(CLI::App& app, ScreenOptions& screen) {
  app.add_option("--color", screen.color, "auto, always or never")
      ->option_text("WHEN")
      ->check(CLI::IsMember({"auto", "always", "never"}));
  app.add_option("--theme", screen.theme, "default, light (for a white background), cb (for colour-blind eyes) or mono")
      ->option_text("NAME")
      ->check(CLI::IsMember({"default", "light", "cb", "mono"}));
  const auto add_no = [&app](const char* name, bool& value, const char* help) {
    app.add_flag_callback(
        name, [&value] { value = false; }, help);
  };
  add_no("--no-mouse", screen.mouse, "leave the mouse to the terminal");
  add_no("--no-title", screen.title, "leave the terminal's title as it is");
  add_no("--no-bell", screen.bell, "do not ring when the first item fails and when the run ends");
}

Take bind_run(CLI::App& app) {
  auto o = options<RunOptions>();
  add_config(app, o->config);
  app.add_flag("--plain", o->plain, "no screen: progress lines on stderr");
  app.add_option_function<std::string>(
         "--interval",
         [o](const std::string& text) {
           const auto interval = parse_duration(text);
           if (!interval || *interval < 100 * kMillisecond)
             throw CLI::ValidationError("--interval: " + text + " is no duration of 100ms or more; use 500ms, 5s, 2m");
           o->interval = *interval;
         },
         "time between two progress lines (10s)")
      ->option_text("DURATION");
  app.add_flag("--json-lines", o->json_lines, "progress as JSON lines on stderr");
  app.add_flag("--detach", o->detach, "start in the background, print the run's name, return");
  app.add_flag("--resume", o->resume, "go on with an interrupted run of this config");
  app.add_option("--report", o->report, "write the final status object as JSON")->option_text("FILE");
  app.add_flag("--exit", o->exit_at_end, "leave the monitor when the run ends");
  add_screen(app, o->screen);
  return take(o);
}

Take bind_attach(CLI::App& app) {
  auto o = options<AttachOptions>();
  add_words(app, o->run, "[RUN]");
  app.add_flag("--read-only", o->read_only, "watch, without any action");
  add_screen(app, o->screen);
  return take(o);
}

Take bind_replay(CLI::App& app) {
  auto o = options<ReplayOptions>();
  add_words(app, o->run, "[RUN]");
  app.add_flag("--json", o->json, "no screen: one line for each sample on stdout, with its status and what happened");
  add_screen(app, o->screen);
  return take(o);
}

Take bind_wait(CLI::App& app) {
  auto o = options<WaitOptions>();
  add_words(app, o->run, "[RUN]");
  return take(o);
}

Take bind_ps(CLI::App& app) {
  auto o = options<PsOptions>();
  app.add_flag("--json", o->json, "as a JSON list");
  app.add_flag("-a,--all", o->all, "those that ended too");
  return take(o);
}

Take bind_status(CLI::App& app) {
  auto o = options<StatusOptions>();
  add_words(app, o->run, "[RUN]");
  app.add_flag("--json", o->json, "the status object");
  return take(o);
}

Take bind_pause(CLI::App& app) {
  auto o = options<PauseOptions>();
  add_words(app, o->at, "[RUN] [STAGE|PID...]");
  app.add_flag("--after-item", o->after_item, "let each worker finish the item in work first");
  return take(o);
}

Take bind_resume(CLI::App& app) {
  auto o = options<ResumeOptions>();
  add_words(app, o->at, "[RUN] [STAGE|PID...]");
  return take(o);
}

Take bind_kill(CLI::App& app) {
  auto o = options<KillOptions>();
  add_words(app, o->at, "[RUN] PID...");
  app.add_option("--signal", o->signal, "KILL (default) or another; TERM is followed by KILL after 5 s")
      ->option_text("SIGNAL");
  app.add_option("--item", o->item, "what becomes of the item in work: requeue (default) or fail")
      ->option_text("requeue|fail")
      ->check(CLI::IsMember({"requeue", "fail"}));
  return take(o);
}

Take bind_restart(CLI::App& app) {
  auto o = options<RestartOptions>();
  add_words(app, o->at, "[RUN] STAGE|PID...");
  app.add_flag("--now", o->now, "not after the item in work, but at once; the item goes back to the queue");
  return take(o);
}

Take bind_scale(CLI::App& app) {
  auto o = options<ScaleOptions>();
  add_words(app, o->at, "[RUN] STAGE N");
  return take(o);
}

Take bind_set(CLI::App& app) {
  auto o = options<SetOptions>();
  add_words(app, o->at, "[RUN] [STAGE.KEY=VALUE...]");
  app.add_flag("--diff", o->diff, "print what the changed settings are in the config, as diff -u does");
  app.add_flag("--write", o->write, "write the changed settings into the config's file");
  app.add_flag("--drop", o->drop, "put all back to what the config says");
  app.add_flag("--json", o->json, "the settings as a JSON object");
  return take(o);
}

Take bind_stop(CLI::App& app) {
  auto o = options<StopOptions>();
  add_words(app, o->run, "[RUN]");
  app.add_flag("--now", o->now, "TERM at once, KILL after 5 s; what was in work is not done");
  return take(o);
}

Take bind_logs(CLI::App& app) {
  auto o = options<LogsOptions>();
  add_words(app, o->at, "[RUN] [STAGE|PID]");
  app.add_flag("-f,--follow", o->follow, "go on as more is written, until the run ends");
  return take(o);
}

Take bind_failed(CLI::App& app) {
  auto o = options<FailedOptions>();
  add_words(app, o->run, "[RUN] [STAGE [ID...]]");
  app.add_flag("--json", o->json, "as they are kept, one JSON object per line");
  app.add_flag("--retry", o->retry, "give the failed items, or these of them, back to their stages");
  app.add_flag("--retrying", o->retrying, "not those: the items that failed a try and have another one to come");
  app.add_option("--match", o->match, "of them those that fit: words, stage:X, id:X, item:X, error:X, stderr:X, !X")
      ->option_text("TEXT");
  return take(o);
}

Take bind_item(CLI::App& app) {
  auto o = options<ItemOptions>();
  add_words(app, o->at, "[RUN] STAGE ID");
  app.add_flag("--json", o->json, "as the control socket tells it");
  return take(o);
}

Take bind_fail(CLI::App& app) {
  auto o = options<FailOptions>();
  add_words(app, o->at, "[RUN] STAGE ID...");
  app.add_flag("--kill", o->kill, "items in work too, by killing their workers");
  return take(o);
}

Take bind_inspect(CLI::App& app) {
  auto o = options<InspectOptions>();
  add_words(app, o->at, "[RUN] PID");
  app.add_flag("--json", o->json, "all that is known, as JSON");
  app.add_flag("--stack", o->stack, "its own code's stack too, by py-spy, gdb, eu-stack or pstack");
  return take(o);
}

Take bind_check(CLI::App& app) {
  auto o = options<CheckOptions>();
  add_config(app, o->config);
  return take(o);
}

Take bind_ops(CLI::App& app) {
  auto o = options<OpsOptions>();
  app.add_option("name", o->name, "one operator, in full")->option_text("[NAME]");
  return take(o);
}

Take bind_keys(CLI::App& app) {
  auto o = options<KeysOptions>();
  app.add_flag("--json", o->json, "as a keys.json to start from");
  return take(o);
}

Take bind_schema(CLI::App&) { return take(options<SchemaOptions>()); }

Take bind_clean(CLI::App& app) {
  auto o = options<CleanOptions>();
  app.add_flag("--yes", o->yes, "remove without asking");
  return take(o);
}

Take bind_completion(CLI::App& app) {
  auto o = options<CompletionOptions>();
  app.add_option("shell", o->shell, "bash, zsh or fish")
      ->option_text("SHELL")
      ->required()
      ->check(CLI::IsMember({"bash", "zsh", "fish"}));
  return take(o);
}

struct CommandRow {
  std::string_view name;
  std::string_view help;
  Take (*bind)(CLI::App&);
};
constexpr auto kCommands = std::to_array<CommandRow>({
    {"run", "launch a pipeline; on a terminal, watch it in the monitor", bind_run},
    {"attach", "watch a run that is going on", bind_attach},
    {"replay", "show again what a run looked like", bind_replay},
    {"wait", "wait for a run's end, exit with its status", bind_wait},
    {"ps", "the runs going on, and those that can be resumed", bind_ps},
    {"status", "one snapshot of a run", bind_status},
    {"pause", "pause a run, stages or workers", bind_pause},
    {"resume", "let them go on", bind_resume},
    {"kill", "send a signal to workers or their children", bind_kill},
    {"restart", "replace workers, after the item in work", bind_restart},
    {"scale", "set a stage's number of workers", bind_scale},
    {"set", "show or change settings of a run's stages while it runs", bind_set},
    {"stop", "end a run: drain it, or --now", bind_stop},
    {"logs", "what the workers wrote to stdout and stderr", bind_logs},
    {"failed", "the failed items of a run", bind_failed},
    {"inspect", "where a worker is: stuck, or just slow?", bind_inspect},
    {"item", "what became of an item: its tries, and where it is now", bind_item},
    {"fail", "fail items that wait, for good", bind_fail},
    {"check", "validate a config and print every argv it would run", bind_check},
    {"ops", "built-in operators and their arguments", bind_ops},
    {"keys", "the monitor's keys, with those of keys.json", bind_keys},
    {"schema", "print the config's JSON Schema", bind_schema},
    {"clean", "remove what ended and interrupted runs left", bind_clean},
    {"completion", "print the completion for bash, zsh or fish", bind_completion},
});

[[noreturn]] void refuse_command(std::string_view word) {
  const auto names = command_names();
  const auto near = nearest_name(word, names);
  throw CliError(kExitUsage, fmt::format("unknown command \"{}\"; {}", printable(word, 64),
                                         near ? fmt::format("did you mean \"{}\"?", *near) : "see pooltop --help"));
}

}  // namespace

std::vector<std::string_view> command_names() {
  std::vector<std::string_view> names;
  for (const CommandRow& row : kCommands) names.push_back(row.name);
  return names;
}

std::vector<CommandHelp> describe_commands() {
  std::vector<CommandHelp> commands;
  for (const CommandRow& row : kCommands) {
    CLI::App app;
    (void)row.bind(app);
    CommandHelp& command = commands.emplace_back(CommandHelp{std::string(row.name), std::string(row.help), {}});
    for (const CLI::Option* option : app.get_options()) {
      if (option->get_positional()) continue;
      OptionHelp& help = command.options.emplace_back();
      for (const std::string& name : option->get_snames()) help.names.push_back("-" + name);
      for (const std::string& name : option->get_lnames()) help.names.push_back("--" + name);
      help.help = option->get_description();
      help.takes_value = option->get_items_expected_max() > 0;
    }
  }
  return commands;
}

CommandOptions parse_command_line(int argc, const char* const* argv) {
  CLI::App app("Runs and watches pools of worker processes.", "pooltop");
  app.set_version_flag("--version", "pooltop " POOLTOP_VERSION);
  app.formatter(std::make_shared<HelpFormatter>());
  app.footer(exit_status_help());
  app.require_subcommand(1);
  std::vector<Take> takes;
  std::vector<CLI::App*> commands;
  for (const CommandRow& row : kCommands) {
    commands.push_back(app.add_subcommand(std::string(row.name), std::string(row.help)));
    takes.push_back(row.bind(*commands.back()));
  }
  if (argc < 2) return TextOptions{app.help(), kExitUsage};

  if (argv[1] == std::string_view("help")) {  // "help run" for "run --help"
    const bool is_of_one = argc > 2;
    const char* const words[] = {argv[0], is_of_one ? argv[2] : "--help", "--help"};
    if (argc > 3) throw CliError(kExitUsage, "help: one command at a time");
    return parse_command_line(is_of_one ? 3 : 2, words);
  }
  const std::string_view first = argv[1];
  const auto names = command_names();
  const bool is_command = std::find(names.begin(), names.end(), first) != names.end();
  if (!is_command && !first.starts_with("-")) refuse_command(first);
  const CLI::App& spoken_to = is_command ? *app.get_subcommand(std::string(first)) : app;
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    return TextOptions{is_command ? spoken_to.help("pooltop") : app.help()};
  } catch (const CLI::CallForVersion&) {
    return TextOptions{"pooltop " POOLTOP_VERSION "\n"};
  } catch (const CLI::ParseError& error) {
    throw CliError(kExitUsage,
                   fmt::format("{}{}", is_command ? fmt::format("{}: ", first) : "", describe(spoken_to, error)));
  }
  for (std::size_t i = 0; i < commands.size(); ++i)
    if (commands[i]->parsed()) return takes[i]();
  refuse_command(first);
}

}  // namespace pooltop
