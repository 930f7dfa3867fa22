// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <algorithm>

#include "engine/base/text.h"
#include "engine/base/units.h"
#include "tui/state/looked_at.h"
#include "tui/state/steps.h"

// What the keys that change the run send. A deed names its worker by PID and start time as they were when the key was
// pressed: whatever happens to rows, processes or PIDs before it arrives, it cannot hit another one.

namespace pooltop {
namespace {

Deed worker_deed(const WorkerStatus& worker, std::string command, const char* list) {
  Deed deed;
  deed.request.command = std::move(command);
  deed.request.params.emplace_back(list, std::vector<std::int64_t>{worker.pid});
  if (!worker.started_at.empty()) deed.request.params.emplace_back("started_at", worker.started_at);
  deed.worker = key_of(worker);
  deed.stage = worker.stage;
  return deed;
}

Deed pause_worker(const Step& step, const WorkerStatus& worker, bool resume) {
  Deed deed = worker_deed(worker, resume ? "resume" : "pause", "targets");
  deed.pending = resume ? "resuming.." : "pausing..";
  deed.done = resume ? fmt::format("worker {} goes on", worker.pid)
                     : fmt::format("paused worker {}{}", worker.pid, worker.item_id ? ", its item is kept" : "");
  deed.cli = shell_command(step.snapshot, deed.request.command, std::to_string(worker.pid));
  return deed;
}

Deed restart_worker(const Step& step, const WorkerStatus& worker, bool now) {
  Deed deed = worker_deed(worker, "restart", "targets");
  if (now) deed.request.params.emplace_back("now", true);
  deed.pending = "restarting..";
  deed.done = now ? fmt::format("restarted {}{}", worker.pid, worker.item_id ? ", its item goes back" : "")
                  : fmt::format("worker {} restarts{}", worker.pid, worker.item_id ? " after its item" : "");
  deed.cli = shell_command(step.snapshot, "restart", fmt::format("{}{}", worker.pid, now ? " --now" : ""));
  return deed;
}

std::string deed_text(std::string_view signal, pid_t pid) {
  return signal == "TERM" ? fmt::format("TERM sent to {}, KILL in 5s", pid) : fmt::format("killed {}", pid);
}

Deed kill_worker(const Step& step, const WorkerStatus& worker, const char* signal) {
  Deed deed = worker_deed(worker, "kill", "pids");
  deed.request.params.emplace_back("signal", signal);
  deed.request.params.emplace_back("item", "requeue");
  deed.pending = "killing..";
  deed.done = deed_text(signal, worker.pid) + (worker.item_id ? ", its item goes back" : "");
  deed.cli = shell_command(step.snapshot, "kill", fmt::format("{} --signal {}", worker.pid, signal));
  return deed;
}

// The item that the dialog spoke of, not the one that the worker has by then.
Deed kill_and_fail(const Step& step, const WorkerStatus& worker) {
  if (!worker.item_id) return kill_worker(step, worker, "KILL");
  Deed deed = fail_deed(step, {worker.stage, *worker.item_id}, true);
  deed.worker = key_of(worker);
  deed.pending = "killing..";
  return deed;
}

Deed stage_deed(const Step& step, const StageStatus& stage, std::string command) {
  Deed deed;
  deed.cli = shell_command(step.snapshot, command, stage.name);
  deed.request.command = std::move(command);
  deed.request.params.emplace_back("targets", std::vector<std::string>{stage.name});
  deed.stage = stage.name;
  return deed;
}

// The last pause or resume that the figures do not show yet, or that is on its way, decides what the key would undo.
bool wants_resume(const UiState& state, bool paused, const std::optional<WorkerKey>& worker, const std::string& stage) {
  const auto take = [&](const Deed& deed) {
    const std::string& command = deed.request.command;
    if (command != "pause" && command != "resume") return;
    if (deed.worker == worker && deed.stage == stage) paused = command == "pause";
  };
  for (const Deed& deed : state.answered) take(deed);
  for (const Pending& pending : state.pending) take(pending.deed);
  return paused;
}

void pause_run(Step& step) {
  const bool resume = wants_resume(step.state(), step.snapshot.state == RunState::Paused, std::nullopt, "");
  Deed deed;
  deed.request.command = resume ? "resume" : "pause";
  deed.request.params.emplace_back("targets", std::vector<std::string>{});
  deed.pending = resume ? "resuming the run.." : "pausing the run..";
  deed.done = resume
                  ? "the run goes on"
                  : fmt::format("the whole run is paused ({} goes on)", step.state().bindings.key_of(Action::PauseRun));
  deed.cli = shell_command(step.snapshot, deed.request.command, "");
  send(step, std::move(deed));
}

// The selected stage, if something can be done to it; else says why not.
const StageStatus* stage_to_act_on(Step& step) {
  const StageStatus* stage = find_stage(step.snapshot, step.state().stage);
  if (stage && !is_over(*stage)) return stage;
  say(step, stage ? fmt::format("{} has ended", printable(stage->name)) : "no stage is selected", {}, true);
  return nullptr;
}

void pause_stage(Step& step) {
  const StageStatus* stage = stage_to_act_on(step);
  if (!stage) return;
  const bool resume = wants_resume(step.state(), is_paused(*stage), std::nullopt, stage->name);
  Deed deed = stage_deed(step, *stage, resume ? "resume" : "pause");
  deed.pending = resume ? "resuming.." : "pausing..";
  deed.done =
      fmt::format("{} stage {}{}", resume ? "resumed" : "paused", stage->name, resume ? "" : ", items are kept");
  send(step, std::move(deed));
}

void restart_stage(Step& step) {
  const StageStatus* stage = stage_to_act_on(step);
  if (!stage) return;
  const auto make = [&](bool now) {
    Deed deed = stage_deed(step, *stage, "restart");
    if (now) {
      deed.request.params.emplace_back("now", true);
      deed.cli += " --now";
    }
    deed.pending = "restarting..";
    deed.done = fmt::format("the workers of {} restart{}", stage->name, now ? "" : ", each after its item");
    return deed;
  };
  Dialog dialog;
  dialog.stage = stage->name;
  dialog.title = fmt::format("Restart the workers of {} ({})?", stage->name, stage->workers);
  dialog.lines = {fmt::format("{} of them are busy.", stage->busy),
                  "Now: items in work go back to the queue, and no try is charged."};
  dialog.choices = {{kKeyEsc, "Cancel", {}}, {U'a', "after their items", {make(false)}}, {U'n', "now", {make(true)}}};
  step.state().dialog = std::move(dialog);
}

// Another `+` before the engine answered, or before its figures show it, counts from where the first one goes.
std::int64_t workers_wanted(const UiState& state, const StageStatus& stage) {
  std::int64_t wanted = stage.workers;
  const auto take = [&](const Deed& deed) {
    if (deed.request.command != "scale" || deed.stage != stage.name) return;
    for (const auto& [name, value] : deed.request.params)
      if (name == "workers") wanted = std::get<std::int64_t>(value);
  };
  for (const Deed& deed : state.answered) take(deed);
  for (const Pending& pending : state.pending) take(pending.deed);
  return wanted;
}

void scale(Step& step, int by) {
  const StageStatus* stage = stage_to_act_on(step);
  if (!stage) return;
  if (stage->kind == "source" || stage->kind == "sink")
    return say(step, fmt::format("{} is a {}: it has one worker", stage->name, stage->kind), {}, true);
  const std::int64_t workers = workers_wanted(step.state(), *stage) + by;
  if (workers < 1) return say(step, fmt::format("{} keeps one worker at least", stage->name), {}, true);
  if (workers > 4096)
    return say(step, fmt::format("{} has 4096 workers, the most there can be", stage->name), {}, true);
  Deed deed;
  deed.request.command = "scale";
  deed.request.params.emplace_back("stage", stage->name);
  deed.request.params.emplace_back("workers", workers);
  deed.stage = stage->name;
  deed.pending = fmt::format("scaling {} to {}..", stage->name, workers);
  deed.done = fmt::format("{} goes {} to {} workers", stage->name, by > 0 ? "up" : "down", workers);
  deed.cli = shell_command(step.snapshot, "scale", fmt::format("{} {}", stage->name, workers));
  send(step, std::move(deed));
}

// The marked workers, else the one under the cursor; where one worker has the screen, that one. Those without a process
// are left out.
std::vector<const WorkerStatus*> targets(const Step& step) {
  const UiState& state = step.state();
  std::vector<WorkerKey> keys = state.marks;
  if (state.screen == Screen::Detail || state.screen == Screen::Output) keys.clear();
  if (state.overlay == Overlay::Inspect && state.inspect.worker) keys = {*state.inspect.worker};  // what is looked at
  if (keys.empty() && state.worker) keys.push_back(*state.worker);
  std::vector<const WorkerStatus*> found;
  for (const WorkerKey& key : keys) {
    const WorkerStatus* worker = find_worker(step.snapshot, key);
    if (worker && worker->pid != 0 && is_alive(worker->state)) found.push_back(worker);
  }
  return found;
}

std::string in_work(const WorkerStatus& worker) {
  std::string text(name_of(worker.state));
  if (!worker.item_id) return text + fmt::format(" {}", format_short(worker.state_since_s));
  const bool paused = worker.state == WorkerState::Paused;
  text += fmt::format(" {} on #{}", format_short(paused ? worker.state_since_s : worker.item_elapsed_s),
                      printable(*worker.item_id));
  if (worker.max_attempts > 0) text += fmt::format(", try {}/{}", worker.attempt, worker.max_attempts);
  if (worker.item) text += fmt::format(", {}", printable(*worker.item));
  return text;
}

std::string who(const std::vector<const WorkerStatus*>& workers) {
  if (workers.size() > 1) return fmt::format("{} workers", workers.size());
  return fmt::format("worker {} ({} slot {})", workers[0]->pid, workers[0]->stage, workers[0]->slot);
}

std::string title_about(std::string_view verb, const std::vector<const WorkerStatus*>& workers) {
  return fmt::format("{} {}?", verb, who(workers));
}

std::string describe(const std::vector<const WorkerStatus*>& workers) {
  if (workers.size() == 1) return in_work(*workers[0]);
  std::string pids = "PIDs";
  for (std::size_t i = 0; i < workers.size() && i < 8; ++i) pids += fmt::format(" {}", workers[i]->pid);
  if (workers.size() > 8) pids += fmt::format(" and {} more", workers.size() - 8);
  return pids;
}

std::string together(const Deed& deed, std::size_t count) {
  const std::string& command = deed.request.command;
  const std::string_view verb = command == "pause"                   ? "paused"
                                : command == "resume"                ? "resumed"
                                : command == "restart"               ? "restarting"
                                : deed.done.starts_with("TERM sent") ? "TERM, and KILL in 5s, for"
                                                                     : "killed";
  return fmt::format("{} {} workers", verb, count);
}

template <typename Make>
std::vector<Deed> deeds(const std::vector<const WorkerStatus*>& workers, Make make) {
  std::vector<Deed> all;
  for (const WorkerStatus* worker : workers) all.push_back(make(*worker));
  if (all.size() > 1)
    for (Deed& deed : all) deed.together = together(deed, all.size());
  return all;
}

Dialog dialog_about(const Step& step, std::string_view verb, const std::vector<const WorkerStatus*>& workers) {
  Dialog dialog;
  dialog.verb = verb;
  dialog.title = title_about(verb, workers);
  dialog.lines = {describe(workers)};
  const std::size_t hidden = workers.size() > 1 ? table_count(step.state(), step.snapshot).hidden_marks : 0;
  if (hidden > 0) dialog.lines.push_back(fmt::format("{} of the marked ones are not among the rows shown.", hidden));
  dialog.choices = {{kKeyEsc, "Cancel", {}}};
  for (const WorkerStatus* worker : workers) dialog.targets.push_back(key_of(*worker));
  return dialog;
}

std::string fate_of_items(bool has_item, bool one) {
  if (!has_item) return "It has no item in work; a new worker takes the slot.";
  return one ? "Its item goes back to the queue, no try is charged; a new worker comes."
             : "Their items go back to the queue, no try is charged; new workers come.";
}

void ask_kill(Step& step, const std::vector<const WorkerStatus*>& workers) {
  Dialog dialog = dialog_about(step, "Kill", workers);
  const bool has_item =
      std::any_of(workers.begin(), workers.end(), [](const auto* w) { return w->item_id.has_value(); });
  dialog.lines.push_back(fate_of_items(has_item, workers.size() == 1));
  const auto make = [&](const char* signal) {
    return deeds(workers, [&](const WorkerStatus& worker) { return kill_worker(step, worker, signal); });
  };
  dialog.choices.push_back({U't', "TERM, KILL after 5s", make("TERM")});
  dialog.choices.push_back({U'9', "KILL now", make("KILL")});
  if (has_item)
    dialog.choices.push_back({U'x', "KILL + fail item",
                              deeds(workers, [&](const WorkerStatus& worker) { return kill_and_fail(step, worker); })});
  step.state().dialog = std::move(dialog);
}

void ask_restart(Step& step, const std::vector<const WorkerStatus*>& workers) {
  Dialog dialog = dialog_about(step, "Restart", workers);
  dialog.lines.emplace_back("Now: what is in work goes back to the queue, and no try is charged.");
  const auto make = [&](bool now) {
    return deeds(workers, [&](const WorkerStatus& worker) { return restart_worker(step, worker, now); });
  };
  dialog.choices.push_back({U'a', "after the item", make(false)});
  dialog.choices.push_back({U'n', "now", make(true)});
  step.state().dialog = std::move(dialog);
}

void pause_workers(Step& step, const std::vector<const WorkerStatus*>& workers) {
  const bool all_paused =
      std::all_of(workers.begin(), workers.end(), [](const auto* w) { return w->state == WorkerState::Paused; });
  if (workers.size() == 1 && is_in_sight(step.state(), step.snapshot, key_of(*workers[0]))) {
    const WorkerStatus& worker = *workers[0];
    return send(step, pause_worker(step, worker, wants_resume(step.state(), all_paused, key_of(worker), worker.stage)));
  }
  Dialog dialog = dialog_about(step, all_paused ? "Resume" : "Pause", workers);
  dialog.choices.push_back({U'p', all_paused ? "resume" : "pause", deeds(workers, [&](const auto& worker) {
                              return pause_worker(step, worker, all_paused);
                            })});
  step.state().dialog = std::move(dialog);
}

void act_on_workers(Step& step, Action action) {
  const auto workers = targets(step);
  if (workers.empty()) return say(step, "no process is selected here: move to a worker that has a PID", {}, true);
  if (action == Action::Kill) return ask_kill(step, workers);
  if (action == Action::Pause) return pause_workers(step, workers);
  const bool at_once =
      workers.size() == 1 && !workers[0]->item_id && is_in_sight(step.state(), step.snapshot, key_of(*workers[0]));
  if (!at_once) return ask_restart(step, workers);
  send(step, restart_worker(step, *workers[0], false));
}

// Where no stage is to be seen none is acted on.
bool is_among_items(const UiState& state) { return state.screen == Screen::Failed || state.screen == Screen::Item; }

}  // namespace

Deed stop_deed(const Step& step, bool at_once) {
  Deed deed;
  deed.request.command = "stop";
  if (at_once) deed.request.params.emplace_back("now", true);
  deed.pending = at_once ? "stopping now.." : "draining..";
  deed.done = at_once ? "the run stops now" : "the run drains, then ends";
  deed.cli = shell_command(step.snapshot, "stop", at_once ? "--now" : "");
  return deed;
}

void follow_targets(const Snapshot& snapshot, Dialog& dialog) {
  const StageStatus* stage = find_stage(snapshot, dialog.stage);
  if (!dialog.stage.empty() && (!stage || is_over(*stage))) dialog.target_gone = true;
  if (dialog.targets.empty()) return;
  const auto is_gone = [&](const WorkerKey& key) {
    const WorkerStatus* worker = find_worker(snapshot, key);
    return !worker || !is_alive(worker->state);
  };
  dialog.target_gone = std::all_of(dialog.targets.begin(), dialog.targets.end(), is_gone);
  if (dialog.target_gone || dialog.verb.empty()) return;  // without a verb it is about what the worker has in work
  const bool was_one = dialog.targets.size() == 1;
  std::erase_if(dialog.targets, is_gone);
  for (Choice& choice : dialog.choices) {
    std::erase_if(choice.deeds, [&](const Deed& deed) { return deed.worker && is_gone(*deed.worker); });
    for (Deed& deed : choice.deeds) deed.together = choice.deeds.size() > 1 ? together(deed, choice.deeds.size()) : "";
  }
  std::vector<const WorkerStatus*> workers;
  for (const WorkerKey& key : dialog.targets) workers.push_back(find_worker(snapshot, key));
  dialog.title = title_about(dialog.verb, workers);
  dialog.lines[0] = describe(workers);
  if (was_one && dialog.verb == "Kill") dialog.lines[1] = fate_of_items(workers[0]->item_id.has_value(), true);
}

void act(Step& step, Action action) {
  const UiState& state = step.state();
  const bool on_run = action == Action::PauseRun || action == Action::Drain;
  if (!on_run && layout_of(state, step.snapshot).density <= Density::Header)
    return say(step, "no stage or worker is shown at this size: nothing was done", {}, true);
  const bool of_all = state.pane == Pane::Output && state.output.reach == OutputReach::All;
  if (!on_run && of_all && state.overlay != Overlay::Inspect)
    return say(
        step,
        fmt::format("this is the output of all stages: {} goes back to one", state.bindings.key_of(Action::Reach)), {},
        true);
  switch (action) {
    case Action::PauseRun:
      return pause_run(step);
    case Action::ScaleUp:
    case Action::ScaleDown:
      if (is_among_items(step.state())) break;
      return scale(step, action == Action::ScaleUp ? 1 : -1);
    case Action::Drain: {
      Dialog dialog;
      dialog.title = fmt::format("Drain and stop {}?", step.snapshot.run);
      dialog.lines = {"The sources end, what is queued is finished, then the run ends."};
      dialog.choices = {{kKeyEsc, "Cancel", {}}, {U'w', "drain and stop", {stop_deed(step, false)}}};
      step.state().dialog = std::move(dialog);
      return;
    }
    case Action::RetryItem:
      return retry_items(step);
    case Action::FailItem:
      return fail_item(step);
    default:
      break;
  }
  if (acts_on_workers(state)) return act_on_workers(step, action);
  if (is_among_items(state))
    return say(step,
               fmt::format("that is for workers and stages: {} and {} show them",
                           state.bindings.key_of(Action::ScreenPipeline), state.bindings.key_of(Action::ScreenWorkers)),
               {}, true);
  if (action == Action::Pause) return pause_stage(step);
  if (action == Action::Restart) return restart_stage(step);
  say(step,
      fmt::format("{} kills a worker: Enter moves to the workers of {}", state.bindings.key_of(Action::Kill),
                  state.stage),
      {}, true);
}

}  // namespace pooltop
