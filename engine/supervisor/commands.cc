// SPDX-License-Identifier: MIT
#include "engine/supervisor/commands.h"

#include <fmt/format.h>
#include <signal.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "engine/base/text.h"
#include "engine/control/logs.h"
#include "engine/process/proc_stat.h"
#include "engine/process/process_tree.h"
#include "engine/supervisor/events.h"
#include "engine/supervisor/spools.h"

namespace pooltop {

using nlohmann::json;
using nlohmann::ordered_json;

namespace {

constexpr Nanos kGrace = 5 * kSecond;  // between TERM and KILL
constexpr std::size_t kPeekBytes = 256;

}  // namespace

ordered_json Commands::handle(const json& request, pid_t client) {
  const auto word = request.at("command").get<std::string>();
  if (word == "tail") return tail(request);
  if (word == "peek") return peek(request);
  if (word == "failed") return failed(request);
  if (word == "item") return item(request);
  if (word == "retrying") return retrying(request);
  if (word == "events") return events(request);
  if (word == "inspect") return inspect(request);
  if (word == "settings") return to_json(retune_.settings());
  if (run_.is_stopping) refuse(ErrorCode::Ended, "the run is ending");
  if (word == "pause") return pause(request, client);
  if (word == "resume") return resume(request);
  if (word == "kill") return kill(request);
  if (word == "restart") return restart(request);
  if (word == "scale") return scale(request);
  if (word == "set") return retune_.set(request);
  if (word == "stop") return stop(request);
  if (word == "fail") return fail(request);
  refuse(ErrorCode::BadRequest, fmt::format("unknown command \"{}\"", printable(word, 64)));
}

Stage& Commands::stage_named(const std::string& name) {
  Stage* const stage = run_.pipeline.find(name);
  if (stage == nullptr) refuse(ErrorCode::NoSuchTarget, run_.no_stage(name));
  return *stage;
}

Slot& Commands::slot_of(const Target& target) {
  for (const auto& stage : run_.pipeline.stages())
    for (const auto& slot : stage->slots) {
      if (slot->phase != SlotPhase::Live) continue;
      bool found = slot->pid == target.pid;
      // A child's PID comes from the worker's memory: believed only if it is in the worker's tree now.
      if (!found && slot->link->child() == target.pid) {
        const auto tree = tree_of(slot->pid);
        found = std::find(tree.begin(), tree.end(), target.pid) != tree.end();
      }
      if (!found) continue;
      if (!target.started_at.empty() && target.started_at != format_utc(slot->started_us))
        refuse(ErrorCode::StalePid, fmt::format("PID {} is another process by now: it was started at {}", target.pid,
                                                format_utc(slot->started_us)));
      return *slot;
    }
  refuse(ErrorCode::NoSuchTarget, fmt::format("no worker of this run has PID {}", target.pid));
}

std::vector<Slot*> Commands::slots_of(const std::vector<Target>& targets) {
  std::vector<Slot*> slots;  // all of them are looked up before anything is done
  for (const Target& target : targets) {
    if (!target.stage) {
      slots.push_back(&slot_of(target));
      continue;
    }
    for (const auto& slot : stage_named(*target.stage).slots) slots.push_back(slot.get());
  }
  return slots;
}

void Commands::pause_slot(Slot& slot, bool after_item, pid_t client) {
  if (slot.phase == SlotPhase::Gone) return;
  if (!slot.is_stopped && !slot.takes_nothing) slot.paused_by = client;  // who asks again has not paused it
  if (!after_item) return workers_.pause(slot);
  slot.takes_nothing = true;
  if (slot.phase == SlotPhase::Live) dispatch_.take_back(slot);
}

void Commands::pause_stage(Stage& stage, bool after_item, pid_t client) {
  if (!stage.is_paused) stage.paused_since = run_.now, stage.paused_by = client;
  stage.is_paused = true;
  for (const auto& slot : stage.slots) pause_slot(*slot, after_item, client);
}

ordered_json Commands::pause(const json& request, pid_t client) {
  const bool after_item = request.value("after_item", false);
  const auto targets = targets_of(request);
  (void)slots_of(targets);
  if (targets.empty()) {
    run_.is_paused = true;
    for (const auto& stage : run_.pipeline.stages()) pause_stage(*stage, after_item, client);
  }
  for (const Target& target : targets) {
    if (target.stage)
      pause_stage(stage_named(*target.stage), after_item, client);
    else
      pause_slot(slot_of(target), after_item, client);
  }
  return ordered_json::object();
}

void Commands::resume_stage(Stage& stage) {
  stage.is_paused = false;
  for (const auto& slot : stage.slots) workers_.resume(*slot);
}

ordered_json Commands::resume(const json& request) {
  const auto targets = targets_of(request);
  (void)slots_of(targets);
  if (targets.empty() || run_.is_paused) {
    // To resume one part of a paused run lets the run go on, the other stages staying paused.
    run_.is_paused = false;
  }
  if (targets.empty())
    for (const auto& stage : run_.pipeline.stages()) resume_stage(*stage);
  for (const Target& target : targets) {
    if (target.stage) {
      resume_stage(stage_named(*target.stage));
      continue;
    }
    Slot& slot = slot_of(target);
    workers_.resume(slot);
    Stage& stage = run_.stage_of(slot);
    const bool all = std::none_of(stage.slots.begin(), stage.slots.end(), [](const auto& s) { return s->is_paused(); });
    stage.is_paused = stage.is_paused && !all && !slot.is_live();
  }
  return ordered_json::object();
}

ordered_json Commands::kill(const json& request) {
  const int signal = signal_of(request);
  const KillCause cause = request.value("item", "requeue") == "fail" ? KillCause::UserFail : KillCause::UserRequeue;
  const auto slots = slots_of(targets_of(request));
  for (Slot* slot : slots) {
    if (signal == SIGKILL) {
      workers_.kill(*slot, cause);
    } else if (signal == SIGTERM) {
      workers_.terminate(*slot, cause, kGrace);
    } else {
      workers_.signal(*slot, cause, signal);
    }
    run_.note("command", run_.stage_of(*slot), slot->pid, "", "killed by the user");
  }
  return ordered_json::object();
}

ordered_json Commands::restart(const json& request) {
  const bool now = request.value("now", false);
  const auto slots = slots_of(targets_of(request));
  for (const Slot* slot : slots)
    if (Stage& stage = run_.stage_of(*slot); slot->is_live() && stage.is_source() && !can_go_on_reading(run_, stage))
      refuse(ErrorCode::NotPossible,
             fmt::format("source {} cannot be read again: a restart would end it, as stop does", stage.config.name));
  for (Slot* slot : slots) {
    if (slot->phase != SlotPhase::Live) continue;
    const bool is_source = run_.stage_of(*slot).is_source();
    if (now || is_source) {
      workers_.kill(*slot, KillCause::Restart);
      continue;
    }
    if (slot->is_stopped) workers_.resume(*slot);
    workers_.let_go(*slot, Leaving::Restart);
  }
  return ordered_json::object();
}

ordered_json Commands::scale(const json& request) {
  Stage& stage = stage_named(request.at("stage").get<std::string>());
  const auto workers = request.at("workers").get<std::uint32_t>();
  if (stage.is_source() || stage.is_sink())
    refuse(ErrorCode::NotPossible, fmt::format("stage {} is a {}: it has one worker", stage.config.name,
                                               stage.is_source() ? "source" : "sink"));
  if (stage.is_done) refuse(ErrorCode::NotPossible, fmt::format("stage {} has ended", stage.config.name));
  retune_.scale(stage, workers);
  return {{"stage", stage.config.name}, {"workers", workers}};
}

void Commands::drain() {
  if (run_.is_draining || run_.is_stopping) return;
  run_.is_draining = true;
  if (!run_.verdict) run_.verdict = kExitStopped;
  for (const auto& stage : run_.pipeline.stages()) {
    if (!stage->is_source() || stage->is_done) continue;
    for (const auto& slot : stage->slots) {
      slot->ended = true;
      if (slot->phase == SlotPhase::Waiting) slot->phase = SlotPhase::Gone;
      workers_.kill(*slot, KillCause::Stop);
    }
  }
}

void Commands::stop_now() {
  if (run_.kill_deadline != 0) return;
  run_.is_stopping = true;
  if (!run_.verdict) run_.verdict = kExitStopped;
  run_.kill_deadline = run_.now + kGrace;
  for (const auto& stage : run_.pipeline.stages())
    for (const auto& slot : stage->slots) {
      if (slot->phase == SlotPhase::Waiting) slot->phase = SlotPhase::Gone;
      if (slot->phase == SlotPhase::Live) workers_.terminate(*slot, KillCause::Stop, kGrace);
    }
}

void Commands::kill_now() {
  stop_now();
  for (const auto& stage : run_.pipeline.stages())
    for (const auto& slot : stage->slots) workers_.kill(*slot, KillCause::Stop);
}

ordered_json Commands::stop(const json& request) {
  if (request.value("now", false)) {
    stop_now();
    return ordered_json::object();
  }
  // What is paused could not finish.
  run_.is_paused = false;
  for (const auto& stage : run_.pipeline.stages()) resume_stage(*stage);
  drain();
  return ordered_json::object();
}

ordered_json Commands::tail(const json& request) {
  LogQuery query;
  query.stage = request.value("stage", "");
  query.pid = request.value("pid", 0);
  query.lines = request.value("lines", std::size_t{100});
  query.cursor = request.value("cursor", "");
  if (!query.stage.empty()) (void)stage_named(query.stage);
  // Of a worker: what its children wrote too, under PIDs of their own.
  for (const auto& stage : run_.pipeline.stages())
    for (const auto& slot : stage->slots) {
      if (!slot->is_live() || query.pid == 0 || slot->pid != query.pid) continue;
      query.stage = stage->config.name;
      query.slot = slot->index;
      query.since = format_utc_ms(slot->started_us);
      query.pid = 0;
    }
  try {
    return to_json(read_logs(run_.options.run_dir + "/logs", query));
  } catch (const std::invalid_argument& error) {
    refuse(ErrorCode::BadRequest, error.what());
  }
}

ordered_json Commands::peek(const json& request) {
  Stage& stage = stage_named(request.at("stage").get<std::string>());
  const std::size_t limit = request.value("count", std::size_t{20});
  ordered_json items = ordered_json::array();
  for (const auto& packet : stage.queue.packets())
    for (std::size_t i = 0; i < packet->count() && items.size() < limit; ++i) {
      const std::string_view bytes = packet->bytes(i);
      items.push_back({{"id", id_text(run_.pipeline.id_prefix(packet->source), packet->ref(i))},
                       {"item", printable(bytes, kPeekBytes)},
                       {"bytes", bytes.size()},
                       {"age_s", static_cast<double>(run_.now - packet->queued_at) / 1e9}});
    }
  return {{"stage", stage.config.name}, {"depth", stage.depth()}, {"items", std::move(items)}};
}

// Any process below a worker will do: what one finds in `ps` is often a shell's child. Its ancestors lead to the
// worker.
ordered_json Commands::inspect(const json& request) {
  Target target = targets_of(request).front();
  const auto is_worker = [&](pid_t pid) {
    for (const auto& stage : run_.pipeline.stages())
      for (const auto& slot : stage->slots)
        if (slot->is_live() && slot->pid == pid) return true;
    return false;
  };
  constexpr int kMostAncestors = 64;
  pid_t pid = target.pid;
  for (int i = 0; i < kMostAncestors && pid > 1 && !is_worker(pid); ++i) {
    const auto stat = read_proc_stat(pid);
    pid = stat ? stat->parent : 0;
  }
  if (pid > 1 && is_worker(pid)) target.pid = pid;
  return to_json(observer_.inspect(slot_of(target)));
}

ordered_json Commands::events(const json& request) {
  return {{"events", events_after(run_.events, request.value("after", std::uint64_t{0}))}, {"next", run_.next_event}};
}

}  // namespace pooltop
