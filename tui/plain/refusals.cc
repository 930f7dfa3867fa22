// SPDX-License-Identifier: MIT
#include "tui/plain/refusals.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "engine/base/text.h"
#include "engine/base/units.h"
#include "engine/model/json_fields.h"

namespace pooltop {
namespace {

constexpr double kBetweenLines = 10;

PlainLine refusal(const std::string& stage, const std::string& text, std::uint64_t times, bool is_over) {
  const std::string members =
      line_of(nlohmann::ordered_json{{"stage", stage}, {"text", text}, {"times", times}, {"is_over", is_over}});
  return {"start_refused", fmt::format("START REFUSED {}: {}", stage, text), members.substr(1, members.size() - 2)};
}

std::string times_of(std::uint64_t count) { return fmt::format("{} time{}", count, count == 1 ? "" : "s"); }

}  // namespace

void Refusals::add(const EngineEvent& event) {
  if (event.kind != "start_refused") return;
  Refused& refused = refused_[event.stage];
  refused.text = event.text;
  refused.reasons.insert(without_digits(event.text));
  ++refused.times;
  ++refused.untold;
}

std::vector<PlainLine> Refusals::lines(const Snapshot& now) {
  std::vector<PlainLine> lines;
  for (auto entry = refused_.begin(); entry != refused_.end();) {
    const std::string& stage = entry->first;
    Refused& refused = entry->second;
    // The text of such a problem begins with the reason.
    const bool goes_on = std::any_of(now.problems.begin(), now.problems.end(), [&](const Problem& problem) {
      const std::string text = without_digits(problem.text);
      return problem.stage == stage && std::any_of(refused.reasons.begin(), refused.reasons.end(),
                                                   [&](const std::string& reason) { return text.starts_with(reason); });
    });
    if (!refused.is_seen) {
      refused.is_seen = true;
      refused.since_s = refused.told_s = now.elapsed_s;
    } else if (!goes_on) {
      lines.push_back(refusal(stage,
                              fmt::format("no longer, after {} in {}", times_of(refused.times),
                                          format_short(now.elapsed_s - refused.since_s)),
                              refused.times, /*is_over=*/true));
      entry = refused_.erase(entry);
      continue;
    } else if (refused.untold > 0 && now.elapsed_s - refused.told_s >= kBetweenLines) {
      lines.push_back(
          refusal(stage, fmt::format("still refused ({}): {}", times_of(refused.untold), printable(refused.text, 512)),
                  refused.times, /*is_over=*/false));
      refused.untold = 0;
      refused.told_s = now.elapsed_s;
    }
    ++entry;
  }
  return lines;
}

}  // namespace pooltop
