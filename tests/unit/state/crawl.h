// SPDX-License-Identifier: MIT
#pragma once

#include <fmt/format.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tui/state/next.h"
#include "tui/state/rows.h"
#include "tui/state/worker_table.h"

namespace pooltop {

/// A run of three stages: urls (1 worker), fetch (PIDs 101 to 104) and store (PID 201).
inline Snapshot crawl_run() {
  Snapshot run;
  run.run = "crawl";
  run.state = RunState::Running;
  run.elapsed_s = 10;
  run.items = {100, 40, 1, 4};
  const auto stage = [&](std::string name, std::string kind, std::uint32_t workers, std::vector<std::string> from) {
    StageStatus status;
    status.name = std::move(name);
    status.kind = std::move(kind);
    status.state = StageState::Running;
    status.workers = status.busy = workers;
    if (!from.empty()) status.queue = QueueStatus{.depth = 3, .capacity = 10};
    status.from = std::move(from);
    run.stages.push_back(std::move(status));
  };
  stage("urls", "source", 1, {});
  stage("fetch", "command", 4, {"urls"});
  stage("store", "sink", 1, {"fetch"});
  const auto worker = [&](pid_t pid, std::string name, std::uint32_t slot) {
    WorkerStatus status;
    status.pid = pid;
    status.stage = std::move(name);
    status.slot = slot;
    status.state = WorkerState::Busy;
    status.item = fmt::format("item-{}", pid);
    status.item_id = fmt::format("{}", pid);
    status.attempt = 1;
    status.max_attempts = 3;
    status.started_at = fmt::format("2026-01-31T12:00:{:02}Z", pid % 60);
    run.workers.push_back(std::move(status));
  };
  worker(51, "urls", 0);
  for (std::uint32_t slot = 0; slot < 4; ++slot) worker(static_cast<pid_t>(101 + slot), "fetch", slot);
  worker(201, "store", 0);
  return run;
}

/// A monitor that is driven by events; keeps what it would have sent, without "tail"; looks apart.
struct Driven {
  Snapshot run = crawl_run();
  UiState state;
  std::vector<ControlRequest> sent;
  std::vector<ControlRequest> looks;
  std::optional<StackRequest> stack;
  std::optional<ConfigJob> config;
  Effect effect = Effect::None;
  bool changed = false;
  bool bell = false;
  Nanos now = kSecond;

  explicit Driven(bool owns_run = true) {
    state.owns_run = owns_run;
    data();
  }
  void event(const Event& what) {
    Outcome out = next(std::move(state), what, run, now, "12:00:00");
    state = std::move(out.state);
    for (ControlRequest& request : out.requests)
      if (request.command == "inspect" || request.command == "peek" || request.command == "retrying" ||
          request.command == "item" || request.command == "settings" ||
          (request.command == "failed" && request.params[0].first == "offset"))
        looks.push_back(std::move(request));
      else if (request.command != "tail") sent.push_back(std::move(request));
    effect = out.effect;
    stack = out.take_stack;
    config = out.config;
    changed = out.changed;
    bell = out.bell;
  }
  void data() { event(DataArrived{}); }
  void key(Key pressed) { event(KeyPressed{pressed}); }
  void keys(std::u32string_view all) {
    for (const Key pressed : all) key(pressed);
  }
  /// The worker under the cursor, 0 if none is.
  [[nodiscard]] pid_t at() const { return selected_row(state, run) ? state.worker->pid : 0; }
  [[nodiscard]] std::string said() const { return state.message ? state.message->text : ""; }
};

/// The settings of that run: fetch's timeout, 30s, was none when it started; its workers came from --set.
inline RunSettings crawl_settings() {
  RunSettings settings;
  settings.config_file = "/home/me/crawl.json";
  settings.stages = {{"urls", {{"crash_retries", "3", "3", "3", false, false}}},
                     {"fetch",
                      {{"workers", "4", "4", "4", false, true},
                       {"rate", "null", "null", "null", false, false},
                       {"timeout", "\"30s\"", "null", "30", true, false},
                       {"retries", "2", "2", "2", false, false},
                       {"max_items_per_worker", "null", "null", "null", false, false}}},
                     {"store", {{"capacity", "10", "10", "10", false, false}}}};
  return settings;
}

/// "kill pids=101 started_at=… signal=KILL": a request as one text.
inline std::string text_of(const ControlRequest& request) {
  std::string text = request.command;
  for (const auto& [name, value] : request.params) {
    text += " " + name + "=";
    if (const auto* flag = std::get_if<bool>(&value)) text += *flag ? "true" : "false";
    if (const auto* number = std::get_if<std::int64_t>(&value)) text += fmt::format("{}", *number);
    if (const auto* word = std::get_if<std::string>(&value)) text += *word;
    if (const auto* words = std::get_if<std::vector<std::string>>(&value))
      for (std::size_t i = 0; i < words->size(); ++i) text += (i > 0 ? "," : "") + (*words)[i];
    if (const auto* json = std::get_if<JsonText>(&value)) text += json->text;
    if (const auto* numbers = std::get_if<std::vector<std::int64_t>>(&value))
      for (std::size_t i = 0; i < numbers->size(); ++i) text += fmt::format("{}{}", i > 0 ? "," : "", (*numbers)[i]);
  }
  return text;
}

}  // namespace pooltop
