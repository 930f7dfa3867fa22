// SPDX-License-Identifier: MIT
// The completion scripts are made from the table of commands, so that they know every option there is. What only the
// moment knows, the runs going on, they ask `pooltop ps` for.
#include <fmt/format.h>

#include <algorithm>

#include "tui/cli/command_line.h"
#include "tui/cli/commands.h"
#include "tui/cli/output.h"

namespace pooltop {
namespace {

bool takes_config(const CommandHelp& command) { return command.name == "run" || command.name == "check"; }
bool takes_run(const CommandHelp& command) {
  return std::any_of(command.options.begin(), command.options.end(), [](const OptionHelp& option) {
    return std::find(option.names.begin(), option.names.end(), "--run") != option.names.end();
  });
}

std::string joined_options(const CommandHelp& command) {
  std::string words;
  for (const OptionHelp& option : command.options)
    for (const std::string& name : option.names) words += (words.empty() ? "" : " ") + name;
  return words;
}

/// Fit for single quotes, and for zsh's brackets.
std::string quoted(std::string text) {
  std::string out;
  for (const char c : text) {
    if (c == '\'')
      out += "'\\''";
    else if (c == '[' || c == ']' || c == ':')
      out += ' ';
    else
      out += c;
  }
  return out;
}

constexpr std::string_view kBashHead = R"sh(# bash completion for pooltop
_pooltop_runs() { pooltop ps 2>/dev/null | awk 'NR > 1 { print $1 }'; }
_pooltop_configs() {
  compopt -o filenames 2>/dev/null
  COMPREPLY=($(compgen -f -X '!*.json' -- "$1") $(compgen -d -- "$1"))
}
_pooltop() {
  local cur=${COMP_WORDS[COMP_CWORD]} options
  case ${COMP_WORDS[COMP_CWORD - 1]} in
    --run) COMPREPLY=($(compgen -W "$(_pooltop_runs)" -- "$cur")); return ;;
    --report) COMPREPLY=($(compgen -f -- "$cur")); return ;;
    --color) COMPREPLY=($(compgen -W 'auto always never' -- "$cur")); return ;;
    --theme) COMPREPLY=($(compgen -W 'default cb mono' -- "$cur")); return ;;
    --item) COMPREPLY=($(compgen -W 'requeue fail' -- "$cur")); return ;;
    --signal) COMPREPLY=($(compgen -W 'KILL TERM INT HUP QUIT ABRT USR1 USR2' -- "$cur")); return ;;
  esac
  if [[ $COMP_CWORD -eq 1 ]]; then
    COMPREPLY=($(compgen -W "$_pooltop_commands --help --version" -- "$cur"))
    return
  fi
  case ${COMP_WORDS[1]} in
)sh";
constexpr std::string_view kBashTail = R"sh(    *) return ;;
  esac
  COMPREPLY=($(compgen -W "$options --help" -- "$cur"))
}
complete -F _pooltop pooltop
)sh";

std::string bash_script() {
  std::string names;
  std::string cases;
  for (const CommandHelp& command : describe_commands()) {
    names += (names.empty() ? "" : " ") + command.name;
    const std::string_view words =
        takes_config(command)          ? R"sh(_pooltop_configs "$cur")sh"
        : takes_run(command)           ? R"sh(COMPREPLY=($(compgen -W "$(_pooltop_runs)" -- "$cur")))sh"
        : command.name == "completion" ? R"sh(COMPREPLY=($(compgen -W 'bash zsh fish' -- "$cur")))sh"
                                       : ":";
    cases += fmt::format("    {})\n      options='{}'\n      [[ $cur == -* ]] || {{ {}; return; }} ;;\n", command.name,
                         joined_options(command), words);
  }
  return fmt::format("{}{}{}_pooltop_commands='{}'\n", kBashHead, cases, kBashTail, names);
}

constexpr std::string_view kZshHead = R"sh(#compdef pooltop
_pooltop_runs() {
  local -a runs
  runs=(${(f)"$(pooltop ps 2>/dev/null | awk 'NR > 1 { print $1 }')"})
  compadd -a runs
}
_pooltop() {
  local -a commands
  commands=(
)sh";
constexpr std::string_view kZshMiddle = R"sh(  )
  if (( CURRENT == 2 )); then
    _describe command commands
    return
  fi
  shift words
  (( CURRENT-- ))
  case $words[1] in
)sh";
constexpr std::string_view kZshTail = R"sh(  esac
}
if [ "$funcstack[1]" = _pooltop ]; then _pooltop "$@"; else compdef _pooltop pooltop; fi
)sh";

std::string zsh_script() {
  std::string commands;
  std::string cases;
  for (const CommandHelp& command : describe_commands()) {
    commands += fmt::format("    '{}:{}'\n", command.name, quoted(command.help));
    std::string options;
    for (const OptionHelp& option : command.options)
      for (const std::string& name : option.names)
        options += fmt::format(" '{}[{}]{}'", name, quoted(option.help), option.takes_value ? ":value:_files" : "");
    const std::string_view words = takes_config(command)          ? R"('*:config:_files -g "*.json"')"
                                   : takes_run(command)           ? "'*:run:_pooltop_runs'"
                                   : command.name == "completion" ? "'1:shell:(bash zsh fish)'"
                                                                  : "";
    cases += fmt::format("    {}) _arguments{} {} ;;\n", command.name, options, words);
  }
  return fmt::format("{}{}{}{}{}", kZshHead, commands, kZshMiddle, cases, kZshTail);
}

constexpr std::string_view kFishHead = R"sh(# fish completion for pooltop
function __pooltop_runs
    pooltop ps 2>/dev/null | awk 'NR > 1 { print $1 }'
end
complete -c pooltop -f
complete -c pooltop -n __fish_use_subcommand -l version -d 'print the version'
)sh";

std::string fish_script() {
  std::string text(kFishHead);
  for (const CommandHelp& command : describe_commands()) {
    text +=
        fmt::format("complete -c pooltop -n __fish_use_subcommand -a {} -d '{}'\n", command.name, quoted(command.help));
    const std::string here = fmt::format("complete -c pooltop -n '__fish_seen_subcommand_from {}'", command.name);
    for (const OptionHelp& option : command.options) {
      std::string names;
      for (const std::string& name : option.names)
        names += name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
      text += fmt::format("{}{}{} -d '{}'\n", here, names, option.takes_value ? " -r" : "", quoted(option.help));
    }
    if (takes_config(command)) text += here + " -F\n";
    if (takes_run(command)) text += here + " -a '(__pooltop_runs)'\n";
    if (command.name == "completion") text += here + " -a 'bash zsh fish'\n";
  }
  return text;
}

}  // namespace

int execute(const CompletionOptions& options) {
  print(options.shell == "bash" ? bash_script() : options.shell == "zsh" ? zsh_script() : fish_script());
  return 0;
}

}  // namespace pooltop
