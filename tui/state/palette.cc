// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <string>

#include "engine/base/text.h"
#include "tui/state/steps.h"

namespace pooltop {
namespace {

// What an action would act on now, as the command line names it.
std::string target(const Step& step) {
  const UiState& state = step.state();
  if (!acts_on_workers(state)) return state.stage;
  if (!state.marks.empty()) {
    std::string pids;
    for (const WorkerKey& key : state.marks) pids += fmt::format("{}{}", pids.empty() ? "" : " ", key.pid);
    return pids;
  }
  return state.worker && state.worker->pid != 0 ? fmt::format("{}", state.worker->pid) : "PID";
}

// "pause {target}" of the key table to "pooltop pause crawl 21872".
std::string command_line(const Step& step, std::string_view pattern) {
  if (pattern.empty()) return {};
  const std::size_t space = std::min(pattern.find(' '), pattern.size());
  std::string rest(pattern.substr(std::min(space + 1, pattern.size())));
  for (const auto& [name, value] :
       {std::pair<std::string_view, std::string>{"{target}", target(step)}, {"{stage}", step.state().stage}})
    if (const auto at = rest.find(name); at != std::string::npos) rest.replace(at, name.size(), value);
  return shell_command(step.snapshot, pattern.substr(0, space), rest);
}

void run_action(Step& step, const Menu&, const MenuEntry& entry) {
  for (const KeyRow& row : key_table())
    if (entry.id == fmt::format("{}", static_cast<int>(row.action))) return do_action(step, row.action);
}

bool belongs_in_palette(const KeyRow& row) {
  return row.section != Section::Moving && row.action != Action::Palette && row.action != Action::Interrupt &&
         row.action != Action::Suspend && row.action != Action::Repaint;
}

}  // namespace

void open_palette(Step& step) {
  const UiState& state = step.state();
  Menu menu;
  menu.title = "Actions";
  menu.narrows = true;
  menu.hint = "type to narrow, Enter does it, Esc closes";
  menu.picked = run_action;
  for (const KeyRow& row : key_table()) {
    if (!belongs_in_palette(row) || (row.section == Section::Replay && !state.replay)) continue;
    MenuEntry entry;
    entry.id = fmt::format("{}", static_cast<int>(row.action));
    entry.label = row.help;
    entry.right = state.bindings.keys_of(row.action);
    const std::string shell = command_line(step, row.cli);
    entry.note = shell.empty() ? "" : "$ " + printable(shell);
    if (row.changes_run && state.replay) {
      entry.enabled = false;
      entry.note = "not here: this is a recording";
    } else if (row.changes_run && state.read_only) {
      entry.enabled = false;
      entry.note = "not here: this monitor only watches (--read-only)";
    }
    menu.entries.push_back(std::move(entry));
  }
  open_menu(step, std::move(menu));
}

}  // namespace pooltop
