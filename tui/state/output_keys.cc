// SPDX-License-Identifier: MIT
// What the keys of the output do, and how its lines come here.
#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <utility>

#include "engine/base/text.h"
#include "tui/state/output_move.h"
#include "tui/state/output_search.h"

namespace pooltop {
namespace {

constexpr Nanos kInterval = 400 * kMillisecond;
constexpr Nanos kPatience = 5 * kSecond;
constexpr std::int64_t kFirstLines = 500;      // of a pane
constexpr std::int64_t kManyLines = 10'000;    // of a screen, where one searches
constexpr std::size_t kMostCopied = 64 << 10;  // what terminals take

// As it is shown: printable.
std::optional<std::string> item_under_cursor(const UiState& state) {
  if (state.screen == Screen::Item) return state.item.way ? state.item.way->item : state.item.text;
  if (state.screen == Screen::Failed) {
    const FailedRow* row = state.failed.is_there ? state.failed.row_at(state.failed.place) : nullptr;
    return row == nullptr ? std::nullopt : std::optional(row->item);
  }
  if (state.pane != Pane::Items || !state.queue.item || !state.queue.now) return std::nullopt;
  for (const PeekedItem& item : state.queue.now->items)
    if (item.id == state.queue.item->id) return item.item;
  return std::nullopt;
}

void copy_line(Step& step) {
  UiState& state = step.state();
  if (state.pane == Pane::Output) {
    const auto line = state.output.cursor_line();
    if (!line) return say(step, "there is no line to copy");
    const std::string& text = state.output.line(*line).text;
    return copy(step, text.substr(0, kMostCopied), fmt::format("the line, {} bytes", text.size()));
  }
  if (const auto text = item_under_cursor(state)) return copy(step, text->substr(0, kMostCopied), "the item");
  if (!acts_on_workers(state)) return copy(step, state.stage, printable(state.stage));
  std::string pids;
  for (const WorkerKey& key : state.marks) pids += fmt::format("{}{}", pids.empty() ? "" : " ", key.pid);
  if (pids.empty() && state.worker && state.worker->pid != 0) pids = fmt::format("{}", state.worker->pid);
  if (pids.empty()) return say(step, "no worker is under the cursor");
  copy(step, pids, pids);
}

// The newest lines, where not all of them may be copied.
void copy_all(Step& step) {
  const std::vector<std::string> lines = output_text(step.state(), step.snapshot);
  if (lines.empty()) return say(step, "there is no line to copy");
  std::size_t first = lines.size();
  std::size_t bytes = 0;
  while (first > 0 && bytes + lines[first - 1].size() <= kMostCopied) bytes += lines[--first].size();
  std::string text;
  for (std::size_t i = first; i < lines.size(); ++i) text += lines[i];
  const std::size_t count = lines.size() - first;
  copy(step, std::move(text),
       first == 0 ? fmt::format("{} lines, {} bytes", count, bytes)
                  : fmt::format("the last {} of {} lines, {} bytes", count, lines.size(), bytes));
}

void open_pager(Step& step) {
  const std::vector<std::string> lines = output_text(step.state(), step.snapshot);
  if (lines.empty()) return say(step, "there is no output to page through");
  step.out.text = std::accumulate(lines.begin(), lines.end(), std::string());
  step.out.effect = Effect::Page;
}

void toggle_follow(Step& step) {
  OutputState& output = step.state().output;
  if (!output.view.follow) return follow_output(output);
  stop_following(output, OutputPage(step.state(), step.snapshot));
}

void toggle_wrap(Step& step) {
  OutputState& output = step.state().output;
  output.wrap = !output.wrap;
  output.view.left = 0;
}

void next_times(Step& step) {
  OutputTimes& times = step.state().output.times;
  times = times == OutputTimes::TimeOfDay    ? OutputTimes::SinceStart
          : times == OutputTimes::SinceStart ? OutputTimes::None
                                             : OutputTimes::TimeOfDay;
}

void widen(Step& step) {
  UiState& state = step.state();
  OutputReach& reach = state.output.reach;
  if (state.pane != Pane::Output) {
    open_screen(step, Screen::Output);
    reach = OutputReach::All;
  } else if (reach == OutputReach::Chosen) {
    reach = state.output.chosen_pid != 0 ? OutputReach::Stage : OutputReach::All;
  } else {
    reach = reach == OutputReach::Stage ? OutputReach::All : OutputReach::Chosen;
  }
}

// Where output is shown but has not the keys, as beside a worker's details, its screen is where one searches.
void look_for(Step& step, Action action) {
  if (step.state().pane != Pane::Output) {
    open_screen(step, Screen::Output);
    settle_output(step);
  }
  if (action == Action::Filter) return open_search(step);
  if (action == Action::Keep) return open_keep(step);
  next_found(step, action == Action::SearchNext);
}

bool wants_many(const UiState& state) { return state.screen == Screen::Output && state.output.view.follow; }

}  // namespace

void copy(Step& step, std::string text, std::string about) {
  step.out.effect = Effect::Copy;
  step.out.text = std::move(text);
  step.out.about = std::move(about);
}

void output_action(Step& step, Action action) {
  UiState& state = step.state();
  if (action == Action::Copy) return copy_line(step);
  if (action == Action::Reach) return widen(step);
  if (layout_of(state, step.snapshot).output.rows == 0)
    return say(step, fmt::format("no output is shown here: {} shows it", state.bindings.key_of(Action::Output)));
  switch (action) {
    case Action::Follow:
      return toggle_follow(step);
    case Action::Wrap:
      return toggle_wrap(step);
    case Action::Times:
      return next_times(step);
    case Action::CopyAll:
      return copy_all(step);
    case Action::Pager:
      return open_pager(step);
    default:
      return look_for(step, action);
  }
}

void settle_output(Step& step) {
  UiState& state = step.state();
  OutputState& output = state.output;
  if (state.pane == Pane::Output && layout_of(state, step.snapshot).output.rows == 0) state.pane = Pane::Stages;
  if (state.pane != Pane::Output || output.chosen_stage.empty()) {
    const bool worker = acts_on_workers(state) && state.worker && state.worker->pid != 0;
    if (state.pane != Pane::Output) output.reach = OutputReach::Chosen;
    output.chosen_pid = worker ? state.worker->pid : 0;
    output.chosen_stage = worker ? state.worker->stage : state.stage;
  }
  const pid_t pid = output.reach == OutputReach::Chosen ? output.chosen_pid : 0;
  const std::string stage = output.reach == OutputReach::All ? "" : output.chosen_stage;
  if (output.pid == pid && output.stage == stage) return;
  forget_lines(output);
  output.pid = pid;
  output.stage = stage;
}

void ask_output(Step& step) {
  UiState& state = step.state();
  OutputState& output = state.output;
  const bool is_shown = layout_of(state, step.snapshot).output.rows > 0 || state.overlay == Overlay::Inspect;
  if (!is_shown || state.link == Link::Lost) return;
  if (output.chosen_stage.empty() || state.frozen_since) return;
  if (!is_alive(step.snapshot.state) && !step.state().replay) return;  // the engine that would answer is leaving
  if (output.asked != 0 && state.now - output.asked_at < kPatience) return;
  const bool more = wants_many(state) && !output.all_asked;
  if (output.asked_at != 0 && !more && state.now - output.asked_at < kInterval) return;
  output.asked = state.next_id++;
  output.asked_at = state.now;
  output.begins_anew = more || output.cursor.empty();
  output.all_asked = output.all_asked || more;
  ControlRequest request{output.asked, "tail", {}};
  if (output.pid != 0)
    request.params.emplace_back("pid", static_cast<std::int64_t>(output.pid));
  else if (!output.stage.empty())
    request.params.emplace_back("stage", output.stage);
  request.params.emplace_back("lines", output.all_asked ? kManyLines : kFirstLines);
  if (!output.begins_anew) request.params.emplace_back("cursor", output.cursor);
  step.out.requests.push_back(std::move(request));
}

void take_output(Step& step, const Answered& answer) {
  OutputState& output = step.state().output;
  output.asked = 0;
  step.out.changed = !answer.lines.empty() || output.begins_anew || answer.error.value_or("") != output.refused;
  output.refused = answer.error.value_or("");
  if (answer.error) return;
  if (output.begins_anew && !output.view.follow && !output.lines.empty()) {
    output.all_asked = false;  // one has scrolled meanwhile: what is here stays where it is
    return;
  }
  output.cursor = answer.cursor;
  if (output.begins_anew) {
    output.first += output.lines.size();  // no number is used twice
    output.lines.clear();
    set_words(output, output.words);
  }
  add_lines(output, answer.lines);
}

}  // namespace pooltop
