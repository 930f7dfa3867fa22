// SPDX-License-Identifier: MIT
#include "tui/state/stage_table.h"

#include <algorithm>
#include <unordered_map>

#include "tui/state/rows.h"

namespace pooltop {

std::vector<const StageStatus*> stages_in_flow(const Snapshot& snapshot) {
  const auto& stages = snapshot.stages;
  std::unordered_map<std::string_view, std::vector<std::size_t>> fed_by;  // by what feeds them
  for (std::size_t i = 0; i < stages.size(); ++i)
    for (const std::string& from : stages[i].from) fed_by[from].push_back(i);
  std::vector<const StageStatus*> out;
  out.reserve(stages.size());
  std::vector<bool> is_placed(stages.size());
  std::vector<std::size_t> missing(stages.size());  // of those that feed it, how many are not placed yet
  for (std::size_t i = 0; i < stages.size(); ++i) missing[i] = stages[i].from.size();
  std::vector<std::size_t> next;
  const auto place_from = [&](std::size_t first) {
    next.assign(1, first);
    while (!next.empty()) {
      const std::size_t at = next.back();
      next.pop_back();
      if (is_placed[at]) continue;
      is_placed[at] = true;
      out.push_back(&stages[at]);
      const auto fed = fed_by.find(stages[at].name);
      if (fed == fed_by.end()) continue;
      for (auto to = fed->second.rbegin(); to != fed->second.rend(); ++to)
        if (missing[*to] > 0 && --missing[*to] == 0) next.push_back(*to);
    }
  };
  for (std::size_t i = 0; i < stages.size(); ++i)
    if (stages[i].from.empty()) place_from(i);
  for (std::size_t i = 0; i < stages.size(); ++i)
    if (!is_placed[i]) place_from(i);
  return out;
}

std::vector<const StageStatus*> shown_stages(const UiState& state, const Snapshot& snapshot) {
  std::vector<const StageStatus*> rows = stages_in_flow(snapshot);
  if (state.screen == Screen::Queues) std::erase_if(rows, [](const StageStatus* stage) { return !stage->queue; });
  return rows;
}

std::optional<std::size_t> place_of_stage(const UiState& state, const std::vector<const StageStatus*>& rows) {
  const auto here = std::ranges::find(rows, state.stage, &StageStatus::name);
  return here == rows.end() ? std::nullopt : std::optional(static_cast<std::size_t>(here - rows.begin()));
}

}  // namespace pooltop
