// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <utility>
#include <vector>

#include "engine/control/control_error.h"
#include "engine/model/run_settings.h"
#include "engine/supervisor/workers.h"

namespace pooltop {

/// Changes settings of stages while they run, and remembers what they were. What a change means for an item in work,
/// and for those that wait, is said in docs/control-protocol.md.
class Retune {
 public:
  Retune(Run& run, Workers& workers, Dispatch& dispatch) : run_(run), workers_(workers), dispatch_(dispatch) {}

  /// The requests `set` and `settings`. All changes of a request are checked before the first is made; throws
  /// ControlError.
  nlohmann::ordered_json set(const nlohmann::json& request);
  [[nodiscard]] RunSettings settings() const;

  /// `scale` by its own request.
  void scale(Stage& stage, std::uint32_t workers);

 private:
  struct Change {
    Stage* stage = nullptr;
    std::string key;
    std::string value;  // JSON
  };
  [[nodiscard]] Change change_from(const nlohmann::json& object);
  [[nodiscard]] std::vector<Change> back_to_start();
  nlohmann::ordered_json make(const Change& change);
  void take_effect(Stage& stage, std::string_view key);
  [[nodiscard]] const StageConfig& start_of(const Stage& stage) const;
  void keep() const;

  Run& run_;
  Workers& workers_;
  Dispatch& dispatch_;
  std::map<std::pair<std::uint32_t, std::string>, std::string> given_;  // by stage and key, of those that differ
};

}  // namespace pooltop
