// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include "tui/state/steps.h"

namespace pooltop {

Dialog quit_dialog(const Step& step) {
  const UiState& state = step.state();
  Dialog dialog;
  dialog.quit = true;
  dialog.title = fmt::format("Leave {}?", step.snapshot.run);
  dialog.lines = {"Detached, the run goes on: `pooltop attach` watches it again."};
  dialog.choices = {{kKeyEsc, "Cancel", {}}, {U'd', "detach", {}, Effect::Leave}};
  if (state.read_only) return dialog;
  dialog.choices.push_back({U'w', "drain and stop", {stop_deed(step, false)}, Effect::None, true});
  dialog.choices.push_back({U'9', "stop now", {stop_deed(step, true)}, Effect::None, true});
  dialog.lines.emplace_back(state.owns_run ? "Ctrl-C once more: stop now. What is not done stays not done."
                                           : "Ctrl-C once more: detach. The run goes on.");
  return dialog;
}

void choose(Step& step, const Choice& choice) {
  UiState& state = step.state();
  const Choice taken = choice;  // it lies in the dialog that is closed here
  state.dialog.reset();
  for (const Deed& deed : taken.deeds) send(step, deed);
  if (taken.leave_at_end) {
    state.leave_at_end = true;
    state.stop_asked = true;
  }
  if (taken.effect != Effect::None) step.out.effect = taken.effect;
  if (taken.config) step.out.config = taken.config;
  if (taken.deeds.empty()) return;  // what was marked for it stays marked
  const bool for_items = taken.deeds[0].request.command == "failed";
  if (for_items) state.failed.unmark();
  const bool several_workers = !for_items && taken.deeds.size() > 1;
  if (several_workers) state.marks.clear();
}

void dialog_key(Step& step, Key key) {
  Dialog& dialog = *step.state().dialog;
  const std::size_t count = dialog.choices.size();
  if (key == kKeyEsc) {
    step.state().dialog.reset();
    return;
  }
  if (dialog.target_gone) {
    step.out.changed = false;
    return;
  }
  if (key == kKeyEnter) return choose(step, dialog.choices[dialog.focus]);
  if (key == kKeyRight || key == kKeyTab || key == kKeyDown) {
    dialog.focus = (dialog.focus + 1) % count;
    return;
  }
  if (key == kKeyLeft || key == kKeyBackTab || key == kKeyUp) {
    dialog.focus = (dialog.focus + count - 1) % count;
    return;
  }
  for (const Choice& choice : dialog.choices)
    if (choice.key == key) return choose(step, choice);
  step.out.changed = false;
}

}  // namespace pooltop
