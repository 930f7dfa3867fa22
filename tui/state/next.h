// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "tui/keys/mouse.h"
#include "tui/state/target.h"
#include "tui/state/ui_state.h"

namespace pooltop {

struct KeyPressed {
  Key key = kNoKey;
};
/// Text that was pasted: never keys. It goes into the line that is being typed, where there is one.
struct Pasted {
  std::u32string text;
};
/// A press of the mouse, or its wheel.
struct MousePressed {
  MouseInput input;
  Screen screen = Screen::Pipeline;  ///< that was painted
  MouseTarget target;                ///< what was painted there
};
struct Resized {
  int rows = 0;
  int cols = 0;
  Charset charset = Charset::Utf8;
};
/// The snapshot is newer than at the last event.
struct DataArrived {};
/// The engine's answer to a request.
struct Answered {
  std::uint64_t id = 0;
  std::optional<std::string> error;  ///< "no_such_target: no process 21872"
  std::vector<OutputLine> lines;     ///< of "tail"
  std::string cursor;
  std::optional<Inspection> inspection = {};               ///< of "inspect"
  std::optional<Peek> peek = {};                           ///< of "peek"
  std::optional<FailedPage> page = {};                     ///< of "failed" and "retrying"
  std::optional<ItemWay> way = {};                         ///< of "item"
  std::optional<GivenBack> given_back = {};                ///< of "failed" with "retry"
  std::optional<RunSettings> settings = {};                ///< of "settings"
  std::optional<std::vector<SettingChange>> changes = {};  ///< of "set"
};
/// What a tool printed that was asked for a process's stack; `by` is empty where none could be asked.
struct StackTaken {
  pid_t pid = 0;
  std::string by;
  std::vector<std::string> lines;
};
/// The clock went on; asks for what is due, changes nothing that is not.
struct Ticked {};
struct LinkChanged {
  Link link = Link::Up;
};
/// What came of Effect::Copy and Effect::Page; `refused` says why nothing did.
struct Copied {
  std::string what;  ///< "84 bytes"
  std::optional<std::string> refused;
};
struct Paged {
  std::optional<std::string> refused;
};
/// A recording was played on, or another place of it was gone to.
struct Replayed {
  ReplayState replay;
  bool jumped = false;           ///< what was seen before is not what came before this place
  std::vector<Snapshot> passed;  ///< the samples before this one that were not shown; after a jump ten minutes of them
  std::vector<Done> happened;    ///< since the place before; after a jump all up to here
  std::string note;              ///< to be said
};
/// Another client of the run's acted on it.
struct OthersActed {
  pid_t pid = 0;
  std::string command;  ///< as a shell would do it, without the run's name: "pause 21875"
};
/// Interrupt from the outside (SIGINT): the same as the key.
struct Interrupted {};

using Event = std::variant<KeyPressed, Resized, DataArrived, Answered, Ticked, LinkChanged, Replayed, Copied, Paged,
                           Interrupted, StackTaken, Pasted, OthersActed, MousePressed, ConfigDone>;

/// A process whose own code's stack is to be taken; StackTaken brings it.
struct StackRequest {
  pid_t pid = 0;
  std::string name;
  std::vector<std::string> argv;
};

struct Outcome {
  UiState state;
  std::vector<ControlRequest> requests;  ///< to send now, in this order
  Effect effect = Effect::None;
  std::string text;     ///< of Copy and Page
  std::string about;    ///< of Copy: what it is, for the message: "84 bytes"
  bool bell = false;    ///< something happened that one wants to hear: the run ended, the first item failed
  bool changed = true;  ///< false: the screen would look the same
  std::optional<StackRequest> take_stack = {};
  std::optional<ConfigJob> config = {};  ///< ConfigDone brings what came of it
};

/// The state after one event. Pure: no clock, no I/O; `now` is the steady clock's, `wall` the time of day for the
/// action log. Every request names a worker that was under the cursor, or marked, when the key was pressed.
[[nodiscard]] Outcome next(UiState state, const Event& event, const Snapshot& snapshot, Nanos now,
                           const std::string& wall = {});

}  // namespace pooltop
