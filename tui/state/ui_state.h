// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "engine/base/clock.h"
#include "engine/control/inspection.h"
#include "engine/model/snapshot.h"
#include "tui/keys/bindings.h"
#include "tui/keys/key.h"
#include "tui/state/ask.h"
#include "tui/state/history.h"
#include "tui/state/items.h"
#include "tui/state/layout.h"
#include "tui/state/output.h"
#include "tui/state/settings.h"
#include "tui/state/table_state.h"
#include "tui/theme/glyphs.h"
#include "tui/theme/theme.h"

namespace pooltop {

/// Which process a row stands for. A PID may be used again, so its start time belongs to it; a slot that waits to be
/// restarted has no process, there stage and slot decide. The cursor, the marks and every request hold one of these,
/// never a row's number.
struct WorkerKey {
  pid_t pid = 0;
  std::string started_at;
  std::string stage;
  std::uint32_t slot = 0;
  bool operator==(const WorkerKey& other) const;
};
[[nodiscard]] WorkerKey key_of(const WorkerStatus& worker);

/// A problem without what changes of it while it lasts: its place in the list, its age, the figures in its text.
struct ProblemKey {
  std::string stage;
  pid_t pid = 0;                ///< 0: it is about the stage
  std::string text;             ///< of those, without figures
  std::size_t same_before = 0;  ///< of several that are alike: how many stand before it
  bool operator==(const ProblemKey&) const = default;
};

/// Any value, as JSON: it is sent as it is.
struct JsonText {
  std::string text;
  bool operator==(const JsonText&) const = default;
};
using ParamValue =
    std::variant<bool, std::int64_t, std::string, std::vector<std::string>, std::vector<std::int64_t>, JsonText>;

/// One request to the engine, as a value; the app room makes the JSON line of it.
struct ControlRequest {
  std::uint64_t id = 0;
  std::string command;
  std::vector<std::pair<std::string, ParamValue>> params;
  bool operator==(const ControlRequest&) const = default;
};

/// Copy: the outcome's text to the terminal's clipboard. Page: it in $PAGER.
enum class Effect : std::uint8_t { None, Suspend, Repaint, Leave, Copy, Page };

/// An action: what is sent, what it is called while it is pending and when it is done, and what does the same in a
/// shell. `request.id` is given when it is sent.
struct Deed {
  ControlRequest request;
  std::optional<WorkerKey> worker;  ///< whom it is for, if one worker
  std::string stage;                ///< or one stage; neither: the run
  std::string pending;              ///< "pausing.."
  std::string done;                 ///< "paused worker 21875, its item is kept"
  std::string together;             ///< of one of several that one key sent: "paused 8 workers"
  std::string cli;                  ///< "pooltop pause crawl 21875"
};

struct Choice {
  Key key = kNoKey;
  std::string label;
  std::vector<Deed> deeds;
  Effect effect = Effect::None;
  bool leave_at_end = false;  ///< leave as soon as the run has ended
  std::optional<ConfigJob> config = {};
};

struct Dialog {
  std::string title;
  std::vector<std::string> lines;
  std::vector<Choice> choices;  ///< the first is Cancel
  std::size_t focus = 0;
  std::string verb;                ///< of a title that names the targets: "Kill"; empty: it is about something else
  std::vector<WorkerKey> targets;  ///< those that ended meanwhile are taken out, but for the last
  std::string stage;               ///< or the stage that it is about
  bool quit = false;               ///< the one of Ctrl-C and q
  bool target_gone = false;        ///< what it is about ended while it was open: nothing can be chosen any more
};

struct Pending {
  Deed deed;
  Nanos since = 0;
};

struct Message {
  std::string text;
  std::string cli;
  bool is_error = false;
  Nanos since = 0;
};

/// A line of the action log.
struct Done {
  std::string time;  ///< wall clock, "12:00:43"
  std::string text;
  std::string cli;
};

/// The close look at one worker, as long as it is shown: in its details, or where `i` says whether it is stuck.
struct InspectState {
  std::optional<WorkerKey> worker;   ///< whose it is
  std::optional<Inspection> now;     ///< the last look
  std::optional<Inspection> before;  ///< and the one before: what moved between them
  std::uint64_t asked = 0;           ///< id of the request on its way, 0: none
  Nanos asked_at = 0;
  std::string refused;  ///< why the engine gives none
  bool gone = false;    ///< its process has ended

  // The stack of its own code, by a tool of the user's.
  bool wants_stack = false;  ///< as soon as it is known which process to ask
  bool stack_asked = false;
  pid_t stack_pid = 0;
  std::string stack_by;  ///< "gdb"; empty: none was taken, and `stack` says why
  std::vector<std::string> stack;
};

enum class Pane : std::uint8_t { Stages, Workers, Items, Output };
enum class Overlay : std::uint8_t { None, Help, ActionLog, Why, Inspect, Problems, Settings };
enum class Link : std::uint8_t { Up, Lost };

/// Where in a recording the monitor is, when it shows one instead of a run.
struct ReplayState {
  double position_s = 0;  ///< in the run's time
  double length_s = 0;
  double speed = 1;
  bool paused = false;
  bool is_report = false;  ///< there is no recording, only how the run ended
  bool operator==(const ReplayState&) const = default;
};

/// A screen with the pane that takes the keys there.
struct Visit {
  Screen screen = Screen::Pipeline;
  Pane pane = Pane::Stages;
  bool operator==(const Visit&) const = default;
};

inline constexpr std::size_t kLogLines = 200;  ///< of the action log

/// Tables that the wheel has scrolled: their cursor may be out of sight, until a key is pressed.
struct Loose {
  bool stages = false;
  bool workers = false;
  bool items = false;
};

/// The last click, for the next one: a second one there is Enter.
struct Click {
  int row = 0;
  int col = 0;
  Nanos at = 0;
  std::string what;  ///< what it was about
};

/// All that the monitor remembers between two frames. A value: next() makes a new one, views draw it.
struct UiState {
  int rows = 24;
  int cols = 80;
  Charset charset = Charset::Utf8;  ///< what the terminal is drawn with: it decides how wide a text is
  bool owns_run = false;            ///< started here: leaving asks
  bool read_only = false;
  pid_t own_pid = 0;  ///< as the engine names this monitor
  Bindings bindings;
  std::string failed_file;
  std::optional<ReplayState> replay;
  bool mouse = true;     ///< it is used here; else it is the terminal's
  std::string no_mouse;  ///< why there is none; empty: there is one
  std::optional<Click> click;
  Theme theme = Theme::Standard;
  std::string no_colors;  ///< why it is the only one; empty: there are others

  Screen screen = Screen::Pipeline;
  Pane pane = Pane::Stages;
  std::vector<Visit> under;  ///< where Esc goes, step by step; the last is the nearest
  Overlay overlay = Overlay::None;
  std::string stage;                ///< selected
  std::optional<WorkerKey> worker;  ///< selected
  std::size_t worker_place = 0;     ///< row where it was last seen
  bool worker_lost = false;         ///< its process is gone, which was said
  std::vector<WorkerKey> marks;
  TableState table;
  std::optional<WorkerKey> filter_cursor;  ///< where the cursor was when a filter began to be typed
  std::size_t stage_top = 0;               ///< first lines shown of the tables
  std::size_t worker_top = 0;
  std::size_t overlay_top = 0;
  Loose loose;
  int item_left = 0;                  ///< columns of ITEM scrolled
  std::optional<ProblemKey> problem;  ///< under the cursor of the list of problems
  std::size_t problem_place = 0;

  std::optional<Dialog> dialog;
  std::optional<Prompt> prompt;
  std::optional<Menu> menu;
  std::vector<Pending> pending;
  std::vector<Deed> answered;  ///< done, but newer than the figures that are here
  std::optional<Message> message;
  std::deque<Done> log;  ///< newest last, kLogLines at most
  OutputState output;
  InspectState inspect;
  QueueState queue;
  FailedState failed;
  ItemState item;
  SettingsState settings;
  std::optional<ItemKey> worker_item;  ///< what the selected worker has in work, or had when it ended
  History history;

  std::optional<Nanos> frozen_since;
  Link link = Link::Up;
  Nanos last_data = 0;
  Nanos now = 0;
  bool leave_at_end = false;
  bool stop_asked = false;
  bool ended_seen = false;
  std::optional<std::uint64_t> failed_seen;  ///< items that had failed at the last news; none before the first
  bool rang_failed = false;                  ///< each is rung for once
  bool rang_end = false;
  std::uint64_t next_id = 1;
};

}  // namespace pooltop
