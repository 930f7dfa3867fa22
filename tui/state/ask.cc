// SPDX-License-Identifier: MIT
#include "tui/state/ask.h"

#include <algorithm>
#include <utility>

#include "tui/state/fuzzy.h"
#include "tui/state/steps.h"

namespace pooltop {
namespace {

void narrow(Menu& menu) {
  std::vector<std::pair<int, std::size_t>> fits;
  for (std::size_t i = 0; i < menu.entries.size(); ++i) {
    const auto score = menu.narrows ? fuzzy_score(menu.entries[i].label, menu.typed.text) : 0;
    if (score) fits.emplace_back(-*score, i);
  }
  std::stable_sort(fits.begin(), fits.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  menu.shown.clear();
  for (const auto& fit : fits) menu.shown.push_back(fit.second);
  menu.at = std::min(menu.at, menu.shown.empty() ? 0 : menu.shown.size() - 1);
}

// Whether the key moves in the list, which it then did.
bool move_in(Menu& menu, Key key, std::size_t page) {
  const std::size_t last = menu.shown.empty() ? 0 : menu.shown.size() - 1;
  const bool letters = !menu.narrows;
  if (key == kKeyUp || key == kKeyBackTab || (letters && key == U'k'))
    menu.at = menu.at == 0 ? last : menu.at - 1;
  else if (key == kKeyDown || key == kKeyTab || (letters && key == U'j'))
    menu.at = menu.at >= last ? 0 : menu.at + 1;
  else if (key == kKeyPageUp)
    menu.at -= std::min(menu.at, page);
  else if (key == kKeyPageDown)
    menu.at = std::min(menu.at + page, last);
  else if (letters && (key == kKeyHome || key == U'g'))
    menu.at = 0;
  else if (letters && (key == kKeyEnd || key == U'G'))
    menu.at = last;
  else
    return false;
  return true;
}

void pick(Step& step) {
  UiState& state = step.state();
  if (state.menu->shown.empty()) return;
  const Menu menu = std::move(*state.menu);
  const MenuEntry& entry = menu.entries[menu.shown[menu.at]];
  if (!entry.enabled) {
    state.menu = menu;
    return say(step, entry.note, {}, true);
  }
  state.menu.reset();
  if (menu.picked) menu.picked(step, menu, entry);
}

}  // namespace

void open_prompt(Step& step, Prompt prompt) {
  step.state().menu.reset();
  step.state().prompt = std::move(prompt);
}

void prompt_key(Step& step, Key key) {
  UiState& state = step.state();
  const Edited edited = edit(state.prompt->line, key);
  if (edited == Edited::Unchanged) {
    step.out.changed = false;
  } else if (edited == Edited::Changed) {
    const Prompt prompt = *state.prompt;
    if (prompt.changed) prompt.changed(step, prompt);
  } else if (edited == Edited::Accepted || edited == Edited::Cancelled) {
    const Prompt prompt = std::move(*state.prompt);
    state.prompt.reset();
    const Prompt::Handler handler = edited == Edited::Accepted ? prompt.accepted : prompt.cancelled;
    if (handler) handler(step, prompt);
  }
}

void paste(Step& step, const std::u32string& text) {
  const UiState& state = step.state();
  const bool is_typing = !state.dialog && (state.prompt || (state.menu && state.menu->narrows));
  if (!is_typing) return say(step, "pasted text is not taken for keys");
  for (const char32_t c : text) {
    const bool is_space = c == U'\n' || c == kKeyEnter || c == kKeyTab;
    if (!is_space && (c < U' ' || c == 0x7F || c > 0x10FFFF)) continue;  // no keys: the line is not to be accepted
    const Key key = is_space ? kKeySpace : Key{c};
    if (step.state().prompt) prompt_key(step, key);
    if (step.state().menu) menu_key(step, key);
  }
  step.out.changed = true;
}

void open_menu(Step& step, Menu menu) {
  narrow(menu);
  step.state().menu = std::move(menu);
}

void menu_key(Step& step, Key key) {
  UiState& state = step.state();
  Menu& menu = *state.menu;
  const auto page = static_cast<std::size_t>(std::max(1, state.rows / 2));
  if (move_in(menu, key, page)) return;
  if (menu.narrows) {
    const Edited edited = edit(menu.typed, key);
    if (edited == Edited::Accepted) return pick(step);
    if (edited == Edited::Cancelled) return state.menu.reset();
    if (edited == Edited::Changed) {
      menu.at = 0;
      narrow(menu);
    }
    step.out.changed = edited != Edited::Unchanged;
    return;
  }
  if (key == kKeyEnter) return pick(step);
  if (key == kKeyEsc || key == U'q') return state.menu.reset();
  if (!menu.other_key || menu.shown.empty()) {
    step.out.changed = false;
    return;
  }
  const Menu held = menu;  // the handler may close it
  step.out.changed = held.other_key(step, held, held.entries[held.shown[held.at]], key);
}

}  // namespace pooltop
