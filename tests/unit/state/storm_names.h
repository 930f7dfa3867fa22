// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/must.h"
#include "tests/unit/state/crawl.h"
#include "tui/keys/key_table.h"

namespace pooltop::testing {

/// Who a request may name: PID and start time.
using Identity = std::pair<pid_t, std::string>;

inline bool has_process(const WorkerStatus& worker) { return worker.pid != 0 && is_alive(worker.state); }

inline bool lives(const Snapshot& run, const WorkerKey& key) {
  const WorkerStatus* worker = find_worker(run, key);
  return worker && has_process(*worker);
}

inline Identity identity_of(const WorkerKey& key) { return {key.pid, key.started_at}; }

inline bool is_acting(const ControlRequest& request) {
  static const std::set<std::string> kLooks{"tail", "inspect", "replay", "item", "peek", "retrying", "settings"};
  if (request.command != "failed") return kLooks.count(request.command) == 0;
  return std::any_of(request.params.begin(), request.params.end(), [](const auto& p) { return p.first == "retry"; });
}

// What a request names: one worker, or one stage, or neither.
struct Named {
  Identity worker;
  std::string stage;
};

inline Named named_by(const ControlRequest& request) {
  Named named;
  for (const auto& [name, value] : request.params) {
    if (name == "pid") named.worker.first = static_cast<pid_t>(std::get<std::int64_t>(value));
    if (name == "started_at") named.worker.second = std::get<std::string>(value);
    if (name == "stage") named.stage = std::get<std::string>(value);
    if (const auto* pids = std::get_if<std::vector<std::int64_t>>(&value)) {
      MUST(pids->size() == 1);
      named.worker.first = static_cast<pid_t>(pids->at(0));
    }
    if (const auto* stages = std::get_if<std::vector<std::string>>(&value))
      for (const std::string& stage : *stages) named.stage = stage;
  }
  return named;
}

inline bool at_overview(const UiState& state) {
  return state.screen == Screen::Pipeline && state.pane == Pane::Stages && state.overlay == Overlay::None &&
         !state.dialog && !state.prompt && !state.menu;
}

inline const std::vector<Key>& keys_of_the_table() {
  static const std::vector<Key> keys = [] {
    std::vector<Key> all;
    for (const KeyRow& row : key_table())
      for (const Key key : row.keys)
        if (key != kNoKey) all.push_back(key);
    return all;
  }();
  return keys;
}

}  // namespace pooltop::testing
