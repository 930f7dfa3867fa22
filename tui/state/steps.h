// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tui/keys/key_table.h"
#include "tui/state/next.h"
#include "tui/state/rows.h"
#include "tui/state/worker_table.h"

namespace pooltop {

/// The parts of next(); private to this room. Each changes the outcome that is being made.
struct Step {
  Outcome& out;
  const Snapshot& snapshot;
  const std::string& wall;
  [[nodiscard]] UiState& state() const { return out.state; }
};

void say(Step& step, std::string text, std::string cli = {}, bool is_error = false);
/// A line of the action log.
void add_to_log(Step& step, const std::string& text, const std::string& cli);
/// Gives the deed's request its id, sends it and shows it as pending.
void send(Step& step, Deed deed);

/// Carries out what a key, or the palette, asks for.
void do_action(Step& step, Action action);
/// The same where an overlay may be open: what a key or its label in the key bar does.
void press_action(Step& step, Action action);
/// What was clicked is selected, twice is Enter; what is under the wheel is scrolled. The mouse is used, or not.
void press_mouse(Step& step, const MousePressed& press);
void toggle_mouse(Step& step);
/// The wheel has scrolled what keys would act on out of sight.
[[nodiscard]] bool is_cursor_hidden(const UiState& state, const Snapshot& snapshot);
/// Goes to a screen; Esc comes back to where one was.
void open_screen(Step& step, Screen screen);
/// Moving, panes, screens, marks, problems: what changes no run.
void navigate(Step& step, Action action);
/// How far a moving key goes (First and Last: as far as any list), and the place where that leads.
[[nodiscard]] int distance(Action action, int page);
[[nodiscard]] std::size_t moved(std::size_t from, int by, std::size_t count);
/// The keys go to the workers; the cursor onto one of the stage's, if it is on none that is shown.
void enter_workers(Step& step);
/// The list of problems, with the cursor on one; where there is none, that is said.
void open_problems(Step& step, bool forward);
/// What a key does there; false: nothing of its own.
[[nodiscard]] bool problem_key(Step& step, Action action);
/// Goes to what a problem is about, by its place in the snapshot.
void show_problem(Step& step, std::size_t at);
/// Pause, restart, kill, scale, drain: sends at once, or opens the dialog that asks.
void act(Step& step, Action action);
/// A dialog says what its workers do now and what becomes of their items: they go on while it is open. Those that end
/// leave it; with the last, or with the stage that it is about, its target is gone.
void follow_targets(const Snapshot& snapshot, Dialog& dialog);

/// Fails this item and no other, for good; `kill`: also if a worker has it, which is killed then.
[[nodiscard]] Deed fail_deed(const Step& step, const ItemKey& key, bool kill);

/// The dialog of q and Ctrl-C.
[[nodiscard]] Dialog quit_dialog(const Step& step);
void dialog_key(Step& step, Key key);
/// Takes the choice: sends its deeds, closes the dialog.
void choose(Step& step, const Choice& choice);
[[nodiscard]] Deed stop_deed(const Step& step, bool at_once);

/// A line is typed, a list is open: these take all keys until they are closed.
void open_prompt(Step& step, Prompt prompt);
void prompt_key(Step& step, Key key);
/// Pasted text into the line that is being typed: line ends are spaces there, nothing is accepted by it.
void paste(Step& step, const std::u32string& text);
void open_menu(Step& step, Menu menu);
void menu_key(Step& step, Key key);
/// Every action with its keys and its command line, to be found by typing.
void open_palette(Step& step);

/// The worker table: opens the line where a filter is typed; shows all rows again; the menu of orders.
void type_filter(Step& step);
void clear_filter(Step& step);
void choose_order(Step& step);
void sort_by(Step& step, std::optional<WorkerColumn> column);
void invert_order(Step& step);
void next_grouping(Step& step);

/// The cursor goes to the stage that limits the run, if one does.
void go_to_limit(Step& step);

/// What the keys of a replay do: the link to the recording is asked.
void replay_action(Step& step, Action action);
void take_replayed(Step& step, const Replayed& replayed);

/// True while keys act on workers, not on the stage.
[[nodiscard]] bool acts_on_workers(const UiState& state);
/// Keeps cursors on what they stand on and tables scrolled to it; drops marks of processes that are gone.
void settle(Step& step);
/// The output pane shows what the cursor is on until it is entered itself.
void settle_output(Step& step);
/// The close look at the worker under the cursor; false where there is none. The stack of its own code.
bool open_inspection(Step& step);
void take_user_stack(Step& step);
/// Asks for a look, if that is due.
void ask_inspection(Step& step);
void take_inspection(Step& step, const Answered& answer);
void take_stack_lines(Step& step, const StackTaken& taken);
/// The items of the queue under the cursor: moving among them; asking for them, if that is due.
void enter_queue(Step& step);
void move_in_queue(Step& step, Action action);
void ask_peek(Step& step);
void take_peek(Step& step, const Answered& answer);
/// The list of failed items: moving in it and marking; asking for the part that is shown, if that is due. take_failed()
/// is false for an answer to something else.
void move_in_failed(Step& step, Action action);
void mark_failed(Step& step, Action action);
void ask_failed(Step& step);
/// A line to type what items of the list shall fit; all are shown again, false: they are.
void type_match(Step& step);
bool clear_match(Step& step);
bool take_failed(Step& step, const Answered& answer);
/// Goes from what is under the cursor to its item's way, or from there to the worker that has it; false where Enter
/// means something else. Moving in it; asking for it, if that is due.
bool enter_item(Step& step);
void move_in_way(Step& step, Action action);
void settle_way(Step& step);
void ask_way(Step& step);
void take_way(Step& step, const Answered& answer);
/// What the selected worker has in work is remembered, for when it ends; nullptr: it is gone.
void remember_item(UiState& state, const WorkerStatus* worker);
/// Gives failed items back; fails one that waits or is in work.
void retry_items(Step& step);
void fail_item(Step& step);
[[nodiscard]] std::string given_back_text(const GivenBack& what, const Deed& deed);
/// Whether keys may change the run; says why not.
[[nodiscard]] bool may_change_run(Step& step);
/// A stage's settings, and what was changed of the run's: opening them, what keys do in them; asking for them, if that
/// is due. settle_set() takes the answer of a "set" besides what is told of any deed.
void settings_action(Step& step, Action action);
bool settings_key(Step& step, Action action);
void ask_settings(Step& step);
void take_settings(Step& step, const Answered& answer);
void settle_set(Step& step, const Answered& answer);
[[nodiscard]] std::string changes_text(const std::vector<SettingChange>& changes);
void take_config(Step& step, const ConfigDone& done);
/// Nobody answers any more what was asked.
void lose_settings(Step& step);
/// Asks for the output that is shown, if that is due.
void ask_output(Step& step);
void take_output(Step& step, const Answered& answer);
/// What keys do in output: moving in it; searching, wrapping, copying and the rest of its section in the key table.
void move_output(Step& step, Action action);
/// Scrolls so many rows down, or up; the end is followed again where it is reached.
void scroll_output(Step& step, int rows);
void output_action(Step& step, Action action);
/// Ends the search, or else the filter; false if there is neither.
bool clear_words(Step& step);
/// Sends text to the clipboard; `about` says what it is: "84 bytes".
void copy(Step& step, std::string text, std::string about);

}  // namespace pooltop
