// SPDX-License-Identifier: MIT
// A recording instead of a run. Time is the link's: here keys become requests to it, and what it tells of another place
// becomes the state that a monitor would have had which watched the run up to there.
#include <fmt/format.h>

#include "engine/base/text.h"
#include "tui/state/steps.h"

namespace pooltop {
namespace {

ControlRequest request(const char* what, std::int64_t by = 0) {
  ControlRequest request{0, "replay", {{"do", std::string(what)}}};
  if (by != 0) request.params.emplace_back("by", by);
  return request;
}

ControlRequest request_for(Action action) {
  switch (action) {
    case Action::StepBack:
      return request("step", -1);
    case Action::StepForward:
      return request("step", 1);
    case Action::Slower:
      return request("speed", -1);
    case Action::Faster:
      return request("speed", 1);
    case Action::MinuteBack:
      return request("seconds", -60);
    case Action::MinuteForward:
      return request("seconds", 60);
    case Action::ToStart:
      return request("start");
    case Action::ToEnd:
      return request("end");
    default:
      return request("play");
  }
}

// What was written by then is asked for anew; what is looked for in it, and how it is shown, stays.
void forget_output(OutputState& output) {
  output.first += output.lines.size();  // no number is used twice
  output.lines.clear();
  set_words(output, output.words);
  output.view = {.follow = true, .top = {}, .at = 0, .left = output.view.left};
  output.cursor.clear();
  output.asked = 0;
  output.asked_at = 0;
  output.all_asked = output.begins_anew = false;
  output.fresh = 0;
  output.refused.clear();
}

// Nothing of what was seen elsewhere holds here. A worker that is not there yet is not "gone".
void forget_the_rest(UiState& state) {
  state.history = {};
  state.log.clear();
  state.dialog.reset();
  state.pending.clear();
  state.problem.reset();
  forget_output(state.output);
  state.worker_lost = state.worker.has_value();
}

}  // namespace

void replay_action(Step& step, Action action) {
  const UiState& state = step.state();
  if (!state.replay) {
    const std::string run = printable(step.snapshot.run);
    return say(step, fmt::format("{} is for recordings: pooltop replay {} shows that of this run",
                                 state.bindings.keys_of(action), run));
  }
  if (state.replay->is_report)
    return say(step, "there is no recording of this run: this is how it ended, and all there is", {}, true);
  step.out.requests.push_back(request_for(action));
}

void take_replayed(Step& step, const Replayed& replayed) {
  UiState& state = step.state();
  if (replayed.jumped) forget_the_rest(state);
  if (is_alive(step.snapshot.state)) state.ended_seen = false;
  state.replay = replayed.replay;
  for (const Snapshot& sample : replayed.passed) state.history.take(sample);
  for (const Done& happened : replayed.happened) {
    state.log.push_back(happened);
    if (!replayed.jumped) say(step, fmt::format("{} {}", happened.time, happened.text));
  }
  while (state.log.size() > kLogLines) state.log.pop_front();
  if (!replayed.note.empty()) say(step, replayed.note);
}

}  // namespace pooltop
