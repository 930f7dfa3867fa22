// SPDX-License-Identifier: MIT
#include "tui/state/next.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "tui/state/steps.h"

namespace pooltop {
namespace {

constexpr Nanos kMessageTime = 15 * kSecond;
constexpr Nanos kSilence = 2 * kSecond;
void leave(Step& step) { step.out.effect = Effect::Leave; }

// Settings that are in no file are lost with the run: the dialog says so as soon as it is known.
void ask_to_leave(Step& step) {
  step.state().dialog = quit_dialog(step);
  step.state().settings.is_leaving = true;
  step.state().settings.asked_at = 0;
}

void interrupt(Step& step) {
  UiState& state = step.state();
  if (!is_alive(step.snapshot.state) || state.replay) return leave(step);
  state.prompt.reset();
  state.menu.reset();
  if (!state.dialog || !state.dialog->quit) return ask_to_leave(step);
  state.dialog.reset();
  if (!state.owns_run || state.read_only || state.stop_asked) return leave(step);
  state.leave_at_end = true;
  state.stop_asked = true;
  send(step, stop_deed(step, true));
}

void quit(Step& step) {
  UiState& state = step.state();
  if (!state.owns_run || state.replay || !is_alive(step.snapshot.state)) return leave(step);
  ask_to_leave(step);
}

// What can be done about the worker that is looked at; true if that was it.
bool inspection_key(Step& step, Action action) {
  switch (action) {
    case Action::UserStack:
    case Action::Pause:
    case Action::Restart:
    case Action::Kill:
      do_action(step, action);
      return true;
    case Action::Output:
      step.state().overlay = Overlay::None;
      do_action(step, action);
      return true;
    case Action::Inspect:
      step.state().overlay = Overlay::None;
      return true;
    default:
      return false;
  }
}

void overlay_key(Step& step, Action action) {
  UiState& state = step.state();
  if (state.overlay == Overlay::Inspect && inspection_key(step, action)) return;
  if (state.overlay == Overlay::Problems && problem_key(step, action)) return;
  if (state.overlay == Overlay::Settings && settings_key(step, action)) return;
  const auto page = static_cast<std::size_t>(std::max(1, state.rows - 3));
  std::size_t& top = state.overlay_top;
  switch (action) {
    case Action::Up:
      top -= std::min<std::size_t>(top, 1);
      break;
    case Action::Down:
      ++top;
      break;
    case Action::PageUp:
      top -= std::min(top, page);
      break;
    case Action::PageDown:
      top += page;
      break;
    case Action::First:
      top = 0;
      break;
    case Action::Enter:
      if (state.overlay == Overlay::Why) go_to_limit(step);
      state.overlay = Overlay::None;
      break;
    case Action::Back:
    case Action::Why:
    case Action::Help:
    case Action::ActionLog:
    case Action::Quit:
      state.overlay = Overlay::None;
      break;
    default:
      break;
  }
  // An end that no list goes beyond; the view shows its last page at most.
  top = std::min<std::size_t>(top, kLogLines);
}

void open_overlay(UiState& state, Overlay overlay) {
  state.overlay = overlay;
  state.overlay_top = 0;
}

void press(Step& step, Key key) {
  UiState& state = step.state();
  state.click.reset();
  const auto action = state.bindings.action_for(key);
  if (action == Action::Interrupt) return interrupt(step);
  if (action == Action::Suspend) {
    step.out.effect = Effect::Suspend;
    return;
  }
  if (action == Action::Repaint) {
    step.out.effect = Effect::Repaint;
    return;
  }
  if (state.dialog) return dialog_key(step, key);
  if (state.prompt) return prompt_key(step, key);
  if (state.menu) return menu_key(step, key);
  if (!action) {
    step.out.changed = key != kNoKey;
    if (key != kNoKey)
      say(step, fmt::format("{} is no key here; {} shows all", key_name(key), state.bindings.key_of(Action::Help)));
    return;
  }
  press_action(step, *action);
}

// Once when the first item fails, and once when the run ends. What one was not there for is no news.
void ring(Step& step) {
  UiState& state = step.state();
  const std::uint64_t failed = step.snapshot.items.failed;
  const bool first_failed = state.failed_seen == 0 && failed > 0 && !state.rang_failed;
  const bool ended = state.failed_seen && !is_alive(step.snapshot.state) && !state.rang_end;
  if (!state.failed_seen && !is_alive(step.snapshot.state)) state.rang_end = true;
  state.failed_seen = failed;
  state.rang_failed = state.rang_failed || first_failed;
  state.rang_end = state.rang_end || ended;
  step.out.bell = first_failed || ended;
}

void take_data(Step& step) {
  UiState& state = step.state();
  state.last_data = state.now;
  state.history.take(step.snapshot);
  state.answered.clear();
  ring(step);
  if (state.dialog && !state.dialog->target_gone) follow_targets(step.snapshot, *state.dialog);
  if (is_alive(step.snapshot.state) || state.ended_seen) return;
  state.ended_seen = true;
  state.dialog.reset();
  state.pending.clear();
  state.message.reset();
  state.prompt.reset();
  state.menu.reset();
  const bool about_workers = state.overlay == Overlay::Inspect || state.overlay == Overlay::Problems;
  if (about_workers || state.overlay == Overlay::Settings) state.overlay = Overlay::None;
  const bool stays = state.screen == Screen::Output || state.screen == Screen::Failed || state.screen == Screen::Item;
  const bool anything_failed = step.snapshot.items.failed > 0 && !state.replay;
  if (!stays) state.screen = anything_failed ? Screen::Failed : Screen::Pipeline;
  if (!stays && anything_failed)
    state.pane = Pane::Items;
  else if (!stays && state.pane == Pane::Items)
    state.pane = Pane::Stages;
  state.under.clear();
  if (state.leave_at_end) leave(step);
}

void take_answer(Step& step, const Answered& answer) {
  UiState& state = step.state();
  if (answer.id != 0 && answer.id == state.output.asked) return take_output(step, answer);
  if (answer.id != 0 && answer.id == state.inspect.asked) return take_inspection(step, answer);
  if (answer.id != 0 && answer.id == state.queue.asked) return take_peek(step, answer);
  if (answer.id != 0 && answer.id == state.item.asked) return take_way(step, answer);
  if (answer.id != 0 && answer.id == state.settings.asked) return take_settings(step, answer);
  if (take_failed(step, answer)) return;
  const auto it = std::find_if(state.pending.begin(), state.pending.end(),
                               [&](const Pending& p) { return p.deed.request.id == answer.id; });
  if (it == state.pending.end()) {
    step.out.changed = false;
    return;
  }
  Deed deed = std::move(it->deed);
  state.pending.erase(it);
  const std::string text = answer.error        ? fmt::format("refused: {}", *answer.error)
                           : answer.given_back ? given_back_text(*answer.given_back, deed)
                           : answer.changes    ? changes_text(*answer.changes)
                                               : deed.done;
  state.failed.is_old = true;
  state.item.asked_at = 0;
  // Of several, the one that was refused is what must be read.
  const bool refused_before = !deed.together.empty() && state.message && state.message->is_error;
  if (answer.error || deed.together.empty())
    say(step, text, deed.cli, answer.error.has_value());
  else if (!refused_before)
    say(step, deed.together, deed.cli + " ..");
  add_to_log(step, text, deed.cli);
  if (deed.request.command == "set") settle_set(step, answer);
  if (!answer.error) state.answered.push_back(std::move(deed));
}

// What is asked here has its own answer to come: it is not covered by another's news.
void others_acted(Step& step, const OthersActed& act) {
  const std::string text = fmt::format("done by another client, pid {}", act.pid);
  const std::string cli = shell_command(step.snapshot, act.command);
  add_to_log(step, text, cli);
  if (step.state().pending.empty()) say(step, text, cli);
}

// What the clock alone changes on the screen: seconds of a silence or a freeze, a message that goes.
void tick(Step& step, Nanos before) {
  UiState& state = step.state();
  const bool silent = state.now - state.last_data > kSilence && is_alive(step.snapshot.state) && !state.replay;
  const bool counting = silent || state.frozen_since || state.link == Link::Lost;
  step.out.changed = counting && state.now / kSecond != before / kSecond;
  if (state.message && state.now - state.message->since > kMessageTime) {
    state.message.reset();
    step.out.changed = true;
  }
}

void tell(Step& step, const Copied& copied) {
  if (copied.refused) return say(step, *copied.refused, {}, true);
  say(step, fmt::format("copied {} by OSC 52, if the terminal allows it", copied.what));
}

void change_theme(Step& step) {
  UiState& state = step.state();
  if (!state.no_colors.empty()) return say(step, state.no_colors, {}, true);
  state.theme = next_theme(state.theme);
  const std::string_view about = state.theme == Theme::Light  ? "for a white background, no yellow and cyan"
                                 : state.theme == Theme::Cb   ? "blue and yellow, no green and red"
                                 : state.theme == Theme::Mono ? "bold, reverse and underline only"
                                                              : "the eight colours of the terminal";
  say(step, fmt::format("theme {}: {} (--theme {})", name_of(state.theme), about, name_of(state.theme)));
}

void change_link(Step& step, Link link) {
  UiState& state = step.state();
  state.link = link;
  if (link == Link::Up) return;
  state.output.asked = 0;
  state.inspect.asked = 0;
  state.queue.asked = state.item.asked = state.failed.failed.asked = state.failed.retrying.asked = 0;
  lose_settings(step);
  if (state.pending.empty()) return;
  state.pending.clear();
  say(step, "the connection was lost before the engine answered: look whether it was done", {}, true);
}

}  // namespace

// What the wheel has scrolled away is shown before anything is done to it.
void press_action(Step& step, Action action) {
  UiState& state = step.state();
  if (state.overlay != Overlay::None) return overlay_key(step, action);
  const bool of_run = action == Action::PauseRun || action == Action::Drain;
  const bool is_blind = row_of(action).changes_run && !of_run && is_cursor_hidden(state, step.snapshot);
  state.loose = {};
  if (is_blind)
    return say(step, "the cursor had been scrolled out of sight: here it is, press the key again", {}, true);
  do_action(step, action);
}

bool may_change_run(Step& step) {
  const UiState& state = step.state();
  const char* const why_not = state.replay                     ? "this is a recording: nothing in it can be changed"
                              : state.read_only                ? "this monitor only watches (--read-only)"
                              : !is_alive(step.snapshot.state) ? "the run has ended"
                                                               : nullptr;
  if (why_not != nullptr) say(step, why_not, {}, true);
  return why_not == nullptr;
}

void do_action(Step& step, Action action) {
  UiState& state = step.state();
  const bool plays = row_of(action).section == Section::Replay || (action == Action::Freeze && state.replay);
  if (plays) return replay_action(step, action);
  if (row_of(action).changes_run && !may_change_run(step)) return;
  if (row_of(action).section == Section::Settings) return settings_action(step, action);
  if (action == Action::UserStack) return take_user_stack(step);
  if (row_of(action).changes_run) return act(step, action);
  switch (action) {
    case Action::Help:
      return open_overlay(state, Overlay::Help);
    case Action::ActionLog:
      return open_overlay(state, Overlay::ActionLog);
    case Action::Why:
      return open_overlay(state, Overlay::Why);
    case Action::Palette:
      return open_palette(step);
    case Action::Inspect:
      open_inspection(step);
      return;
    case Action::Quit:
      return quit(step);
    case Action::Mouse:
      return toggle_mouse(step);
    case Action::Colors:
      return change_theme(step);
    case Action::Freeze:
      if (state.frozen_since)
        state.frozen_since.reset();
      else
        state.frozen_since = state.now;
      return;
    default:
      return navigate(step, action);
  }
}

void say(Step& step, std::string text, std::string cli, bool is_error) {
  step.state().message = Message{std::move(text), std::move(cli), is_error, step.state().now};
}

void add_to_log(Step& step, const std::string& text, const std::string& cli) {
  std::deque<Done>& log = step.state().log;
  log.push_back({step.wall, text, cli});
  if (log.size() > kLogLines) log.pop_front();
}

void send(Step& step, Deed deed) {
  UiState& state = step.state();
  if (state.link == Link::Lost) return say(step, "no connection to the engine", deed.cli, true);
  deed.request.id = state.next_id++;
  step.out.requests.push_back(deed.request);
  say(step, deed.pending, deed.cli);
  state.pending.push_back({std::move(deed), state.now});
}

Outcome next(UiState state, const Event& event, const Snapshot& snapshot, Nanos now, const std::string& wall) {
  Outcome out;
  out.state = std::move(state);
  const Nanos before = out.state.now;
  out.state.now = now;
  Step step{out, snapshot, wall};
  if (const auto* key = std::get_if<KeyPressed>(&event)) press(step, key->key);
  if (const auto* pasted = std::get_if<Pasted>(&event)) paste(step, pasted->text);
  if (std::holds_alternative<Interrupted>(event)) interrupt(step);
  if (const auto* mouse = std::get_if<MousePressed>(&event)) press_mouse(step, *mouse);
  if (const auto* size = std::get_if<Resized>(&event)) {
    out.state.rows = size->rows;
    out.state.cols = size->cols;
    out.state.charset = size->charset;
  }
  if (std::holds_alternative<DataArrived>(event)) take_data(step);
  if (const auto* answer = std::get_if<Answered>(&event)) take_answer(step, *answer);
  if (const auto* replayed = std::get_if<Replayed>(&event)) take_replayed(step, *replayed);
  if (std::holds_alternative<Ticked>(event)) tick(step, before);
  if (const auto* copied = std::get_if<Copied>(&event)) tell(step, *copied);
  if (const auto* paged = std::get_if<Paged>(&event); paged && paged->refused) say(step, *paged->refused, {}, true);
  if (const auto* link = std::get_if<LinkChanged>(&event)) change_link(step, link->link);
  if (const auto* act = std::get_if<OthersActed>(&event)) others_acted(step, *act);
  if (const auto* taken = std::get_if<StackTaken>(&event)) take_stack_lines(step, *taken);
  if (const auto* done = std::get_if<ConfigDone>(&event)) take_config(step, *done);
  settle(step);
  ask_output(step);
  ask_inspection(step);
  ask_peek(step);
  ask_failed(step);
  ask_way(step);
  ask_settings(step);
  return out;
}

}  // namespace pooltop
